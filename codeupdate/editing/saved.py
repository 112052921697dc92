"""Edits that were saved, put in force again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import ValidationError

from codeupdate.editing.adapters import attached, saved_files
from codeupdate.editing.change import Change
from codeupdate.editing.cost import Meter
from codeupdate.editing.editor import EditedWeights, beneath, served
from codeupdate.editing.loading import read_method
from codeupdate.editing.protocol import Edited
from codeupdate.editing.storage import TENSORS, Record, read_record
from codeupdate.editing.weights import untouched
from codeupdate.errors import EditError, MissingExtra
from codeupdate.models.protocol import Model, WeightedModel, has_weights
from codeupdate.types import EditCost

__all__ = ["load_edit"]


@contextmanager
def load_edit(model: Model, path: Path | str, include: Sequence[Path] = ()) -> Iterator[Edited]:
    """``model`` with the edit that ``edited.save(path)`` wrote, for the length of a ``with`` block.

    An adapter may come from elsewhere; a memory belongs to the model that it was made on.
    On leaving, the weights are bit-identical to before.

    Raises:
        EditError: there is no edit in ``path``, it is a whole model, or it does not fit ``model``.
        MissingExtra: peft is not installed and the edit is an adapter.
        UsageError: the editor of a memory cannot be found.
    """
    folder = Path(path)
    record = read_record(folder)
    if not has_weights(model):
        raise EditError(
            f"the edit in '{folder}' changes weights, and those of '{model.name}' are not at hand; "
            "use a model of the backend hf"
        )
    before = model.fingerprint  # now: what has made none yet makes it of the weights
    name = record.editor if record else "adapter"
    with (
        untouched(model),
        Meter() as meter,
        _in_force(model, folder, record, include) as change,
    ):
        cost = EditCost(meter.seconds, meter.peak_memory, change.parameters)
        changes = "adapter" if _is_adapter(folder) else "memory"
        with served(model, name, changes, change):
            fingerprint = _fingerprint(before, folder, record)
            yield EditedWeights(model, name, changes, change, fingerprint, cost)


@contextmanager
def _in_force(
    model: WeightedModel, folder: Path, record: Record | None, include: Sequence[Path]
) -> Iterator[Change]:
    method = read_method(record.editor, include) if record else None
    if record is None or method is None or method.attach is None:
        with _adapters(model, folder) as change:
            yield change
        return
    if record.base != beneath(model).fingerprint:
        raise EditError(
            f"the memory in '{folder}' was made on another model than '{model.name}', whose "
            "activations it does not know; load the one that was edited"
        )
    try:
        settings = method.settings.model_validate(record.settings)
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise EditError(
            f"the edit in '{folder}' has settings that '{record.editor}' does not take "
            f"('{setting}': {first['msg']}); it was saved by another version of it"
        ) from error
    with method.attach(model, folder, settings) as change:
        yield change


@contextmanager
def _adapters(model: WeightedModel, folder: Path) -> Iterator[Change]:
    if not _is_adapter(folder):
        raise EditError(
            f"the edit in '{folder}' is neither an adapter nor a memory that can be loaded"
        )
    try:
        import peft  # noqa: F401  # only to say what is missing
    except ImportError as error:
        raise MissingExtra(f"the adapter in '{folder}'", "peft", "training") from error
    with ExitStack() as stack:
        try:
            found = stack.enter_context(attached(model.module, folder))
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).strip().split("\n")[0]
            raise EditError(
                f"the adapter in '{folder}' does not fit '{model.name}': {reason}"
            ) from error
        # Outside of that: what is raised in the block of the caller is none of ours.
        yield Change(sum(adapter.numbers for adapter in found), save=found[-1].save)


def _is_adapter(folder: Path) -> bool:
    return (folder / "adapter_config.json").is_file()


def _fingerprint(before: str, folder: Path, record: Record | None) -> str:
    """The one that the edit had when it was made, where it is on the same model again, of the
    fingerprint ``before``."""
    if record is not None and record.base == before:
        return record.fingerprint
    digest = hashlib.sha256(before.encode())
    for file in [*saved_files(folder), *folder.glob(TENSORS)]:
        digest.update(file.read_bytes())
    return digest.hexdigest()
