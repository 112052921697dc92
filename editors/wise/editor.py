"""WISE: a side memory beside the main one, and a router that says which of them answers.

The main memory is the output projection W of one MLP, which is never touched. The side
memory is a copy W' that learns the edits. How far the two answers lie apart at a token,
|A·(W' - W)| for the activation A, is trained to be large where an edit shows and small
elsewhere, and so says at inference which of them to take.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.editing import Change
from codeupdate.editing.change import Save
from codeupdate.editing.memories import Memory, layer_at, memory_at, see
from codeupdate.editing.storage import read_tensors, write_tensors
from codeupdate.editing.targets import targets
from codeupdate.editing.training import (
    Tokens,
    TrainingSettings,
    lessons,
    likelihood,
    tokenized,
    train,
)
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch

TINY = 1e-12  # a norm has no gradient at 0, where training begins


class Settings(BaseModel):
    """Defaults are those of the authors' code for Llama-2-7b, but for the rate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    depth: float = Field(27 / 32, ge=0, lt=1)  # block 27 of 32
    shards: int = Field(2, ge=1)  # side memories that take the updates in turn
    mask: float = Field(0.2, gt=0, le=1)  # rho: the share of a shard's numbers that may change
    density: float = Field(0.53, gt=0, le=1)  # the share of them that merging keeps
    alpha: float = Field(5.0, ge=0)  # at most so far apart elsewhere
    beta: float = Field(20.0, ge=0)  # at least so far apart at an edit
    gamma: float = Field(10.0, ge=0)  # and at least so much farther than elsewhere
    ratio: float = Field(0.88, gt=0, le=1)  # of the smallest distance at an edit: the threshold
    limit: float = Field(1.0, gt=0)  # no number moves farther than this
    learning_rate: float = Field(1e-3, gt=0)  # of AdamW; theirs is for plain gradient descent
    steps: int = Field(70, ge=1)
    batch_size: int = Field(32, ge=1)
    examples: int | None = Field(None, ge=1)  # at most so many an update; None: all
    replay: int = Field(64, ge=0)  # so many examples of what must not be routed aside
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """What is kept: for each shard its W' - W (outputs, inputs), all of them merged, how many
    updates there were, and the distance from which on the side memory answers."""

    shards: torch.Tensor  # (shards, outputs, inputs)
    merged: torch.Tensor
    updates: int
    threshold: float


@dataclass(frozen=True, slots=True)
class Studying(Side):
    """The same while one shard, ``merged``, is trained: it answers ``where`` (rows, tokens)."""

    where: torch.Tensor


@dataclass(frozen=True, slots=True)
class Row:
    """One example, and the positions where the side memory has to answer."""

    tokens: Tokens
    wrong: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.tokens)


def read(side: Side, inputs: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """What the side memory answers at each token that is routed to it, else ``output``."""
    import torch

    if side.updates == 0:
        return output
    apart = torch.nn.functional.linear(inputs.float(), side.merged)
    chosen = side.where if isinstance(side, Studying) else apart.norm(dim=-1) > side.threshold
    return torch.where(chosen[..., None], (output + apart).to(output.dtype), output)


def gradient_mask(shape: Sequence[int], share: float, seed: int) -> torch.Tensor:
    """A random subspace: ones at exactly ``share`` of the places, rounded, zeros elsewhere."""
    import torch

    count = torch.Size(shape).numel()
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    mask = torch.zeros(count)
    mask[order[: round(share * count)]] = 1.0
    return mask.reshape(*shape)


def ties(deltas: torch.Tensor, density: float) -> torch.Tensor:
    """Merge ``deltas`` (models, …) by TIES (Yadav et al. 2023, arXiv 2306.01708): of each only
    the largest numbers stay, a sign is elected for every place by their sum, and the mean is
    taken of those that agree with it."""
    import torch

    flat = deltas.flatten(1)
    kept = torch.zeros_like(flat)
    largest = flat.abs().topk(max(round(density * flat.shape[1]), 1), dim=1).indices
    kept.scatter_(1, largest, flat.gather(1, largest))
    agree = kept * kept.sum(0).sign() > 0
    total = (kept * agree).sum(0)
    return (total / agree.sum(0).clamp(min=1)).reshape(deltas.shape[1:])


def routing_loss(edits: torch.Tensor, elsewhere: torch.Tensor, settings: Settings) -> torch.Tensor:
    """The paper's equation 5 on distances at edits (n,) and elsewhere (m,): a hinge for each of
    the three margins, each the mean of what violates it."""
    hinges = [
        elsewhere - settings.alpha,
        settings.beta - edits,
        settings.gamma - (edits[:, None] - elsewhere[None]).flatten(),
    ]
    total = edits.new_zeros(())
    for hinge in hinges:
        violated = hinge[hinge > 0]
        if violated.numel():
            total = total + violated.mean()
    return total


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    import torch

    with _memory(model, settings) as memory:
        before = memory.state
        unrelated = tokenized(model, replay[: settings.replay])
        elsewhere = [seen.inputs for seen in see(model, memory.layer, unrelated)]
        shards, threshold, tokens = before.shards.clone(), before.threshold, 0
        at_edits: list[torch.Tensor] = []
        for number, taught in enumerate(_turns(updates, before.updates, settings.shards)):
            memory.state = before
            lesson = lessons(taught, (), TrainingSettings(examples=settings.examples))
            found = [Tokens(target.ids, target.start) for target in targets(model, lesson)]
            if not found:
                continue
            seen = see(model, memory.layer, found)
            rows = [Row(row, one.wrong(row)) for row, one in zip(found, seen, strict=True)]
            split = [_split(row, one.inputs) for row, one in zip(rows, seen, strict=True)]
            edits = torch.cat([inside for inside, _ in split])
            others = torch.cat([*elsewhere, *(outside for _, outside in split)])
            mask = gradient_mask(before.merged.shape, settings.mask, settings.seed + number)
            shards[number], count = _study(
                model, memory, shards[number], mask, rows, (edits, others), settings
            )
            at_edits.append(edits)
            tokens += count
        merged = ties(shards, settings.density)
        for edits in at_edits:
            nearest = (edits @ merged.T).norm(dim=-1).min()
            threshold = min(threshold, settings.ratio * float(nearest))
        memory.state = Side(shards, merged, before.updates + len(updates), threshold)
        changed = int((merged != before.merged).sum())
        yield Change(changed, tokens, save=_saver(memory.state), carry=memory)


@contextmanager
def attach(model: WeightedModel, folder: Path, settings: Settings) -> Iterator[Change]:
    """Put the side memory that was saved in ``folder`` in force."""
    with _memory(model, settings) as memory:
        kept = read_tensors(folder, model.module.device)
        merged = ties(kept["shards"], settings.density)
        memory.state = Side(kept["shards"], merged, int(kept["updates"]), float(kept["threshold"]))
        changed = int((merged != 0).sum())
        yield Change(changed, save=_saver(memory.state), carry=memory)


@contextmanager
def _memory(model: WeightedModel, settings: Settings) -> Iterator[Memory[Side]]:
    """The side memory in force, or one that answers nothing yet."""
    import torch

    layer = layer_at(model, settings.depth)
    weight = model.module.get_submodule(layer).weight
    nothing = torch.zeros(settings.shards, *weight.shape, device=weight.device)
    with memory_at(model, layer, Side(nothing, nothing[0], 0, math.inf), read) as memory:
        if len(memory.state.shards) != settings.shards:
            raise EditError(
                f"the side memory in force on '{model.name}' has {len(memory.state.shards)} shards "
                f"and cannot go on with {settings.shards}; use the same number for all edits"
            )
        yield memory


def _turns(updates: Sequence[Update], done: int, shards: int) -> list[list[Update]]:
    """What each shard learns: updates take turns, after the ``done`` ones before them."""
    turns: list[list[Update]] = [[] for _ in range(shards)]
    for number, update in enumerate(updates, start=done):
        turns[number % shards].append(update)
    return turns


def _split(row: Row, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The activations of a row where the edit shows, and its others."""
    import torch

    inside = torch.zeros(len(inputs), dtype=torch.bool, device=inputs.device)
    inside[list(row.wrong)] = True
    outside = ~inside
    outside[-1] = False  # what follows the last token is not known
    return inputs[inside], inputs[outside]


def _study(
    model: WeightedModel,
    memory: Memory[Side],
    start: torch.Tensor,
    mask: torch.Tensor,
    rows: Sequence[Row],
    activations: tuple[torch.Tensor, torch.Tensor],
    settings: Settings,
) -> tuple[torch.Tensor, int]:
    """One shard after training within its subspace, and how many tokens that took."""
    import torch

    edits, others = activations
    delta = start.clone().requires_grad_()
    allowed = mask.to(delta)
    delta.register_hook(lambda gradient: gradient * allowed)
    loss = likelihood(model.module)

    def objective(batch: Sequence[Row]) -> torch.Tensor:
        where = torch.zeros(len(batch), max(map(len, batch)), dtype=torch.bool)
        for number, row in enumerate(batch):
            where[number, list(row.wrong)] = True
        memory.state = Studying(start[None], delta, 1, 0.0, where.to(delta.device))
        distances = [
            (found @ delta.T).square().sum(-1).add(TINY).sqrt() for found in (edits, others)
        ]
        return loss([row.tokens for row in batch]) + routing_loss(*distances, settings)

    def stay_near(_: int) -> None:
        with torch.no_grad():
            delta.clamp_(-settings.limit, settings.limit)

    training = TrainingSettings(
        learning_rate=settings.learning_rate,
        epochs=settings.steps,
        max_steps=settings.steps,
        batch_size=settings.batch_size,
        seed=settings.seed,
    )
    tokens = train(model.module, [delta], rows, objective, training, stay_near)
    return delta.detach(), tokens


def _saver(side: Side) -> Save:
    def save(folder: Path) -> None:
        import torch

        numbers = {"updates": side.updates, "threshold": side.threshold}
        kept = {name: torch.tensor(number, dtype=torch.float64) for name, number in numbers.items()}
        write_tensors(folder, {"shards": side.shards, **kept})

    return save
