"""Answer from the cache of the text before an edit, kept by one of the ways of ``kvcache``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codeupdate.errors import ModelError, UsageError
from codeupdate.kvcache.strategies import STRATEGIES as WAYS
from codeupdate.kvcache.strategies import strategy_named
from codeupdate.models.protocol import Model, has_weights
from codeupdate.strategies.protocol import Ask, Asked, Steps, ask
from codeupdate.tasks.protocol import Task
from codeupdate.types import Sample, Sampling

__all__ = ["Cached"]


class Cached:
    """Ask once; the model holds the cache of the prompt before an edit and brings it up to
    date as ``name`` says: full, prefix, conflict, pie, selective or selective:SHARE.

    Raises:
        UsageError: there is no way of that name.
    """

    def __init__(self, name: str) -> None:
        self.name = strategy_named(name).name

    @staticmethod
    def knows(name: str) -> bool:
        """Whether ``name`` is meant to be such a way."""
        return name.partition(":")[0] in WAYS

    @property
    def observed(self) -> Mapping[str, tuple[str, str]]:
        from codeupdate.kvcache.serving import OBSERVED

        return OBSERVED

    def check(self, task: Task) -> None:
        problems = task.problems()
        if problems and task.prompt(problems[0], "prompt").earlier is None:
            raise UsageError(
                f"the task '{task.name}' does not say what its prompts were before an edit, which "
                f"the strategy '{self.name}' begins with; such tasks are repobench-edit and edits"
            )

    def around(self, model: Model) -> Model:
        """``model`` with its cache kept.

        Raises:
            ModelError: it has no cache that could be edited.
        """
        from codeupdate.kvcache.serving import CachedModel

        if not has_weights(model):
            raise ModelError(
                f"the model '{model.name}' has no cache that could be edited; the strategy "
                f"'{self.name}' needs tiny or hf:NAME-OR-PATH"
            )
        return CachedModel(model, self.name)

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        return samples
