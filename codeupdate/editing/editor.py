"""An editor from a folder: ``editor.yaml`` and ``editor.py``.

``editor.py`` defines ``class Settings`` (a frozen pydantic model) and the generator
function ``edit(model, updates, replay, settings)``, which changes the model, yields one
:class:`~codeupdate.editing.change.Change` and undoes it: the method, and nothing else.
A method that ``changes: memory`` also defines ``attach(model, folder, settings)``, which puts
what it saved in force again. What every method owes the suite (settings, fingerprint, cost,
nesting, the proof that the weights are as they were) is here, once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from codeupdate.editing.change import Change, in_force
from codeupdate.editing.cost import Meter
from codeupdate.editing.outcome import outcome, writes
from codeupdate.editing.protocol import Edited
from codeupdate.editing.storage import Record, recorded
from codeupdate.editing.weights import untouched
from codeupdate.errors import EditError, UsageError
from codeupdate.models.generating import Generates
from codeupdate.models.protocol import Model, ServesEdits, has_weights
from codeupdate.types import EditCost, Example, Prompt, Sample, Sampling, Update

__all__ = [
    "AttachFunction",
    "EditFunction",
    "EditedModel",
    "EditedWeights",
    "FolderEditor",
    "beneath",
    "earlier",
    "served",
]

#: What an editor may say that it changes, and not touch the weights.
KEEPS_WEIGHTS = frozenset({"nothing", "prompt"})
#: In what order edits are made where each is to be saved: a later kind can be loaded on what an
#: earlier one has saved. What is saved of the first two holds the edits of its own kind alone.
SAVED_IN_ORDER = ("weights", "adapter", "memory")
EditFunction = Callable[
    [Any, Sequence[Update], Sequence[Example], Any], AbstractContextManager[Change]
]
#: (model, folder, settings) → what a memory's ``edit`` saved there, in force again.
AttachFunction = Callable[[Any, Path, Any], AbstractContextManager[Change]]


class FolderEditor:
    """One method with its settings.

    ``presets`` are settings by family of models (``default`` for the others),
    ``overrides`` what the user set by hand, ``changes`` is what ``editor.yaml`` says.
    """

    def __init__(
        self,
        name: str,
        settings: type[BaseModel],
        edit: EditFunction,
        *,
        presets: Mapping[str, Mapping[str, object]],
        overrides: Mapping[str, object],
        changes: str,
    ) -> None:
        self.name = name
        self.changes = changes
        self._settings = settings
        self._edit = edit
        self._presets = presets
        self._overrides = overrides
        self._needs_weights = changes not in KEEPS_WEIGHTS

    def settings_for(self, family: str) -> Mapping[str, object]:
        return self._resolve(family).model_dump()

    def adapter_rank(self, family: str) -> int | None:
        """The rank of the adapter that an edit consists in; 0 where that is no low-rank product,
        None where the method does not say, by a property of this name of its settings."""
        rank = getattr(self._resolve(family), "adapter_rank", None)
        return None if rank is None else int(rank)

    def _resolve(self, family: str) -> BaseModel:
        preset = self._presets.get(family, self._presets.get("default", {}))
        try:
            return self._settings.model_validate({**preset, **self._overrides})
        except ValidationError as error:
            first = error.errors()[0]
            setting = ".".join(str(part) for part in first["loc"])
            known = ", ".join(sorted(self._settings.model_fields)) or "none"
            raise UsageError(
                f"the editor '{self.name}' does not take '{setting}' like this: "
                f"{first['msg'][0].lower()}{first['msg'][1:]}; its settings: {known}"
            ) from error

    @contextmanager
    def apply(
        self, model: Model, updates: Sequence[Update], replay: Sequence[Example] = ()
    ) -> Iterator[Edited]:
        weighted = model if has_weights(model) else None
        if self._needs_weights and weighted is None:
            raise EditError(
                f"the editor '{self.name}' changes weights, and those of '{model.name}' are not "
                "at hand; use a model of the backend hf or an editor that changes the prompt"
            )
        if self._needs_weights and getattr(
            getattr(weighted, "module", None), "is_quantized", False
        ):
            raise EditError(
                f"the editor '{self.name}' changes weights, and those of '{model.name}' are "
                "quantized; leave the setting quantization out, or use an editor that changes the "
                "prompt"
            )
        settings = self._resolve(weighted.family if weighted else "default")
        kind = EditedWeights if weighted else EditedModel
        # Now: what has made none yet makes it of the weights. What is saved holds the earlier
        # edits of this method too.
        before, base = model.fingerprint, beneath(model, self.name).fingerprint
        changed = weighted if self._needs_weights else None
        written = writes(changed.module) if changed else frozenset()
        with (
            untouched(changed),
            Meter() as meter,
            in_force(self._edit(model, updates, replay, settings), self.name) as change,
        ):
            cost = EditCost(meter.seconds, meter.peak_memory, change.parameters, change.tokens)
            came_out = outcome(changed.module, written, self.changes, change) if changed else ""
            given = settings.model_dump(mode="json")
            fingerprint = _fingerprint(
                before, self.name, given, updates, replay, change.depends, came_out
            )
            record = Record(self.name, given, fingerprint, base)
            with served(model, self.name, self.changes, change):
                kept = recorded(change, record)
                yield kind(model, self.name, self.changes, kept, fingerprint, cost)


class EditedModel(Generates):
    """A model with one edit in force (an ``Edited``)."""

    def __init__(
        self,
        base: Model,
        editor: str,
        changes: str,
        change: Change,
        fingerprint: str,
        cost: EditCost,
    ) -> None:
        self.name = base.name
        self.fingerprint = fingerprint
        self.cost = cost
        self.change = change
        self.changes = changes
        self.editor = editor
        self._base: Any = base

    @property
    def base(self) -> Model:
        """The model without this edit, as far as it is asked while the edit is in force."""
        return cast(Model, self._base)

    def costing(self, cost: EditCost) -> EditedModel:
        return type(self)(
            self._base, self.editor, self.changes, self.change, self.fingerprint, cost
        )

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        yield from self._base.batches(prompts, sampling)

    def documents(self, query: str) -> tuple[Update, ...]:
        before = self._base.documents(query) if isinstance(self._base, EditedModel) else ()
        return (*self.change.documents(query), *before)

    def save(self, path: str | PathLike[str]) -> None:
        if self.change.save is None:
            raise EditError(
                f"the editor '{self.editor}' changes the prompt and not the model, so there is "
                "nothing to save"
            )
        if other := self._would_be_lost():
            pair = sorted((self, other), key=lambda edit: SAVED_IN_ORDER.index(edit.changes))
            raise EditError(
                f"what '{self.editor}' saves does not hold what '{other.editor}' has made of the "
                f"model beneath it; apply '{pair[0].editor}' by itself and save it, then apply "
                f"'{pair[1].editor}' to what is loaded from there"
            )
        self.change.save(Path(path))

    def _would_be_lost(self) -> EditedModel | None:
        """An edit beneath this one that what this one saves would lack, without anybody being
        told: who loads a memory on another model than it was made on is told."""
        model = self.base
        while isinstance(model, EditedModel):
            other = model.changes in SAVED_IN_ORDER and model.changes != self.changes
            if other and self.changes in SAVED_IN_ORDER[:2]:
                return model
            model = model.base
        return None


class EditedWeights(EditedModel):
    """The same for a model whose weights are at hand, so that it can be edited further."""

    @property
    def module(self) -> Any:
        return self._base.module

    @property
    def tokenizer(self) -> Any:
        return self._base.tokenizer

    @property
    def family(self) -> str:
        return str(self._base.family)

    def encode(self, prompt: Prompt) -> list[int]:
        return list(self._base.encode(prompt))

    def render(self, prompt: Prompt) -> str:
        return str(self._base.render(prompt))

    def stops(self, prompt: Prompt) -> tuple[str, ...]:
        return tuple(self._base.stops(prompt))

    def decode(self, tokens: Sequence[int], prompt: Prompt | None = None) -> str:
        return str(self._base.decode(tokens, prompt))


def earlier(model: Model) -> Iterator[Change]:
    """The changes in force on ``model``, the latest first: where a method that learns one
    update after another finds what it ``carry``-ed from the ones before."""
    while isinstance(model, EditedModel):
        yield model.change
        model = model.base


def beneath(model: Model, editor: str = "") -> Model:
    """``model`` without the edits on top of it that change the prompt alone, and without those
    by ``editor``."""
    while isinstance(model, EditedModel):
        if model.editor != editor and model.change.parameters:
            break
        model = model.base
    return model


def served(model: Model, editor: str, changes: str, change: Change) -> AbstractContextManager[None]:
    """While a ``change`` by ``editor`` is in force, have it served where ``model`` is asked, if
    that is elsewhere than in its module.

    Raises:
        EditError: it cannot be served there.
    """
    while isinstance(model, EditedModel):
        model = model.base
    if not isinstance(model, ServesEdits) or changes in KEEPS_WEIGHTS:
        return nullcontext()
    if change.save is None:
        raise EditError(
            f"'{model.name}' serves edits that can be saved, and that of '{editor}' cannot; use a "
            "model of the backend hf"
        )
    return model.serving(editor, changes, change.save)


def _fingerprint(
    before: str,
    editor: str,
    settings: Mapping[str, object],
    updates: Sequence[Update],
    replay: Sequence[Example],
    depends: str,
    came_out: str,
) -> str:
    """Of all that an edit was made of, and of what came out: changes exactly when the answers
    of the edited model could."""
    content = json.dumps(
        [
            before,
            editor,
            settings,
            [asdict(update) for update in updates],
            [asdict(example) for example in replay],
            depends,
            came_out,
        ],
        sort_keys=True,
    )
    return hashlib.sha256(content.encode()).hexdigest()
