"""A run as rows: for pandas, for files, for ``datasets``."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from codeupdate.errors import MissingExtra
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.results import Result
from codeupdate.evaluation.rows import MEASURED
from codeupdate.files import written_whole

if TYPE_CHECKING:
    import datasets
    import pandas as pd

__all__ = ["Format", "export", "sample_rows", "to_dataset", "to_pandas"]

Format = Literal["jsonl", "csv", "parquet", "datasets"]

#: The columns of a sample row that are not text.
NUMBERS = ("sample", "prompt_tokens", "completion_tokens")
BATCH = 1000  # rows of a group in Parquet
NESTED = (
    "outcomes",
    "measures",
    "tests",
    "calls",
    "suspicions",
    "documents",
    "observed",
)  # JSON text in CSV, Parquet and datasets
COLUMNS = (
    *(
        "task",
        "problem",
        "sample",
        "role",
        "kind",
        "update",
        "model",
        "arm",
        "strategy",
        "template",
        "stage",
    ),
    *("outcome", "detail", "outcomes", "measures", "tests", "calls", "suspicions"),
    *("documents", "observed", "prompt", "completion", "program", "extraction", "finish_reason"),
    *("prompt_tokens", "completion_tokens"),
)


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
    columns = ["task", "model", "editor", "strategy", "prompt", "metric", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[-3:], float))


def sample_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """A row per completion of the run in ``folder``, with the columns ``COLUMNS``.

    ``kind`` and ``update`` are of the change that the problem is about ("" where there is none).
    ``arm`` is the name of the editor and ``template`` that of the prompt; ``documents`` are the
    ids of the updates whose documentation the prompt shows, in order, ``observed`` what the
    strategy saw while the sample was made. ``outcome``,
    ``detail``, ``tests`` and ``calls`` are of the check that decides (None and empty
    where it has not run yet), ``outcomes`` has all checks, ``suspicions`` those whose program
    did what ordinary solutions do not do, with a list of that, ``measures`` what the task
    computed, and ``program`` is the code or text that was found in ``completion``. Where no
    check decides, ``outcome`` is "measured".

    Raises:
        StoreError: there is no run in it.
    """
    with Reader.open(folder) as store:
        arms = {stage.stage: stage.arm for stage in store.planned()}
        for row in store.rows():
            arm, verdicts = arms[row["stage"]], row["verdicts"]
            updated = verdicts.get(row["decisive"], {})
            yield {
                "task": row["task"],
                "problem": row["problem"],
                "sample": row["sample"],
                "role": row["role"],
                "kind": row["kind"],
                "update": row["needs"],
                "model": arm.model,
                "arm": arm.editor,
                "strategy": arm.strategy,
                "template": arm.prompt,
                "stage": row["stage"],
                "outcome": _outcome(row),
                "detail": updated.get("detail", "" if row["measures"] is not None else None),
                "outcomes": {check: verdict["outcome"] for check, verdict in verdicts.items()},
                "measures": row["measures"] or {},
                "tests": updated.get("tests", []),
                "calls": updated.get("calls", {}),
                "suspicions": {
                    check: verdict["suspicions"]
                    for check, verdict in verdicts.items()
                    if verdict["suspicions"]
                },
                "documents": row["documents"],
                "observed": row["observed"],
                "prompt": row["prompt"],
                "completion": row["text"],
                "program": row["code"],
                "extraction": row["extraction"],
                "finish_reason": row["finish_reason"],
                "prompt_tokens": row["prompt_tokens"],
                "completion_tokens": row["completion_tokens"],
            }


def _outcome(row: dict[str, Any]) -> str | None:
    if row["decisive"] == "":
        return MEASURED if row["measures"] is not None else None
    outcome: str | None = row["verdicts"].get(row["decisive"], {}).get("outcome")
    return outcome


def export(folder: Path, form: Format, to: Path) -> int:
    """Write the rows of a run to the file ``to``, whole or not at all; how many they are.

    ``datasets`` is a folder, for ``datasets.load_from_disk``. In all forms but JSON lines,
    values that are not numbers or texts are JSON.

    Raises:
        StoreError: there is no run in ``folder``, or ``to`` cannot be written.
        MissingExtra: the form needs pyarrow or datasets, which is not installed.
    """
    if form == "datasets":
        dataset = to_dataset(folder)
        with written_whole(to) as draft:
            dataset.save_to_disk(draft)
        return int(dataset.num_rows)
    write = {"jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}[form]
    with written_whole(to) as draft:
        return write(sample_rows(folder), draft)


def unanswered(folder: Path) -> int:
    """How many planned samples have no completion yet, and so no row.

    Raises:
        StoreError: there is no run in ``folder``.
    """
    with Reader.open(folder) as store:
        return sum(
            judgement.extraction is None
            for stage in store.planned()
            for judgement in store.judgements(stage.stage, stage.samples)
        )


def _write_jsonl(rows: Iterator[dict[str, Any]], draft: Path) -> int:
    count = 0
    with draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_csv(rows: Iterator[dict[str, Any]], draft: Path) -> int:
    count = 0
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow(_flat(row))
            count += 1
    return count


def _write_parquet(rows: Iterator[dict[str, Any]], draft: Path) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra("export to Parquet", "pyarrow", "reporting") from error
    # Declared, not guessed: a column without a value yet has the type that it will have.
    schema = pa.schema([(name, pa.int64() if name in NUMBERS else pa.string()) for name in COLUMNS])
    count = 0
    with pq.ParquetWriter(draft, schema) as writer:
        while batch := [_flat(row) for row in islice(rows, BATCH)]:
            writer.write_table(pa.Table.from_pylist(batch, schema))
            count += len(batch)
    return count


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: json.dumps(row[name], ensure_ascii=False) for name in NESTED}}


def to_dataset(folder: Path) -> datasets.Dataset:
    """The rows of a run as a ``datasets.Dataset``; nested values are JSON.

    Raises:
        MissingExtra: datasets is not installed.
        StoreError: there is no run in ``folder``.
    """
    try:
        from datasets import Dataset, Features, Value
    except ImportError as error:
        raise MissingExtra("a data set", "datasets", "hub") from error
    features = Features({name: Value("int64" if name in NUMBERS else "string") for name in COLUMNS})
    rows = [_flat(row) for row in sample_rows(folder)]
    return Dataset.from_dict({name: [row[name] for row in rows] for name in COLUMNS}, features)
