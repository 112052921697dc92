"""A replica from the driver's side: a ``Model``, an ``Editor`` and what it edits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from os import PathLike
from typing import Any

from codeupdate.cluster.calls import Gone, reply
from codeupdate.cluster.replica import Applied, EditorCall, ReplicaFacts
from codeupdate.editing.protocol import Edited, Editor
from codeupdate.errors import EditError, ModelLost
from codeupdate.models.generating import Generates
from codeupdate.models.protocol import Model
from codeupdate.strategies import Around, Asked, Strategy
from codeupdate.strategies.protocol import Steps
from codeupdate.tasks.protocol import Task
from codeupdate.types import EditCost, Example, Prompt, Sample, Sampling, Update

__all__ = ["RemoteAround", "RemoteEdited", "RemoteEditor", "RemoteModel"]

AHEAD = 2  # tuples that a replica computes before they are fetched


class RemoteModel(Generates):
    """What ``actor`` holds, with the edits that are in force there (a ``Model``).

    It is as long as the actor is: nothing here survives it, so that no answer can come
    from a replica that came back without its edit. ``around`` names the strategy that
    changes how the model works, if one does.
    """

    def __init__(
        self, actor: Any, name: str, node: str, facts: ReplicaFacts, around: str = ""
    ) -> None:
        self.name = name
        self.node = node
        self.fingerprint = facts.fingerprint
        self.family = facts.family
        self.packages = facts.packages
        self._actor = actor
        self._facts = facts
        self._around = around

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        asked = self.call("ask", list(prompts), sampling, self._around)
        ahead = deque(self._actor.more.remote(asked) for _ in range(AHEAD))
        try:
            while (samples := self._wait(ahead.popleft())) is not None:
                ahead.append(self._actor.more.remote(asked))
                yield samples
        finally:
            with suppress(Exception):  # a lost replica has nothing to drop
                self._actor.drop.remote(asked)

    def around(self, strategy: str) -> RemoteModel:
        """The same, as ``strategy`` changes it."""
        return RemoteModel(self._actor, self.name, self.node, self._facts, strategy)

    def call(self, method: str, *arguments: Any) -> Any:
        """What ``method`` of the replica returns.

        Raises:
            ModelLost: the replica is gone.
            Exception: what it raised.
        """
        return self._wait(getattr(self._actor, method).remote(*arguments))

    def _wait(self, call: Any) -> Any:
        try:
            return reply(call)
        except Gone as error:
            raise ModelLost(f"its process on '{self.node}' is gone: {error}") from None


class RemoteEdited(RemoteModel):
    """The same with one more edit in force (an ``Edited``)."""

    def __init__(self, base: RemoteModel, applied: Applied, editor: str) -> None:
        super().__init__(base._actor, base.name, base.node, base._facts)
        self.fingerprint = applied.fingerprint
        self.cost = applied.cost
        self._base = base
        self._editor = editor

    def costing(self, cost: EditCost) -> RemoteEdited:
        return RemoteEdited(self._base, Applied(self.fingerprint, cost), self._editor)

    def documents(self, query: str) -> tuple[Update, ...]:
        return tuple(self.call("documents", query))

    def save(self, path: str | PathLike[str]) -> None:
        raise EditError(
            f"the edit of '{self._editor}' is in force on another machine and cannot be saved "
            "from here; apply it to a model that is loaded here"
        )


class RemoteEditor:
    """Applies an editor where the model is (an ``Editor``). ``here`` is the same editor in
    the driver, which knows its settings."""

    def __init__(self, here: Editor, call: EditorCall) -> None:
        self.name = here.name
        self._here = here
        self._call = call

    def settings_for(self, family: str) -> Mapping[str, object]:
        return self._here.settings_for(family)

    @contextmanager
    def apply(
        self, model: Model, updates: Sequence[Update], replay: Sequence[Example] = ()
    ) -> Iterator[Edited]:
        assert isinstance(model, RemoteModel)
        applied = model.call("apply", self._call, list(updates), list(replay))
        try:
            yield RemoteEdited(model, applied, self.name)
        except ModelLost:
            raise  # and the edit with it
        except BaseException:
            with suppress(ModelLost):  # what went wrong is what is told
                model.call("leave")
            raise
        else:
            model.call("leave")


class RemoteAround:
    """A strategy that changes how the model works, where the model is."""

    def __init__(self, strategy: Strategy) -> None:
        assert isinstance(strategy, Around)
        self.name = strategy.name
        self.observed = strategy.observed
        self._strategy: Strategy = strategy

    def check(self, task: Task) -> None:
        self._strategy.check(task)

    def around(self, model: Model) -> Model:
        assert isinstance(model, RemoteModel)
        return model.around(self.name)

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        return self._strategy.solve(asked, sampling)
