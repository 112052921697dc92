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

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.change import Save
from codeupdate.editing.memories import Memory, MemorySettings, layer_at, memory_at, see
from codeupdate.editing.storage import read_tensors, write_tensors
from codeupdate.editing.targets import targets
from codeupdate.editing.training import (
    Tokens,
    lessons,
    likelihood,
    tokenized,
    train,
)
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch

EARLIER = 0.6  # weight of what was there before in a merge, and of all that is new: the rest
TINY = 1e-12  # a norm has no gradient at 0, where training begins


class Settings(MemorySettings):
    """Defaults are those of the authors' code for Llama-2-7b, but for the rate."""

    shards: int = Field(2, ge=1)  # side memories that take the updates of one edit in turn
    mask: float = Field(0.2, gt=0, le=1)  # rho: the share of a shard's numbers that may change
    density: float = Field(0.53, gt=0, le=1)  # the share of them that merging keeps
    alpha: float = Field(5.0, ge=0)  # at most so far apart elsewhere
    beta: float = Field(20.0, ge=0)  # at least so far apart at an edit
    gamma: float = Field(10.0, ge=0)  # and at least so much farther than elsewhere
    ratio: float = Field(0.88, gt=0, le=1)  # of the smallest distance at an edit: the threshold
    limit: float = Field(1.0, gt=0)  # no number moves farther than this
    learning_rate: float = Field(1e-3, gt=0)  # of AdamW; theirs is for plain gradient descent
    steps: int = Field(70, ge=1)
    replay: int = Field(64, ge=0)  # so many examples of what must not be routed aside


@dataclass(frozen=True, slots=True)
class Side:
    """What is kept: W' - W (outputs, inputs), into which all shards were merged, how many updates
    there were, and the distance from which on the side memory answers."""

    merged: torch.Tensor
    updates: int
    threshold: float


@dataclass(frozen=True, slots=True)
class Studying(Side):
    """The same while one shard, ``merged``, is trained: it alone answers, ``where`` (rows, tokens)
    says."""

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


def ties(
    deltas: torch.Tensor, density: float, weights: Sequence[float] | None = None
) -> torch.Tensor:
    """Merge ``deltas`` (models, …) by TIES (Yadav et al. 2023, arXiv 2306.01708): of each only
    the largest numbers stay, a sign is elected for every place by their sum, and the mean is
    taken of those that agree with it; sum and mean are weighted."""
    import torch

    flat = deltas.flatten(1)
    weight = torch.ones(len(flat)) if weights is None else torch.tensor(weights)
    weight = weight.to(flat)[:, None]
    kept = torch.zeros_like(flat)
    largest = flat.abs().topk(max(round(density * flat.shape[1]), 1), dim=1).indices
    kept.scatter_(1, largest, flat.gather(1, largest))
    agree = kept * (kept * weight).sum(0).sign() > 0
    total, weights_there = (kept * weight * agree).sum(0), (weight * agree).sum(0)
    return (total / weights_there.where(weights_there > 0, 1)).reshape(deltas.shape[1:])


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
        shards: list[torch.Tensor] = []
        at_edits: list[torch.Tensor] = []
        threshold, tokens = before.threshold, 0
        for number, taught in enumerate(_turns(updates, settings.shards), start=before.updates):
            memory.state = before
            lesson = lessons(taught, (), settings.training)
            found = [Tokens(target.ids, target.start) for target in targets(model, lesson)]
            if not found:
                continue
            seen = see(model, memory.layer, found)
            rows = [Row(row, one.wrong(row)) for row, one in zip(found, seen, strict=True)]
            split = [_split(row, one.inputs) for row, one in zip(rows, seen, strict=True)]
            edits = torch.cat([inside for inside, _ in split])
            others = torch.cat([*elsewhere, *(outside for _, outside in split)])
            mask = gradient_mask(before.merged.shape, settings.mask, settings.seed + number)
            shard, count = _study(model, memory, mask, rows, (edits, others), settings)
            shards.append(shard)
            at_edits.append(edits)
            tokens += count
        merged = _merged(before, shards, settings.density)
        for edits in at_edits:
            nearest = (edits @ merged.T).norm(dim=-1).min()
            threshold = min(threshold, settings.ratio * float(nearest))
        memory.state = Side(merged, before.updates + len(updates), threshold)
        changed = int((merged != before.merged).sum())
        yield Change(changed, tokens, save=_saver(memory.state), carry=memory)


@contextmanager
def attach(model: WeightedModel, folder: Path, settings: Settings) -> Iterator[Change]:
    """Put the side memory that was saved in ``folder`` in force."""
    with _memory(model, settings) as memory:
        kept = read_tensors(folder, model.module.device)
        memory.state = Side(kept["merged"], int(kept["updates"]), float(kept["threshold"]))
        changed = int((memory.state.merged != 0).sum())
        yield Change(changed, save=_saver(memory.state), carry=memory)


@contextmanager
def _memory(model: WeightedModel, settings: Settings) -> Iterator[Memory[Side]]:
    """The side memory in force, or one that answers nothing yet."""
    import torch

    layer = layer_at(model, settings.depth)
    weight = model.module.get_submodule(layer).weight
    nothing = torch.zeros(weight.shape, device=weight.device)
    with memory_at(model, layer, Side(nothing, 0, math.inf), read) as memory:
        yield memory


def _turns(updates: Sequence[Update], shards: int) -> list[list[Update]]:
    """What each shard learns: the updates of an edit take turns."""
    return [list(updates[number::shards]) for number in range(min(shards, len(updates)))]


def _merged(before: Side, shards: Sequence[torch.Tensor], density: float) -> torch.Tensor:
    """The side memory with new ``shards`` merged into it, weighted as in the authors' code."""
    import torch

    if not shards:
        return before.merged
    if before.updates == 0:
        return ties(torch.stack(list(shards)), density)
    weights = [EARLIER, *[(1 - EARLIER) / len(shards)] * len(shards)]
    return ties(torch.stack([before.merged, *shards]), density, weights)


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
    mask: torch.Tensor,
    rows: Sequence[Row],
    activations: tuple[torch.Tensor, torch.Tensor],
    settings: Settings,
) -> tuple[torch.Tensor, int]:
    """A shard after training within its subspace, from the main memory on, and how many tokens
    that took."""
    import torch

    edits, others = activations
    allowed = mask.to(edits)
    delta = torch.zeros_like(allowed).requires_grad_()
    delta.register_hook(lambda gradient: gradient * allowed)
    loss = likelihood(model.module)

    def objective(batch: Sequence[Row]) -> torch.Tensor:
        where = torch.zeros(len(batch), max(map(len, batch)), dtype=torch.bool)
        for number, row in enumerate(batch):
            where[number, list(row.wrong)] = True
        memory.state = Studying(delta, 1, 0.0, where.to(delta.device))
        distances = [
            (found @ delta.T).square().sum(-1).add(TINY).sqrt() for found in (edits, others)
        ]
        return loss([row.tokens for row in batch]) + routing_loss(*distances, settings)

    def stay_near(_: int) -> None:
        with torch.no_grad():
            delta.clamp_(-settings.limit, settings.limit)

    tokens = train(model.module, [delta], rows, objective, settings.training, stay_near)
    return delta.detach(), tokens


def _saver(side: Side) -> Save:
    def save(folder: Path) -> None:
        import torch

        numbers = {"updates": side.updates, "threshold": side.threshold}
        kept = {name: torch.tensor(number, dtype=torch.float64) for name, number in numbers.items()}
        write_tensors(folder, {"merged": side.merged, **kept})

    return save
