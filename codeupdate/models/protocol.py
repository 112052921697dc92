"""What a model is to the rest of the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeGuard, runtime_checkable

from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["Model", "ServesEdits", "WeightedModel", "has_weights"]


class Model(Protocol):
    """Something that completes prompts.

    ``name`` is the specification it was loaded from ("tiny", "hf:org/name").
    ``fingerprint`` changes exactly when its answers could: it is made from the
    weights (or the revision, or the recorded file), never from the name alone. Of a server
    none of that can be seen; its model has ``reusable``, which is False unless somebody says
    that it stays what it is, and then no other run gets its completions.
    """

    name: str

    @property
    def fingerprint(self) -> str: ...

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """The samples ``sampling.indices`` of every prompt, in the order in which they finish.

        Prompts that are finished together come out together, all samples of a prompt in
        the same tuple, and ``Sample.prompt`` is the index into ``prompts``.

        Sample ``i`` of a prompt depends on the weights, the prompt's tokens, the
        sampling and ``i``, and on nothing else that the backend can control: not on the
        prompts beside it, nor on their order. So a resumed run, which asks only for what is
        missing, goes on to what an uninterrupted one would have come to. What no backend
        controls is rounding, which differs with what is computed together: in float32 it
        changes a token only where two are all but equally good, in lower precision now and
        then.

        A prompt that fills the context is answered with nothing, for the reason
        ``context``: it stays in the denominator, and the report says how many there were.

        Raises:
            ModelError: the backend failed, or a recorded model holds no answer.
        """
        ...

    def generate(
        self, prompts: Sequence[str | Prompt], sampling: Sampling | None = None
    ) -> list[str]:
        """One completion of each of ``prompts``, in their order: see
        :class:`~codeupdate.models.generating.Generates`, which has it for every model."""
        ...


class WeightedModel(Model, Protocol):
    """A model whose weights are at hand, for editors that change them."""

    @property
    def module(self) -> Any:
        """The ``torch.nn.Module`` (a causal language model of transformers)."""
        ...

    @property
    def tokenizer(self) -> Any:
        """The tokenizer that belongs to it."""
        ...

    @property
    def family(self) -> str:
        """Which hyper-parameters suit it: "tiny" or the architecture's ``model_type``."""
        ...

    def encode(self, prompt: Prompt) -> list[int]:
        """Token ids of the form of ``prompt`` that this model understands."""
        ...

    def render(self, prompt: Prompt) -> str:
        """That form as text; tokenized without special tokens added it gives the same ids, but
        for the token that begins every text."""
        ...

    def stops(self, prompt: Prompt) -> tuple[str, ...]:
        """What cuts an answer to that form: nothing in a chat."""
        ...

    def decode(self, tokens: Sequence[int], prompt: Prompt | None = None) -> str:
        """``tokens`` as text, without special ones: what they write after ``prompt``, or after
        any text."""
        ...


def has_weights(model: object) -> TypeGuard[WeightedModel]:
    """Whether ``model`` is a ``WeightedModel``.

    isinstance() would read ``module``, and a model may load its weights only then.
    """
    return all(hasattr(type(model), name) for name in ("module", "tokenizer", "family", "encode"))


@runtime_checkable
class ServesEdits(Protocol):
    """A model with weights whose completions come from elsewhere than its ``module``: what an
    editor does to that has to be brought there."""

    def serving(
        self, editor: str, changes: str, save: Callable[[Path], None]
    ) -> AbstractContextManager[None]:
        """Answer under the edit that ``editor`` has just made in ``module``, for the length of
        the block. ``changes`` says what it is, as in ``editor.yaml``; ``save`` writes it.

        Raises:
            EditError: it cannot be served there.
        """
        ...

    def expect_adapters(self, rank: int) -> None:
        """Edits will be adapters of at most ``rank``, as far as one can know."""
        ...
