"""What a model is to the rest of the suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["Model", "WeightedModel"]


class Model(Protocol):
    """Something that completes prompts.

    ``name`` is the specification it was loaded from ("tiny", "hf:org/name").
    ``fingerprint`` changes exactly when its answers could: it is made from the
    weights (or the revision, or the recorded file), never from the name alone.
    """

    name: str

    @property
    def fingerprint(self) -> str: ...

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """Complete every prompt ``sampling.n`` times, in the order in which they finish.

        Samples that were computed together come out together, all samples of a
        prompt in the same tuple, and ``Sample.prompt`` is the index into ``prompts``.
        Leaving out the prompts of whole tuples does not change the composition of
        the others, so that a resumed run computes exactly what an uninterrupted one
        would have.

        Sample ``i`` of a prompt depends on the weights, the prompt's tokens, the
        sampling and ``i``, and on nothing else that the backend can control.

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


@runtime_checkable
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

    def decode(self, tokens: Sequence[int]) -> str:
        """``tokens`` as text, without special ones."""
        ...
