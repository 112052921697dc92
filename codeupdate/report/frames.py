"""A run as rows: for pandas, for files, for ``datasets``."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from codeupdate.errors import MissingExtra, StoreError
from codeupdate.evaluation.results import Result
from codeupdate.evaluation.store import Store

if TYPE_CHECKING:
    import datasets
    import pandas as pd

__all__ = ["Format", "export", "sample_rows", "to_dataset", "to_pandas"]

Format = Literal["jsonl", "csv", "parquet"]


def to_pandas(result: Result) -> pd.DataFrame:
    """A row per task, arm and metric: ``value`` (NaN where it is not known), ``low``, ``high``.

    Raises:
        MissingExtra: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtra("a data frame", "pandas", "reporting") from error
    rows = [
        {
            "task": arm.task,
            "model": arm.arm.model,
            "editor": arm.arm.editor,
            "strategy": arm.arm.strategy,
            "prompt": arm.arm.prompt,
            "metric": name,
            "value": metric.value,
            "low": metric.low,
            "high": metric.high,
        }
        for arm in result.results
        for name, metric in arm.metrics.items()
    ]
    return pd.DataFrame(rows).astype({"value": float})


def sample_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """A row per sample of the run in ``folder``.

    ``outcome`` is that of the check with the update, ``outcomes`` has all checks, and
    ``program`` is the code that was found in ``completion``.

    Raises:
        StoreError: there is no run in it.
    """
    with Store.open(folder) as store:
        arms = {stage.stage: stage.arm for stage in store.planned()}
        for row in store.rows():
            arm, verdicts = arms[row["stage"]], row["verdicts"]
            updated = verdicts.get("updated", {})
            yield {
                "task": row["task"],
                "problem": row["problem"],
                "sample": row["sample"],
                "role": row["role"],
                "model": arm.model,
                "arm": arm.editor,
                "strategy": arm.strategy,
                "template": arm.prompt,
                "stage": row["stage"],
                "outcome": updated.get("outcome"),
                "detail": updated.get("detail"),
                "outcomes": {check: verdict["outcome"] for check, verdict in verdicts.items()},
                "tests": updated.get("tests", []),
                "calls": updated.get("calls", {}),
                "prompt": row["prompt"],
                "completion": row["text"],
                "program": row["code"],
                "extraction": row["extraction"],
                "finish_reason": row["finish_reason"],
                "prompt_tokens": row["prompt_tokens"],
                "completion_tokens": row["completion_tokens"],
            }


def export(folder: Path, form: Format, to: Path) -> int:
    """Write the rows of a run to the file ``to``, whole or not at all; how many they are.

    In CSV and Parquet, values that are not numbers or texts are JSON.

    Raises:
        StoreError: there is no run in ``folder``, or ``to`` cannot be written.
        MissingExtra: pyarrow is not installed and Parquet is asked for.
    """
    draft = to.with_name(f"{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            count = _write(folder, form, draft)
            draft.replace(to)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"'{to}' cannot be written: {error.strerror or error}") from error
    return count


def _write(folder: Path, form: Format, draft: Path) -> int:
    count = 0
    if form == "parquet":
        return _write_parquet(folder, draft)
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in sample_rows(folder):
            count += 1
            if form == "jsonl":
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                continue
            flat = _flat(row)
            if writer is None:
                writer = csv.DictWriter(file, list(flat))
                writer.writeheader()
            writer.writerow(flat)
    return count


def _write_parquet(folder: Path, draft: Path) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra("export to Parquet", "pyarrow", "reporting") from error
    rows = [_flat(row) for row in sample_rows(folder)]
    pq.write_table(pa.Table.from_pylist(rows), draft)
    return len(rows)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        for name, value in row.items()
    }


def to_dataset(folder: Path) -> datasets.Dataset:
    """The rows of a run as a ``datasets.Dataset``.

    Raises:
        MissingExtra: datasets is not installed.
        StoreError: there is no run in ``folder``.
    """
    try:
        from datasets import Dataset
    except ImportError as error:
        raise MissingExtra("a data set", "datasets", "hub") from error
    return Dataset.from_list([_flat(row) for row in sample_rows(folder)])
