"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codeupdate.errors import StoreError

__all__ = ["written_whole"]


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a draft beside ``path`` to write to; it takes the place of ``path`` at the end.

    After an exception, also a Ctrl-C, the draft is gone and ``path`` is as it was.

    Raises:
        StoreError: the file cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"'{path}' cannot be written: {error.strerror or error}; name another file"
        ) from error
