"""Memories beside a model: what a method looks up at one layer, without touching a weight.

The layer is the projection by which one block's MLP writes to the residual stream. What
enters it at a token depends on the layers below alone, so that what a memory answers at one
token never moves the keys of another: a lookup is a function of a single activation, and
generation with a KV cache, in padded batches or one prompt at a time finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.editing.editor import earlier
from codeupdate.editing.projections import mlp_outputs
from codeupdate.editing.training import Tokens, TrainingSettings
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["Memory", "MemorySettings", "Seen", "layer_at", "memory_at", "see"]

State = TypeVar("State")
#: (state, what enters the layer, what leaves it) → what leaves it with the memory.
Read = Callable[[State, "torch.Tensor", "torch.Tensor"], "torch.Tensor"]
ROWS = 32  # rows that are looked at together


class MemorySettings(BaseModel):
    """What every memory can be told: at which layer it is, and how what it answers is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    depth: float = Field(27 / 32, ge=0, lt=1)  # block 27 of 32, as in the papers' Llama-2-7b
    learning_rate: float = Field(1.0, gt=0)
    steps: int = Field(100, ge=1)
    batch_size: int = Field(32, ge=1)
    examples: int | None = Field(None, ge=1)  # at most so many an update; None: all
    seed: int = 0

    @property
    def training(self) -> TrainingSettings:
        return TrainingSettings(
            learning_rate=self.learning_rate,
            epochs=self.steps,
            max_steps=self.steps,
            batch_size=self.batch_size,
            examples=self.examples,
            seed=self.seed,
        )


@dataclass(slots=True)
class Memory(Generic[State]):
    """A memory in force at ``layer``. A later edit by the same method changes its ``state``
    and puts it back when it ends."""

    layer: str
    state: State


@dataclass(frozen=True, slots=True)
class Seen:
    """One row as the model sees it: ``inputs`` (tokens, width) enter the layer, and
    ``expected`` (tokens,) are the tokens that the model would write next."""

    inputs: torch.Tensor
    expected: torch.Tensor

    def wrong(self, row: Tokens) -> tuple[int, ...]:
        """The positions from which the model would go on otherwise than ``row``'s completion."""
        expected = self.expected.tolist()
        return tuple(
            at for at in range(row.prompt - 1, len(row) - 1) if expected[at] != row.ids[at + 1]
        )


def layer_at(model: WeightedModel, depth: float) -> str:
    """The MLP's output projection of the block at ``depth``: 0 is the first, towards 1 the last.

    Raises:
        EditError: the model has no such projections.
    """
    outputs = mlp_outputs(model)
    return outputs[int(depth * len(outputs))]


@contextmanager
def memory_at(
    model: WeightedModel, layer: str, empty: State, read: Read[State]
) -> Iterator[Memory[State]]:
    """The memory with a state of this kind that is in force on ``model``, or a new, ``empty``
    one; on leaving, its state is what it was.

    Raises:
        EditError: the one in force is at another layer.
    """
    for change in earlier(model):
        memory = change.carry
        if isinstance(memory, Memory) and isinstance(memory.state, type(empty)):
            if memory.layer != layer:
                raise EditError(
                    f"the memory in force on '{model.name}' is at '{memory.layer}' and cannot go on "
                    f"at '{layer}'; use the same depth for all edits"
                )
            before = memory.state
            try:
                yield memory
            finally:
                memory.state = before
            return
    memory = Memory(layer, empty)

    def look_up(_: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        return read(memory.state, inputs[0], output)

    hook = model.module.get_submodule(layer).register_forward_hook(look_up)
    try:
        yield memory
    finally:
        hook.remove()


def see(model: WeightedModel, layer: str, rows: Sequence[Tokens]) -> list[Seen]:
    """Each of ``rows`` as the model sees it, with the edits that are in force."""
    import torch

    seen: list[Seen] = []
    entered: list[torch.Tensor] = []

    def keep(_: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        entered.append(inputs[0])

    hook = model.module.get_submodule(layer).register_forward_pre_hook(keep)
    try:
        for start in range(0, len(rows), ROWS):
            batch = rows[start : start + ROWS]
            ids = torch.nn.utils.rnn.pad_sequence(
                [torch.tensor(row.ids) for row in batch], batch_first=True
            ).to(model.module.device)
            with torch.no_grad():
                expected = model.module(input_ids=ids, use_cache=False).logits.argmax(-1)
            inputs = entered.pop().float()
            seen += [
                Seen(inputs[i, : len(row)], expected[i, : len(row)]) for i, row in enumerate(batch)
            ]
    finally:
        hook.remove()
    return seen
