"""What a run folder says: completions, verdicts, and what was planned, read from its SQLite file."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from codeupdate.errors import StoreError
from codeupdate.evaluation.described import DATABASE, check_is_run, description
from codeupdate.evaluation.faults import reading
from codeupdate.evaluation.records import Item, Judgement, PlannedStage
from codeupdate.evaluation.schema import check_tables, not_begun
from codeupdate.types import Arm, EditCost, Outcome, TestResult, Verdict

__all__ = ["Reader", "key_of"]


class Reader:
    """One run on disk, to be read from one thread at a time; use it as a context manager.

    All methods raise StoreError where the file is damaged.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection

    @classmethod
    def open(cls, folder: Path) -> Reader:
        """Read the run in ``folder``, also while it is evaluated, and where it cannot be written.

        Raises:
            StoreError: there is no run in it, it has not begun, or it is damaged.
        """
        check_is_run(folder)
        file = (folder / DATABASE).absolute()
        if not file.is_file():
            raise not_begun(folder)
        with reading(folder):
            connection = sqlite3.connect(
                f"{file.as_uri()}?{_mode(file)}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                connection.execute("PRAGMA query_only = ON")
                check_tables(connection, folder)
            except BaseException:
                connection.close()
                raise
        return Reader(folder, connection)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def config(self) -> dict[str, Any]:
        """What was asked for, as ``Store.create`` was given it.

        Raises:
            StoreError: it cannot be read, or lacks what results are made of.
        """
        return description(self.folder)

    def sampled(self, stage: str) -> set[Item]:
        """The items of a stage that have a completion."""
        with reading(self.folder):
            rows = self._connection.execute(
                "SELECT stage, role, task, problem, sample FROM samples WHERE stage = ?", (stage,)
            )
            return {Item(*row) for row in rows}

    def code(self, item: Item) -> str:
        """The code that was extracted for ``item``."""
        return self._text(item, "code")

    def completion(self, item: Item) -> str:
        """What the model wrote for ``item``."""
        return self._text(item, "text")

    def _text(self, item: Item, column: str) -> str:
        with reading(self.folder):
            row = self._connection.execute(
                f"SELECT {column} FROM samples "
                "WHERE stage=? AND role=? AND task=? AND problem=? AND sample=?",
                key_of(item),
            ).fetchone()
            if row is None:
                raise StoreError(f"the store in '{self.folder}' has no sample {item}")
            return str(row[0])

    def verdicts(self, item: Item) -> dict[str, Verdict]:
        """Check → what the sandbox said of it for ``item``; programs are not named again."""
        with reading(self.folder):
            rows = self._connection.execute(
                'SELECT "check", outcome, tests, detail, stdout, stderr, seconds, cpu_seconds, '
                'peak_memory, calls, "limit", waited, suspicions FROM verdicts '
                "WHERE stage=? AND role=? AND task=? AND problem=? AND sample=?",
                key_of(item),
            )
            return {row[0]: _verdict(*row[1:]) for row in rows}

    def measured(self, item: Item) -> bool:
        """Whether the numbers about ``item`` are kept."""
        query = (
            "SELECT 1 FROM measures WHERE stage=? AND role=? AND task=? AND problem=? AND sample=?"
        )
        with reading(self.folder):
            return self._connection.execute(query, key_of(item)).fetchone() is not None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every sample with its ``verdicts`` by check and its ``measures``, in the order of
        the keys; ``decisive`` names the check that counts."""
        with reading(self.folder):
            yield from self._rows()

    def _rows(self) -> Iterator[dict[str, Any]]:
        samples = self._connection.cursor()
        samples.row_factory = sqlite3.Row
        checks = self._connection.cursor()
        checks.row_factory = sqlite3.Row
        for sample in samples.execute(
            'SELECT samples.*, decisive, kind, needs, "values" AS measures FROM samples '
            "LEFT JOIN questions USING (stage, role, task, problem) "
            "LEFT JOIN measures USING (stage, role, task, problem, sample) "
            "ORDER BY stage, role, task, problem, sample"
        ):
            found = checks.execute(
                "SELECT * FROM verdicts "
                "WHERE stage=? AND role=? AND task=? AND problem=? AND sample=?",
                tuple(sample)[:5],
            )
            verdicts = {
                row["check"]: {
                    **{name: row[name] for name in row.keys()[6:]},
                    "tests": json.loads(row["tests"]),
                    "calls": json.loads(row["calls"]),
                    "suspicions": json.loads(row["suspicions"]),
                }
                for row in found
            }
            measures = json.loads(sample["measures"]) if sample["measures"] else None
            documents, observed = json.loads(sample["documents"]), json.loads(sample["observed"])
            yield {
                **dict(sample),
                "documents": documents,
                "observed": observed,
                "verdicts": verdicts,
                "measures": measures,
            }

    def planned(self) -> list[PlannedStage]:
        """The stages, without their questions, in the order in which they are run."""
        with reading(self.folder):
            rows = self._connection.execute(
                "SELECT stage, task, arm, edits, samples FROM stages ORDER BY position"
            )
            return [
                PlannedStage(stage, task, Arm(**json.loads(arm)), bool(edits), samples)
                for stage, task, arm, edits, samples in rows
            ]

    def judgements(self, stage: str, samples: int) -> Iterator[Judgement]:
        """Every planned sample of a stage, judged or not, in the order of the keys."""
        with reading(self.folder):
            yield from self._judgements(stage, samples)

    def _judgements(self, stage: str, samples: int) -> Iterator[Judgement]:
        verdicts, answers, measures = (
            _Sorted(
                self._connection.execute(
                    f"SELECT role, task, problem, sample, {columns} FROM {table} WHERE stage = ? "
                    "ORDER BY role, task, problem, sample",
                    (stage,),
                )
            )
            for table, columns in (
                ("verdicts", '"check", outcome, seconds, calls, suspicions'),
                (
                    "samples",
                    "extraction, finish_reason, documents, observed, "
                    "prompt_tokens, completion_tokens",
                ),
                ("measures", '"values"'),
            )
        )
        for row in self._connection.execute(
            "SELECT role, task, problem, cluster, kind, outdated, decisive, belongs, needs "
            "FROM questions WHERE stage = ? "
            "ORDER BY role, task, problem",
            (stage,),
        ):
            role, task, problem, cluster, kind, outdated, decisive, belongs, needs = row
            groups = json.loads(belongs)
            for index in range(samples):
                key = (role, task, problem, index)
                ((extraction, finish_reason, documents, observed, *tokens),) = answers.at(key) or [
                    (None, None, None, None, 0, 0)
                ]
                checks = {check: found for check, *found in verdicts.at(key)}
                measured = measures.at(key)
                yield Judgement(
                    item=Item(stage, *key),
                    cluster=cluster,
                    kind=kind,
                    groups=groups,
                    outdated=bool(outdated),
                    decisive=decisive,
                    update=needs,
                    documents=None if documents is None else tuple(json.loads(documents)),
                    observed=None if observed is None else json.loads(observed),
                    extraction=extraction,
                    finish_reason=finish_reason,
                    tokens=(tokens[0], tokens[1]),
                    outcomes={check: Outcome(found[0]) for check, found in checks.items()},
                    calls=json.loads(checks[decisive][2]) if decisive in checks else {},
                    suspicions={
                        check: tuple(json.loads(found[3])) for check, found in checks.items()
                    },
                    measures=json.loads(measured[0][0]) if measured else None,
                    seconds=sum(found[1] for found in checks.values()),
                )

    def edits(self) -> dict[str, tuple[str, EditCost]]:
        """Stage → fingerprint of the edited model and what the edit cost."""
        with reading(self.folder):
            rows: Iterable[tuple[Any, ...]] = self._connection.execute("SELECT * FROM edits")
            return {row[0]: (row[1], EditCost(*row[2:])) for row in rows}


def _mode(file: Path) -> str:
    """How ``file`` is opened, where it is to be read: who reads a run that was killed, or that is
    evaluated, needs the log beside it, and a log needs a folder that can be written."""
    if os.access(file.parent, os.W_OK):
        return "mode=rw"  # who leaves last clears the log away
    log = file.with_name(f"{file.name}-wal")
    logged = log.exists() and log.stat().st_size > 0
    return "mode=ro" if logged else "mode=ro&immutable=1"


class _Sorted:
    """Rows that begin with a key of four columns and are sorted by it, read along the keys."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def at(self, key: tuple[str, str, str, int]) -> list[tuple[Any, ...]]:
        """What follows ``key`` in each row that has it; the keys asked for ascend."""
        found = []
        while self._next is not None and self._next[:4] <= key:
            if self._next[:4] == key:
                found.append(self._next[4:])
            self._next = next(self._rows, None)
        return found


def _verdict(outcome: str, tests: str, *more: Any) -> Verdict:
    detail, stdout, stderr, seconds, cpu_seconds, peak_memory, calls, limit, waited, odd = more
    return Verdict(
        program="",
        outcome=Outcome(outcome),
        tests=tuple(
            TestResult(**{**test, "outcome": Outcome(test["outcome"])})
            for test in json.loads(tests)
        ),
        detail=detail,
        stdout=stdout,
        stderr=stderr,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_memory=peak_memory,
        calls=json.loads(calls),
        limit=limit,
        waited=waited,
        suspicions=tuple(json.loads(odd)),
    )


def key_of(item: Item) -> tuple[str, str, str, str, int]:
    return (item.stage, item.role, item.task, item.problem, item.sample)
