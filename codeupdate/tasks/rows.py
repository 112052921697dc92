"""Rows of data files in the forms in which benchmarks are published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codeupdate.errors import DataError, MissingExtra
from codeupdate.tasks.schema import read_jsonl

__all__ = ["read_rows"]


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row and the place that it stands at: of a JSON-lines file, of a Parquet file, or
    of all such files in a folder, in the order of their names.

    Raises:
        DataError: a file cannot be read, or a folder has none.
        MissingExtra: a file is Parquet and pyarrow is not installed.
    """
    if not path.is_dir():
        yield from _file(path)
        return
    files = sorted(file for kind in ("jsonl", "parquet") for file in path.rglob(f"*.{kind}"))
    if not files:
        raise DataError(f"the folder '{path}' has no .jsonl and no .parquet files")
    for file in files:
        yield from _file(file)


def _file(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix == ".parquet":
        for number, row in enumerate(_parquet(path), start=1):
            yield f"{path}, row {number}", row
    else:
        for number, row in read_jsonl(path):
            yield f"{path}, line {number}", row


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("a Parquet file", "pyarrow", "reporting") from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                yield from batch.to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(f"the data file '{path}' cannot be read: {error}") from error
