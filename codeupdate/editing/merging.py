"""Adapters trained apart, one an update, and merged into one change of the weights.

A rule merges whole deltas B·A, matrix by matrix: to mask or to sum B and A apart would be
another thing, since (B₁ + B₂)(A₁ + A₂) has products of one update's B with the other's A.
What comes out has no low rank, so it is written into the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from codeupdate.editing.change import Change
from codeupdate.editing.editor import earlier
from codeupdate.editing.interrupts import uninterrupted
from codeupdate.editing.low_rank import Deltas, LowRankSettings, learned_apart
from codeupdate.editing.projections import linear_projections
from codeupdate.editing.saving import checkpoint
from codeupdate.editing.snapshots import restored
from codeupdate.editing.training import lessons
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch

__all__ = ["Merge", "MergeSettings", "Rule", "merge_into"]

#: The deltas of one matrix, one an update, each (outputs, inputs), and its number → the merged one.
Rule = Callable[[Sequence["torch.Tensor"], int], "torch.Tensor"]


class MergeSettings(LowRankSettings):
    """``scale`` multiplies what the rule makes of the deltas."""

    scale: float = Field(1.0, gt=0)


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge in force: what each update added, from the first on, how that is merged, and
    the weights, which ``put_back`` makes what they are without it."""

    editor: str
    rule: Rule
    scale: float
    deltas: tuple[Deltas, ...]
    weights: Mapping[str, torch.nn.Parameter]
    put_back: Callable[[], None]

    def write(self) -> int:
        """Write the merge into the weights; how many numbers of theirs it moves."""
        import torch

        moved = 0
        self.put_back()
        with torch.no_grad():
            for number, (name, weight) in enumerate(self.weights.items()):
                merged = self.scale * self.rule([one[name].whole() for one in self.deltas], number)
                weight.copy_(weight.float() + merged)
                moved += int(merged.count_nonzero())
        return moved


@contextmanager
def merge_into(
    model: WeightedModel,
    updates: Sequence[Update],
    replay: Sequence[Example],
    settings: MergeSettings,
    editor: str,
    rule: Rule,
) -> Iterator[Change]:
    """Merge an adapter for each of ``updates`` with those that ``editor`` merged before.

    Each is trained on the model before any of them, from a start of its own: adapters that
    begin in the same directions stay near them, and get into each other's way. So one more
    update costs the training of one adapter; merging is a pass over the matrices. On leaving, the earlier merge is made
    anew from the same numbers, and is the same bit for bit.

    Raises:
        EditError: an update has no examples, the model no projections, or the earlier merge
            is of other projections.
    """
    with _unmerged(model, settings, editor) as (deltas, weights, put_back):
        learned = [
            learned_apart(
                model,
                lessons([update], replay, settings),
                settings.model_copy(update={"seed": settings.seed + number}),
                editor,
            )
            for number, update in enumerate(updates, start=len(deltas))
        ]
        deltas = (*deltas, *(added for added, _ in learned))
        merge = Merge(editor, rule, settings.scale, deltas, weights, put_back)
        tokens = sum(tokens for _, tokens in learned)
        yield Change(merge.write(), tokens, save=checkpoint(model), carry=merge)


@contextmanager
def _unmerged(
    model: WeightedModel, settings: MergeSettings, editor: str
) -> Iterator[tuple[tuple[Deltas, ...], Mapping[str, torch.nn.Parameter], Callable[[], None]]]:
    """The earlier updates' deltas, the weights without any merge, and what puts these back."""
    names = linear_projections(model, settings.targets)
    before = _before(model, editor)
    if before is None:
        layers = {name: model.module.get_submodule(name) for name in names}
        weights = {name: getattr(part, "base_layer", part).weight for name, part in layers.items()}
        with restored(list(weights.values())) as put_back:
            yield (), weights, put_back
        return
    if list(before.weights) != names:
        raise EditError(
            f"the merge in force on '{model.name}' is of other projections than the setting "
            f"targets={settings.targets} names; use the same targets for all updates"
        )
    try:
        before.put_back()
        yield before.deltas, before.weights, before.put_back
    finally:
        with uninterrupted():
            before.write()


def _before(model: WeightedModel, editor: str) -> Merge | None:
    """The merge to go on with: one of the same method, with no edit of another in between."""
    for change in earlier(model):
        if isinstance(change.carry, Merge) and change.carry.editor == editor:
            return change.carry
        if change.parameters:
            return None
    return None
