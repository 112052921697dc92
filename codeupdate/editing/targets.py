"""Where in an example the update shows: what a locate-and-edit method or a memory edits.

An edit of a fact has a subject and a new object. An update of an API has examples, most of
whose tokens the model writes by itself; what it does not write by itself is the update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codeupdate.editing.training import Tokens, tokenized
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example

__all__ = ["Target", "targets"]

ROWS = 32  # examples that are looked at together


@dataclass(frozen=True, slots=True)
class Target:
    """The new tokens of one example: ``ids[start:]``, after ``ids[:start]`` as the context.

    The last token before them, at ``start - 1``, is where the model decides to write the old
    ones: the position of the key.
    """

    ids: tuple[int, ...]
    start: int


def targets(model: WeightedModel, examples: Sequence[Example]) -> list[Target]:
    """For each of ``examples`` that the model would not write by itself, what is new in it:
    the tokens of the completion from the first to the last that differs from the model's
    greedy choice after the same context.

    Raises:
        EditError: an example does not fit into the model's context.
    """
    rows = tokenized(model, examples)
    found = []
    for start in range(0, len(rows), ROWS):
        batch = rows[start : start + ROWS]
        for row, new in zip(batch, _unexpected(model, batch), strict=True):
            if new:
                found.append(Target(row.ids[: new[-1] + 1], new[0]))
    return found


def _unexpected(model: WeightedModel, rows: Sequence[Tokens]) -> list[list[int]]:
    """Of each row the positions in its completion where the model expects another token."""
    import torch

    device = model.module.device
    ids = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(row.ids) for row in rows], batch_first=True
    ).to(device)
    with torch.inference_mode():
        expected = model.module(input_ids=ids, use_cache=False).logits[:, :-1].argmax(-1)
    differs = (expected != ids[:, 1:]).cpu()
    return [
        [at for at in range(max(row.prompt, 1), len(row)) if differs[number, at - 1]]
        for number, row in enumerate(rows)
    ]
