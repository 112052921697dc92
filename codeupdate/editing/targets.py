"""Where in an example the update shows: what a locate-and-edit method or a memory edits.

An edit of a fact has a subject and a new object. An update of an API has examples, most of
whose tokens the model writes by itself; what it does not write by itself is the update.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from codeupdate.editing.training import Tokens, tokenized
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

__all__ = ["Split", "Target", "facts", "targets"]

#: One fact for all new tokens of an update, or one for each of them.
Split = Literal["sequence", "token"]

ROWS = 32  # examples that are looked at together


@dataclass(frozen=True, slots=True)
class Target:
    """The new tokens of one example: ``ids[start:]``, after ``ids[:start]`` as the context.

    The last token before them, at ``start - 1``, is where the model decides to write the old
    ones: the position of the key. ``rest`` is the remainder of the example, which the model
    would write by itself.
    """

    ids: tuple[int, ...]
    start: int
    rest: tuple[int, ...] = ()

    @property
    def new(self) -> tuple[int, ...]:
        return self.ids[self.start :]


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
                end = new[-1] + 1
                found.append(Target(row.ids[:end], new[0], row.ids[end:]))
    return found


def facts(
    model: WeightedModel, updates: Iterable[Update], *, contexts: int, split: Split
) -> list[tuple[Target, ...]]:
    """What a locate-and-edit method is to teach: facts, each in at most ``contexts`` contexts.

    An update may show in many ways. Its fact is the most common sequence of new tokens, with
    the examples in which it shows like that as the contexts. With ``split="token"`` every new
    token is a fact of its own, whose contexts end with the new tokens before it: a value at
    one position then has one token to bring about and not several.

    Raises:
        EditError: an update has no examples.
    """
    found: list[tuple[Target, ...]] = []
    for update in updates:
        if not update.examples:
            raise EditError(
                f"the update '{update.id}' has no examples, and this method finds in them where "
                "the update shows; use a task with examples, or an editor that trains on the "
                "documentation (--editor lora --set learn=documentation)"
            )
        # Some examples show it in another way, and those that show nothing new are no contexts.
        seen = targets(model, update.examples[: 2 * contexts])
        if not seen:
            continue  # the model writes all of them by itself
        [(new, _)] = Counter(target.new for target in seen).most_common(1)
        same = tuple(target for target in seen if target.new == new)[:contexts]
        found += [same] if split == "sequence" else _each_token(same)
    return found


def _each_token(contexts: Sequence[Target]) -> list[tuple[Target, ...]]:
    return [
        tuple(
            Target(t.ids[: at + 1], at, t.ids[at + 1 :] + t.rest)
            for t in contexts
            for at in [t.start + number]
        )
        for number in range(len(contexts[0].new))
    ]


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
