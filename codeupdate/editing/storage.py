"""Edits on disk: the tensors of a memory, and ``edit.json``, which says what made an edit
and on which model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codeupdate.editing.change import Change
from codeupdate.errors import EditError

if TYPE_CHECKING:
    import torch

__all__ = ["Record", "read_record", "read_tensors", "recorded", "write_tensors"]

RECORD = "edit.json"
TENSORS = "memory.safetensors"


@dataclass(frozen=True, slots=True)
class Record:
    """What made an edit. ``base`` is the fingerprint of the model that it was made on."""

    editor: str
    settings: Mapping[str, object]
    fingerprint: str
    base: str


def recorded(change: Change, record: Record) -> Change:
    """``change``, which writes ``record`` beside what it saves."""
    write = change.save
    if write is None:
        return change

    def save(folder: Path) -> None:
        write(folder)
        text = json.dumps(asdict(record), indent=2, sort_keys=True)
        (folder / RECORD).write_text(f"{text}\n", encoding="utf-8")

    return replace(change, save=save)


def read_record(folder: Path) -> Record | None:
    """What made the edit in ``folder``; None for an adapter that was made elsewhere.

    Raises:
        EditError: there is no saved edit, or it is a whole model.
    """
    if (folder / "config.json").is_file():
        raise EditError(
            f"'{folder}' holds a whole model, edited already; load it as the model 'hf:{folder}'"
        )
    try:
        return Record(**json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except FileNotFoundError:
        if (folder / "adapter_config.json").is_file():
            return None
    except (OSError, ValueError, TypeError) as error:
        raise EditError(f"'{folder / RECORD}' cannot be read: {error}") from error
    raise EditError(
        f"there is no saved edit in '{folder}': it has no {RECORD}; name a folder that "
        "'edited.save' has written"
    )


def write_tensors(folder: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write what a memory holds."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(whole, str(folder / TENSORS))


def read_tensors(folder: Path, device: Any) -> dict[str, torch.Tensor]:
    """What :func:`write_tensors` wrote.

    Raises:
        EditError: it cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(str(folder / TENSORS), device=str(device)))
    except (OSError, SafetensorError) as error:
        raise EditError(f"'{folder / TENSORS}' cannot be read: {error}") from error
