"""The file of completions that all runs share.

SQLite with a write-ahead log: several processes may use it at once, and one that is killed at
any moment leaves what it has committed and nothing else. Rows are found by digests of what was
asked of which model; each has a check sum, so that a damaged one is never taken for an answer.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from codeupdate.cache import cache_folder
from codeupdate.errors import StoreError

__all__ = ["Completion", "CompletionFile", "Kept", "ModelEntry", "completions_path"]

VARIABLE = "CODEUPDATE_COMPLETIONS"
FORMAT = 1  # of the file; one of another format is another file
PATIENCE = 10.0  # seconds that other processes may keep the file to themselves
OLD = 3600.0  # seconds after which one more use is worth a write
SCHEMA = """
CREATE TABLE IF NOT EXISTS models (key BLOB PRIMARY KEY, name TEXT, fingerprint TEXT);
CREATE TABLE IF NOT EXISTS completions (
    model BLOB, request BLOB, sample INTEGER, text TEXT, prompt_tokens INTEGER,
    completion_tokens INTEGER, finish_reason TEXT, checksum BLOB, used REAL,
    PRIMARY KEY (model, request, sample)
) WITHOUT ROWID;
"""
#: Bytes of a row: its text, and what is around it.
SIZE = "(LENGTH(CAST(text AS BLOB)) + 100)"


def completions_path() -> Path | None:
    """Where the file is; None where it is switched off.

    ``$CODEUPDATE_COMPLETIONS`` names its folder, or is ``off``; else it is in the cache folder.
    """
    own = os.environ.get(VARIABLE)
    if own == "off":
        return None
    return (Path(own).absolute() if own else cache_folder()) / f"completions-{FORMAT}.sqlite"


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer to keep: sample ``sample`` of what is ``request``-ed of ``model``."""

    model: bytes
    request: bytes
    sample: int
    completion: Completion


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What the file holds of one model, which may be edited; ``used`` is a Unix time."""

    name: str
    fingerprint: str
    completions: int
    size: int  # bytes
    used: float


class CompletionFile:
    """The file at ``path``, made where there is none; any thread may use it.

    Every method raises StoreError where the file is damaged, locked for too long, or cannot
    be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with self._reported():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # ------------------------------------------------------------------ for a run

    def knows(self, model: bytes) -> bool:
        """Whether there is anything of ``model``."""
        with self._lock, self._reported():
            found = self._connection.execute("SELECT 1 FROM models WHERE key = ?", (model,))
            return found.fetchone() is not None

    def completions(self, model: bytes, request: bytes, n: int) -> dict[int, Completion]:
        """Sample → its answer, of those below ``n`` that are there."""
        with self._lock, self._reported():
            rows = self._connection.execute(
                "SELECT sample, text, prompt_tokens, completion_tokens, finish_reason, checksum "
                "FROM completions WHERE model = ? AND request = ? AND sample < ?",
                (model, request, n),
            ).fetchall()
        found = {}
        for sample, *fields, checksum in rows:
            kept = Kept(model, request, sample, Completion(*fields))
            if _checksum(kept) != checksum:
                raise StoreError(f"the completions in '{self.path}' are damaged")
            found[sample] = kept.completion
        return found

    def keep(
        self, name: str, fingerprint: str, new: Sequence[Kept], used: Sequence[tuple[bytes, bytes]]
    ) -> None:
        """Keep what is ``new``, of one model; and that the requests ``used``, (model, request),
        were used now. What is there already stands."""
        now = time.time()
        with self._lock, self._reported(), self._transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO models VALUES (?,?,?)",
                {(kept.model, name, fingerprint) for kept in new},
            )
            connection.executemany(
                "INSERT OR IGNORE INTO completions VALUES (?,?,?,?,?,?,?,?,?)",
                [
                    (k.model, k.request, k.sample, *astuple(k.completion), _checksum(k), now)
                    for k in new
                ],
            )
            connection.executemany(
                "UPDATE completions SET used = ? WHERE model = ? AND request = ? AND used < ?",
                [(now, model, request, now - OLD) for model, request in used],
            )

    # --------------------------------------------------------------- for a person

    def models(self) -> list[ModelEntry]:
        """What there is of every model, the last used first."""
        with self._lock, self._reported():
            rows = self._connection.execute(
                f"SELECT name, fingerprint, COUNT(*), SUM{SIZE}, MAX(used) FROM completions "
                "JOIN models ON models.key = model GROUP BY model ORDER BY MAX(used) DESC"
            ).fetchall()
        return [ModelEntry(*row) for row in rows]

    def prune(
        self,
        *,
        model: str | None = None,
        older_than: float | None = None,
        larger_than: int | None = None,
        dry_run: bool = False,
    ) -> tuple[int, int]:
        """Remove completions, or only count them; how many, and their bytes.

        Only those of models whose name or fingerprint begins with ``model``; of these what was
        not used for ``older_than`` seconds, and what was used longest ago, until at most
        ``larger_than`` bytes of them remain; all where nothing is said.
        """
        tests: list[str] = []
        limits: list[float] = []
        if older_than is not None:
            tests.append("used < ?")
            limits.append(time.time() - older_than)
        if larger_than is not None:
            tests.append("upto > ?")
            limits.append(larger_than)
        begins = model or ""
        chosen = (
            f"SELECT model, request, sample, size FROM (SELECT model, request, sample, used, "
            f"{SIZE} AS size, SUM{SIZE} OVER (ORDER BY used DESC, model, request, sample) AS upto "
            "FROM completions JOIN models ON models.key = model "
            "WHERE substr(name, 1, ?) = ? OR substr(fingerprint, 1, ?) = ?) "
            f"WHERE {' OR '.join(tests) or '1'}"
        )
        values = [len(begins), begins, len(begins), begins, *limits]
        with self._lock, self._reported():
            with self._transaction() as connection:
                connection.execute("DROP TABLE IF EXISTS temp.doomed")
                connection.execute(f"CREATE TEMP TABLE doomed AS {chosen}", values)
                count, size = connection.execute(
                    "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM doomed"
                ).fetchone()
                if not dry_run:
                    connection.execute(
                        "DELETE FROM completions WHERE (model, request, sample) IN "
                        "(SELECT model, request, sample FROM doomed)"
                    )
                    connection.execute(
                        "DELETE FROM models WHERE key NOT IN (SELECT model FROM completions)"
                    )
                connection.execute("DROP TABLE doomed")
            if not dry_run and count:
                with suppress(sqlite3.OperationalError):  # others use it: the room is used again
                    self._connection.execute("VACUUM")
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(count), int(size)

    # --------------------------------------------------------------------- sqlite

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the completions in '{self.path}' cannot be used: {error}; delete the file, or "
                f"name another folder in {VARIABLE}"
            ) from error


def _checksum(kept: Kept) -> bytes:
    content = repr((kept.model, kept.request, kept.sample, astuple(kept.completion)))
    return hashlib.blake2b(content.encode(), digest_size=8).digest()
