"""The tables of a run's SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from codeupdate.errors import StoreError

__all__ = ["check_tables", "make_tables"]

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


def make_tables(connection: sqlite3.Connection) -> None:
    """Those that are missing; all at once, so that a kill leaves none or all."""
    connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")


def check_tables(connection: sqlite3.Connection, folder: Path) -> None:
    """That the file has what is read from it.

    Raises:
        StoreError: the run has not begun, or was begun with another version of codeupdate.
    """
    columns = _columns(connection)
    if not columns:
        raise not_begun(folder)
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA)
        if columns != _columns(fresh):
            raise StoreError(
                f"the run in '{folder}' was begun with another version of codeupdate, which kept "
                "other things of a sample; read it with that version, or start a new run"
            )


def not_begun(folder: Path) -> StoreError:
    return StoreError(
        f"the run in '{folder}' has not begun, there is nothing in it yet; begin it with "
        f"codeupdate eval --resume {folder}"
    )


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Every table of the schema and each of its columns."""
    return set(
        connection.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
            "WHERE m.type = 'table'"
        )
    )
