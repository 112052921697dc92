"""A model in a process of its own, on whichever node it is: the actor's side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from codeupdate.editing import load_editor
from codeupdate.editing.protocol import Edited
from codeupdate.models import Model, load_model
from codeupdate.models.completions import PACKAGES
from codeupdate.models.protocol import ServesEdits
from codeupdate.strategies import Around, load_strategy
from codeupdate.types import EditCost, Example, Prompt, Sample, Sampling, Update

__all__ = ["Applied", "EditorCall", "Replica", "ReplicaFacts"]


@dataclass(frozen=True, slots=True)
class ReplicaFacts:
    """What a replica says of its model. All of a run have to agree."""

    fingerprint: str
    family: str
    packages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EditorCall:
    """How an editor is loaded by name: it does not travel itself, its code is on every node."""

    name: str
    settings: Mapping[str, object]
    include: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """An edit that came into force."""

    fingerprint: str
    cost: EditCost


@dataclass(eq=False, slots=True)
class _Edit:
    """An edit in force. ``undo`` leaves it."""

    edited: Edited
    undo: ExitStack = field(default_factory=ExitStack)


class Replica:
    """Loads a model, edits it and asks it; one call after another, in the actor's main thread."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._edits: list[_Edit] = []
        self._asking: dict[int, Iterator[tuple[Sample, ...]]] = {}
        self._asked = 0

    def where(self) -> str:
        """The id of the node that it has been placed on."""
        import ray

        return str(ray.get_runtime_context().get_node_id())

    def load(self, name: str, settings: Mapping[str, Any]) -> ReplicaFacts:
        """Load the model.

        Raises:
            ModelError, MissingExtra: see :func:`~codeupdate.models.load_model`.
        """
        self._model = load_model(name, settings=settings)
        return ReplicaFacts(
            fingerprint=self._model.fingerprint,
            family=getattr(self._model, "family", "default"),
            packages={name: found for name in PACKAGES if (found := _version(name))},
        )

    def expect_adapters(self, rank: int) -> None:
        """See :class:`~codeupdate.models.protocol.ServesEdits`, which the model may be."""
        if isinstance(self._model, ServesEdits):
            self._model.expect_adapters(rank)

    def apply(
        self, call: EditorCall, updates: Sequence[Update], replay: Sequence[Example]
    ) -> Applied:
        """Bring an edit into force, on top of those that are.

        Raises:
            EditError: see :class:`~codeupdate.editing.Editor`.
        """
        editor = load_editor(call.name, include=call.include, **call.settings)
        with ExitStack() as undo:
            edited = undo.enter_context(editor.apply(self._current, updates, replay))
            self._edits.append(_Edit(edited, undo.pop_all()))
        return Applied(edited.fingerprint, edited.cost)

    def leave(self) -> None:
        """Undo the latest edit."""
        self._asking.clear()
        self._edits.pop().undo.close()

    def documents(self, query: str) -> tuple[Update, ...]:
        """What the edits in force show for ``query``."""
        return self._edits[-1].edited.documents(query)

    def ask(self, prompts: Sequence[Prompt], sampling: Sampling, around: str) -> int:
        """Begin to complete ``prompts``; ``more`` takes the number that this returns.

        ``around`` names the strategy that changes how the model works, if one does.
        """
        model = self._current
        if around:
            strategy = load_strategy(around)
            assert isinstance(strategy, Around)
            model = strategy.around(model)
        self._asked += 1
        self._asking[self._asked] = model.batches(prompts, sampling)
        return self._asked

    def more(self, asked: int) -> tuple[Sample, ...] | None:
        """The next samples that were computed together; None when there are no more.

        Raises:
            ModelError: the model cannot answer.
        """
        found = next(self._asking[asked], None) if asked in self._asking else None
        if found is None:
            self._asking.pop(asked, None)
        return found

    def drop(self, asked: int) -> None:
        """Nobody will call ``more`` again."""
        self._asking.pop(asked, None)

    def close(self) -> None:
        """Undo every edit and let the model go."""
        while self._edits:
            self.leave()
        if close := getattr(self._model, "close", None):
            close()

    @property
    def _current(self) -> Model:
        assert self._model is not None
        return self._edits[-1].edited if self._edits else self._model


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
