"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codeupdate.errors import StoreError

__all__ = ["write_text", "written_whole"]


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a draft beside ``path`` to write to; it takes the place of ``path`` at the end.

    The draft may become a folder; then ``path`` must not be one that holds something.

    After an exception, also a Ctrl-C, the draft is gone and ``path`` is as it was.

    Raises:
        StoreError: it cannot be written.
    """
    if path.name in ("", ".."):
        raise StoreError(f"'{path}' is a folder; name a file in it")
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            draft.replace(path)
        finally:
            if draft.is_dir():
                shutil.rmtree(draft)
            else:
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"'{path}' cannot be written: {error.strerror or error}; name another place"
        ) from error


def write_text(text: str, path: Path) -> None:
    """Write a file of ``text``, whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    with written_whole(path) as draft:
        draft.write_text(text, encoding="utf-8")
