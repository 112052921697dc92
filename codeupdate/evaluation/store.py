"""The run folder: ``config.json`` and one SQLite file with everything that happened.

Every commit is a transaction in a write-ahead log: a process killed at any moment leaves
either all of a batch or none of it, and ``Store.open`` continues from there. Rows have
natural keys, so that nothing can be stored twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from codeupdate.errors import StoreError
from codeupdate.evaluation.described import DATABASE, check_is_run, describe
from codeupdate.evaluation.faults import reading, writing
from codeupdate.evaluation.locking import LOCK, FolderLock
from codeupdate.evaluation.reader import Reader, key_of
from codeupdate.evaluation.records import (
    Item,
    PlannedStage,
    SampleRow,
    TurnRow,
)
from codeupdate.evaluation.schema import check_tables, make_tables
from codeupdate.types import EditCost, Outcome, Verdict

__all__ = ["Store", "check_unused"]


class Store(Reader):
    """One run on disk, to be written and read; use it as a context manager, from one thread at a
    time."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: FolderLock) -> None:
        super().__init__(folder, connection)
        self._lock = lock
        self._together = False  # a transaction is open that several methods share

    # ------------------------------------------------------------- open and close

    @classmethod
    def create(cls, folder: Path, config: Mapping[str, Any]) -> Store:
        """A new run in ``folder``, which must be empty or absent.

        Raises:
            StoreError: the folder holds something already, or cannot be written.
        """
        check_unused(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(folder)
            try:
                check_unused(folder)  # it may have come to hold something before it was locked
                describe(folder, config)
                return cls._connect(folder, lock)
            except BaseException:
                lock.release()
                raise
        except OSError as error:
            raise _unwritable(folder, error, "name another with --output") from error

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Continue the run in ``folder``.

        Raises:
            StoreError: there is no run in it, another process is at it, or it cannot be written.
        """
        check_is_run(folder)
        try:
            lock = FolderLock(folder)
        except OSError as error:
            raise _unwritable(folder, error, "continue a copy of it") from error
        try:
            return cls._connect(folder, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _connect(cls, folder: Path, lock: FolderLock) -> Store:
        with writing(folder):
            connection = sqlite3.connect(
                folder / DATABASE, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                make_tables(connection)
                check_tables(connection, folder)
            except BaseException:
                connection.close()
                raise
        return cls(folder, connection, lock)

    def close(self) -> None:
        super().close()
        self._lock.release()

    def __enter__(self) -> Store:
        return self

    # ----------------------------------------------------------------------- write

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit all that is added in the block at once, or nothing of it."""
        with self._transaction():
            self._together = True
            try:
                yield
            finally:
                self._together = False

    def check_plan(self, stages: Sequence[PlannedStage]) -> None:
        """That what was planned when the run began, if it came so far, is planned now.

        Raises:
            StoreError: it is not; the run could never be finished.
        """
        with reading(self.folder):
            held = {
                tuple(row)
                for row in self._connection.execute(
                    "SELECT stage, role, questions.task, problem, stages.samples "
                    "FROM questions JOIN stages USING (stage)"
                )
            }
        now = {(s.stage, q.role, q.task, q.problem, s.samples) for s in stages for q in s.questions}
        if held and held != now:
            raise StoreError(
                f"the run in '{self.folder}' cannot be continued: of the {len(held)} questions "
                f"that it began with {len(held - now)} are not asked any more, and "
                f"{len(now - held)} are new; put its tasks back as they were, or start a new run "
                "with --output"
            )

    def add_plan(self, stages: Sequence[PlannedStage]) -> None:
        """Keep what is going to be asked; what is kept already stays."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO stages "
                "VALUES (?, (SELECT COUNT(*) FROM stages), ?, ?, ?, ?)",
                [(s.stage, s.task, json.dumps(asdict(s.arm)), s.edits, s.samples) for s in stages],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO questions VALUES (?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        *(s.stage, q.role, q.task, q.problem),
                        *(q.cluster, q.kind, q.outdated, q.decisive),
                        *(json.dumps(dict(q.groups)), q.update),
                    )
                    for s in stages
                    for q in s.questions
                ],
            )

    def add_samples(self, rows: Sequence[SampleRow], turns: Sequence[TurnRow] = ()) -> None:
        """Keep completions that were computed together, and how they came about, all or none."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO turns VALUES (?,?,?,?,?,?,?)",
                [(*key_of(t.item)[:4], t.turn, t.prompt, json.dumps(t.texts)) for t in turns],
            )
            connection.executemany(
                "INSERT INTO samples VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        *key_of(row.item),
                        *(row.prompt, row.text, row.code, row.extraction, row.finish_reason),
                        *(row.prompt_tokens, row.completion_tokens, json.dumps(row.documents)),
                        json.dumps(dict(row.observed)),
                    )
                    for row in rows
                ],
            )

    def add_verdict(self, item: Item, check: str, verdict: Verdict) -> None:
        """Keep what the sandbox said of one check of one sample."""
        tests = json.dumps(
            [
                {"name": t.name, "outcome": t.outcome, "message": t.message, "seconds": t.seconds}
                for t in verdict.tests
            ]
        )
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO verdicts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    *key_of(item),
                    check,
                    *(verdict.outcome.value, verdict.detail, tests),
                    *(verdict.stdout, verdict.stderr, verdict.seconds, verdict.cpu_seconds),
                    verdict.peak_memory,
                    json.dumps(dict(verdict.calls)),
                    *(verdict.limit, verdict.waited, json.dumps(verdict.suspicions)),
                ),
            )

    def add_measures(self, item: Item, values: Mapping[str, float]) -> None:
        """Keep the numbers that the task computed about one sample."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO measures VALUES (?,?,?,?,?,?)",
                (*key_of(item), json.dumps(dict(values))),
            )

    def add_edit(self, stage: str, fingerprint: str, cost: EditCost) -> None:
        """Keep what the edit of a stage cost; applied again after a resume, the first stands.

        Raises:
            StoreError: the edit gave another model than before the interruption.
        """
        with self._transaction() as connection:
            known = connection.execute(
                "SELECT fingerprint FROM edits WHERE stage = ?", (stage,)
            ).fetchone()
            if known is not None and known[0] != fingerprint:
                raise StoreError(
                    f"the edit of '{stage}' gave another model than when this run began; "
                    "its samples cannot be mixed: start a new run"
                )
            connection.execute(
                "INSERT OR IGNORE INTO edits VALUES (?,?,?,?,?,?)",
                (stage, fingerprint, cost.seconds, cost.peak_memory, cost.parameters, cost.tokens),
            )

    def forget_infrastructure(self) -> int:
        """Drop verdicts that were our failure, so that they are tried again; how many."""
        with self._transaction() as connection:
            return connection.execute(
                "DELETE FROM verdicts WHERE outcome = ?", (Outcome.INFRASTRUCTURE.value,)
            ).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._together:
            yield self._connection
            return
        with writing(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                with suppress(sqlite3.Error):  # after some failures it has been done already
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def check_unused(folder: Path) -> None:
    """That a run can begin in ``folder``.

    Raises:
        StoreError: it holds something already, or cannot be looked into.
    """
    try:
        used = folder.exists() and any(path.name != LOCK for path in folder.iterdir())
    except OSError as error:
        raise _unwritable(folder, error, "name another with --output") from error
    if used:
        raise StoreError(
            f"the run folder '{folder}' is not empty; "
            f"continue it with --resume {folder} or name another with --output"
        )


def _unwritable(folder: Path, error: OSError, what_would_work: str) -> StoreError:
    return StoreError(
        f"the run folder '{folder}' cannot be written: {error.strerror or error}; {what_would_work}"
    )
