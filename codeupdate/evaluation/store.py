"""The run folder: ``config.json`` and one SQLite file with everything that happened.

Every commit is a transaction in a write-ahead log: a process killed at any moment leaves
either all of a batch or none of it, and ``Store.open`` continues from there. Rows have
natural keys, so that nothing can be stored twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from codeupdate.errors import StoreError
from codeupdate.evaluation.reader import Reader, key_of
from codeupdate.evaluation.records import (
    Item,
    PlannedStage,
    SampleRow,
    TurnRow,
)
from codeupdate.types import EditCost, Outcome, Verdict

__all__ = ["Store"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS stages (
    stage TEXT PRIMARY KEY, position INTEGER, task TEXT, arm TEXT, edits INTEGER, samples INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS questions (
    stage TEXT, role TEXT, task TEXT, problem TEXT, cluster TEXT, kind TEXT, outdated INTEGER,
    decisive TEXT, belongs TEXT, needs TEXT,
    PRIMARY KEY (stage, role, task, problem)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS samples (
    stage TEXT, role TEXT, task TEXT, problem TEXT, sample INTEGER,
    prompt TEXT, text TEXT, code TEXT, extraction TEXT, finish_reason TEXT,
    prompt_tokens INTEGER, completion_tokens INTEGER, documents TEXT, observed TEXT,
    PRIMARY KEY (stage, role, task, problem, sample)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (
    stage TEXT, role TEXT, task TEXT, problem TEXT, turn INTEGER, prompt TEXT, texts TEXT,
    PRIMARY KEY (stage, role, task, problem, turn)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verdicts (
    stage TEXT, role TEXT, task TEXT, problem TEXT, sample INTEGER, "check" TEXT,
    outcome TEXT, detail TEXT, tests TEXT, stdout TEXT, stderr TEXT,
    seconds REAL, cpu_seconds REAL, peak_memory INTEGER, calls TEXT,
    "limit" TEXT, waited REAL, suspicions TEXT,
    PRIMARY KEY (stage, role, task, problem, sample, "check")
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS measures (
    stage TEXT, role TEXT, task TEXT, problem TEXT, sample INTEGER, "values" TEXT,
    PRIMARY KEY (stage, role, task, problem, sample)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS edits (
    stage TEXT PRIMARY KEY, fingerprint TEXT,
    seconds REAL, peak_memory INTEGER, parameters INTEGER, tokens INTEGER
) WITHOUT ROWID;
"""


class Store(Reader):
    """One run on disk, to be written and read; use it as a context manager, from one thread at a
    time."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        super().__init__(folder, connection)
        self._together = False  # a transaction is open that several methods share

    # ------------------------------------------------------------- open and close

    @classmethod
    def create(cls, folder: Path, config: Mapping[str, Any]) -> Store:
        """A new run in ``folder``, which must be empty or absent.

        Raises:
            StoreError: the folder holds something already, or cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise StoreError(
                    f"the run folder '{folder}' is not empty; "
                    f"continue it with --resume {folder} or name another with --output"
                )
            # Written aside and renamed: a configuration is there whole or not at all.
            draft = folder / "config.json.part"
            draft.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
            draft.replace(folder / "config.json")
        except OSError as error:
            raise StoreError(
                f"the run folder '{folder}' cannot be written: {error.strerror or error}; "
                "name another with --output"
            ) from error
        return cls._connect(folder)

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Continue or read the run in ``folder``.

        Raises:
            StoreError: there is no run in it.
        """
        if not (folder / "config.json").is_file():
            raise StoreError(f"there is no run in '{folder}': it has no config.json")
        # Models and others have a config.json too; nothing is written beside theirs.
        if not (folder / "run.sqlite").is_file() and "provenance" not in _config(folder):
            raise StoreError(f"there is no run in '{folder}': its config.json is not that of a run")
        return cls._connect(folder)

    @classmethod
    def _connect(cls, folder: Path) -> Store:
        try:
            connection = sqlite3.connect(
                folder / "run.sqlite", isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(SCHEMA)
            columns = _columns(connection)
        except sqlite3.Error as error:
            raise StoreError(f"the store in '{folder}' cannot be opened: {error}") from error
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(SCHEMA)
            if columns != _columns(fresh):
                raise StoreError(
                    f"the run in '{folder}' was begun with another version of codeupdate, which kept "
                    "other things of a sample; read it with that version, or start a new run"
                )
        return cls(folder, connection)

    def config(self) -> dict[str, Any]:
        """What was asked for, as ``create`` was given it."""
        return _config(self.folder)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

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

    def add_plan(self, stages: Sequence[PlannedStage]) -> None:
        """Keep what is going to be asked; planned again after a resume, it is the same."""
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
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(
                f"the store in '{self.folder}' could not be written: {error}; what was stored "
                f"before is kept: make room and continue with --resume {self.folder}"
            ) from error


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"'{path}' cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise StoreError(f"'{path}' is not a JSON object")
    return config


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Every table of the schema and each of its columns."""
    return set(
        connection.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
            "WHERE m.type = 'table'"
        )
    )
