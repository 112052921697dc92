"""A model's files on disk: where they are, and what they hold."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from codeupdate.errors import MissingExtra, ModelError

__all__ = ["model_folder", "weights_digest"]

#: What the loading of a model reads; the hub also keeps the same weights in other formats.
WANTED = ("*.json", "*.jinja", "*.txt", "*.model", "*.tiktoken", "*.py", "*.safetensors")
CHUNK = 2**24  # bytes


def model_folder(source: str, *, name: str) -> Path:
    """The folder with the model ``source``: a path, or ``org/name[@revision]`` of the hub, which
    is fetched where it is not at hand.

    Raises:
        MissingExtra: it is on the hub, whose client is not installed.
        ModelError: it does not exist, cannot be fetched, or is no model.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        folder = path
    elif source.startswith((".", "/", "~")):
        raise ModelError(f"the model '{name}': there is no folder '{source}'")
    else:
        folder = _fetched(source, name)
    if not (folder / "config.json").is_file():
        raise ModelError(f"the model '{name}': there is no config.json in '{folder}'")
    return folder


def _fetched(source: str, name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise MissingExtra(f"the model '{name}'", "huggingface_hub", "transformers") from error
    place, _, revision = source.partition("@")
    try:
        found = Path(snapshot_download(place, revision=revision or None, allow_patterns=WANTED))
        if not any(found.glob("*.safetensors")):
            snapshot_download(place, revision=revision or None, allow_patterns=["*.bin"])
        return found
    except (OSError, ValueError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        offline = os.environ.get("HF_HUB_OFFLINE", "0") not in {"", "0"}
        hint = "HF_HUB_OFFLINE is set, so only local copies are used" if offline else "check it"
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"the model '{name}' cannot be loaded ({hint}): {reason}") from error


def weights_digest(folder: Path) -> str:
    """A hash of every weight in ``folder``, however they are spread over files.

    Weights in another format than safetensors are hashed as the files that hold them.

    Raises:
        ModelError: there are none.
    """
    whole = sorted(folder.glob("*.bin"))
    parts = sorted(part for file in sorted(folder.glob("*.safetensors")) for part in _tensors(file))
    if not parts:
        parts = [(file.name, file, 0, file.stat().st_size) for file in whole]
    if not parts:
        raise ModelError(f"there are no weights in '{folder}': neither *.safetensors nor *.bin")
    digest = hashlib.sha256()
    for label, file, begin, size in parts:
        digest.update(f"{label} {size}\n".encode())
        with file.open("rb") as stream:
            stream.seek(begin)
            for start in range(0, size, CHUNK):
                digest.update(stream.read(min(CHUNK, size - start)))
    return digest.hexdigest()


def _tensors(file: Path) -> Iterator[tuple[str, Path, int, int]]:
    """Name, type and shape of every tensor in ``file``, and where its bytes are: the file begins
    with the length of a header, a little-endian number of eight bytes, and the header, in JSON."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(length))
        for name, tensor in header.items():
            if name != "__metadata__":
                begin, end = tensor["data_offsets"]
                label = f"{name} {tensor['dtype']} {tensor['shape']}"
                yield label, file, 8 + length + begin, end - begin
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"the weights in '{file}' cannot be read: {error}") from error
