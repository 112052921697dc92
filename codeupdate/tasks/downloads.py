"""Data that was downloaded: kept in the user's cache with where it comes from.

::

    ~/.cache/codeupdate/data/NAME/
        origin.json      repository, file, revision, SHA-256
        files/           what the authors published, as it is

``sha256`` of several files is that of the lines ``sha256sum`` prints for them, in order.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from codeupdate.cache import cache_folder
from codeupdate.errors import DataError, UsageError
from codeupdate.tasks.hub import fetch, is_pattern
from codeupdate.tasks.schema import HubSource

__all__ = ["Origin", "checksum", "download", "download_command", "downloaded"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What was downloaded: ``file`` may be a pattern of several."""

    repository: str
    file: str
    revision: str
    sha256: str


def downloaded(name: str, source: HubSource) -> Path | None:
    """The data of task ``name`` in the cache; None where they are not, or not what is pinned.

    Raises:
        DataError: they are not what was downloaded any more.
    """
    folder = _folder(name)
    try:
        origin = Origin(**json.loads((folder / "origin.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if not _is(origin, source, source.revision or origin.revision):
        return None
    path = _path(folder, source)
    if not path.exists() or checksum(path) != origin.sha256:
        raise DataError(
            f"the downloaded data of task '{name}' in '{folder}' were changed; remove that "
            f"folder and run: codeupdate tasks download {name} --revision {origin.revision}"
        )
    return path


def download_command(name: str, source: HubSource) -> str:
    """What fetches the data of task ``name``, as somebody types it."""
    revision = "" if source.revision else " --revision COMMIT"
    return f"codeupdate tasks download {name}{revision}"


def download(name: str, source: HubSource, revision: str | None = None) -> tuple[Path, Origin]:
    """Fetch the data of task ``name`` into the cache, if they are not there already.

    ``revision`` stands for the one that ``task.yaml`` pins.

    Raises:
        UsageError: no revision is pinned or given, or it is no commit.
        MissingExtra: huggingface_hub is not installed.
        DataError: they cannot be fetched, or are not those whose checksum is pinned.
    """
    wanted = revision or source.revision
    if wanted is None:
        raise UsageError(
            f"the task '{name}' pins no revision of its data; choose a commit of "
            f"https://huggingface.co/datasets/{source.repository}/commits/main and name it "
            "with --revision"
        )
    pinned = source.model_copy(update={"revision": wanted})
    if held := downloaded(name, pinned):
        return held, Origin(source.repository, source.file, wanted, checksum(held))
    fetched = fetch(source, wanted)
    folder = _folder(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as draft:
        files = Path(draft) / "files"
        for relative in _published(fetched, source):
            (files / relative).parent.mkdir(parents=True, exist_ok=True)
            origin_of = fetched / relative if fetched.is_dir() else fetched
            shutil.copyfile(origin_of, files / relative)
        found = checksum(_path(Path(draft), source))
        if source.sha256 is not None and found != source.sha256 and wanted == source.revision:
            raise DataError(
                f"what the hub has as '{source.file}' of '{source.repository}' is not what the "
                f"task '{name}' was made for: its SHA-256 is {found} and not {source.sha256}"
            )
        origin = Origin(source.repository, source.file, wanted, found)
        (Path(draft) / "origin.json").write_text(json.dumps(asdict(origin)), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(draft, folder)
    return _path(folder, source), origin


def checksum(path: Path) -> str:
    """SHA-256 of a file, or of all files in a folder."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = [f"{checksum(file)}  {file.relative_to(path).as_posix()}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _published(fetched: Path, source: HubSource) -> list[Path]:
    """The files that were fetched, relative to the repository."""
    if fetched.is_file():
        return [Path(source.file)]
    return sorted(file.relative_to(fetched) for file in fetched.glob(source.file) if file.is_file())


def _is(origin: Origin, source: HubSource, revision: str) -> bool:
    known = (origin.repository, origin.file, origin.revision)
    return known == (source.repository, source.file, revision)


def _path(folder: Path, source: HubSource) -> Path:
    return folder / "files" if is_pattern(source) else folder / "files" / source.file


def _folder(name: str) -> Path:
    return cache_folder() / "data" / name
