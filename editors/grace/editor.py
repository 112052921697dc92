"""GRACE: a codebook of keys and values at one layer, looked up at every token.

An activation that lies within a key's radius is answered with the key's value instead of
the layer's output; all others pass as if nothing were there. Of a code update, each token
that the model would not write by itself becomes a key: the activation at the token before
it, with that token as its label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.change import Save
from codeupdate.editing.memories import Memory, MemorySettings, layer_at, memory_at, see
from codeupdate.editing.storage import read_tensors, write_tensors
from codeupdate.editing.targets import targets
from codeupdate.editing.training import Tokens, lessons, likelihood, train
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch

#: A radius that just reaches an activation is this much larger: the same activation differs
#: in its last bits with the batch that it is computed in.
ROUNDING = 1e-3


class Settings(MemorySettings):
    """Defaults are those of the authors' code and of EasyEdit for Llama-2-7b."""

    radius: float = Field(1.0, gt=0)  # of a new key
    start: Literal["cold", "warm"] = "cold"  # values begin at random, or at the layer's output


@dataclass(frozen=True, slots=True)
class Codebook:
    """``keys`` (entries, inputs), ``values`` (entries, outputs), ``radii`` and ``labels``
    (entries,)."""

    keys: torch.Tensor
    values: torch.Tensor
    radii: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.keys)

    def nearest(self, queries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Distance to the nearest key and its number, for ``queries`` (…, inputs)."""
        import torch

        # By differences: the faster way by products is off by more than a radius may be.
        distances = torch.cdist(
            queries.float(), self.keys, compute_mode="donot_use_mm_for_euclid_dist"
        )
        nearest = distances.min(-1)
        return nearest.values, nearest.indices


def read(codebook: Codebook, inputs: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """The value of the nearest key where ``inputs`` lie within its radius, else ``output``."""
    import torch

    if not len(codebook):
        return output
    distance, nearest = codebook.nearest(inputs)
    inside = distance <= codebook.radii[nearest]
    return torch.where(inside[..., None], codebook.values[nearest].to(output.dtype), output)


def learn(
    codebook: Codebook, key: torch.Tensor, value: torch.Tensor, label: int, radius: float
) -> Codebook:
    """The codebook with a place for ``label`` at ``key`` (the paper's Algorithm 1).

    Far from every key: a new entry. Near one with the same label: its radius grows as far
    as this. Near one with another label: a new entry, and both radii end half way.
    """
    import torch

    if len(codebook):
        near, number = codebook.nearest(key[None])
        distance, owner = float(near), int(number)
        if distance <= radius + float(codebook.radii[owner]):
            radii = codebook.radii.clone()
            if int(codebook.labels[owner]) == label:
                radii[owner] = max(float(radii[owner]), distance * (1 + ROUNDING))
                return replace(codebook, radii=radii)
            radius = distance / 2 * (1 - ROUNDING)
            radii[owner] = min(float(radii[owner]), radius)
            codebook = replace(codebook, radii=radii)
    return Codebook(
        torch.cat([codebook.keys, key[None].float()]),
        torch.cat([codebook.values, value[None].float()]),
        torch.cat([codebook.radii, codebook.radii.new_tensor([radius])]),
        torch.cat([codebook.labels, codebook.labels.new_tensor([label])]),
    )


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    lesson = lessons(updates, (), settings.training)
    layer = layer_at(model, settings.depth)
    with memory_at(model, layer, _empty(model, layer), read) as memory:
        before = len(memory.state)
        found = targets(model, lesson)
        rows = [Tokens(target.ids, target.start) for target in found]
        memory.state = _with_keys(model, memory, rows, settings)
        tokens = _train_values(model, memory, before, rows, settings)
        codebook = memory.state
        added = sum(part[before:].numel() for part in _tensors(codebook).values())
        yield Change(added, tokens, save=_saver(codebook), carry=memory)


@contextmanager
def attach(model: WeightedModel, folder: Path, settings: Settings) -> Iterator[Change]:
    """Put the codebook that was saved in ``folder`` in force."""
    layer = layer_at(model, settings.depth)
    with memory_at(model, layer, _empty(model, layer), read) as memory:
        memory.state = Codebook(**read_tensors(folder, model.module.device))
        parameters = sum(part.numel() for part in _tensors(memory.state).values())
        yield Change(parameters, save=_saver(memory.state), carry=memory)


def _with_keys(
    model: WeightedModel, memory: Memory[Codebook], rows: Sequence[Tokens], settings: Settings
) -> Codebook:
    """A key for every token of ``rows`` that the model would not write by itself."""
    import torch

    codebook = memory.state
    random = torch.Generator().manual_seed(settings.seed)
    project = model.module.get_submodule(memory.layer)
    for row, seen in zip(rows, see(model, memory.layer, rows), strict=True):
        for at in seen.wrong(row):
            if settings.start == "cold":
                value = torch.rand(codebook.values.shape[1], generator=random)
            else:
                with torch.no_grad():
                    value = project(seen.inputs[at].to(project.weight.dtype))
            value = value.to(codebook.values)
            codebook = learn(codebook, seen.inputs[at], value, row.ids[at + 1], settings.radius)
    return codebook


def _train_values(
    model: WeightedModel,
    memory: Memory[Codebook],
    before: int,
    rows: Sequence[Tokens],
    settings: Settings,
) -> int:
    """Fit the values of the entries from number ``before`` on; how many tokens it took.

    The keys do not depend on the values, so that all new values are fitted together.
    """
    codebook = memory.state
    if len(codebook) == before:
        return 0
    values = codebook.values.clone().requires_grad_()
    new = (values.new_ones(len(codebook)).cumsum(0) > before)[:, None]
    values.register_hook(lambda gradient: gradient * new)
    memory.state = replace(codebook, values=values)
    tokens = train(model.module, [values], rows, likelihood(model.module), settings.training)
    memory.state = replace(codebook, values=values.detach())
    return tokens


def _empty(model: WeightedModel, layer: str) -> Codebook:
    import torch

    weight = model.module.get_submodule(layer).weight
    outputs, inputs = weight.shape
    return Codebook(
        torch.empty(0, inputs, device=weight.device),
        torch.empty(0, outputs, device=weight.device),
        torch.empty(0, device=weight.device),
        torch.empty(0, dtype=torch.long, device=weight.device),
    )


def _tensors(codebook: Codebook) -> dict[str, torch.Tensor]:
    return {
        "keys": codebook.keys,
        "values": codebook.values,
        "radii": codebook.radii,
        "labels": codebook.labels,
    }


def _saver(codebook: Codebook) -> Save:
    return lambda folder: write_tensors(folder, _tensors(codebook))
