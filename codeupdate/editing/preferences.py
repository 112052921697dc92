"""Preferences: the updated completion is to be likelier than an outdated one.

Here are the pairs, and how an adapter is trained on them by the loss of a method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from codeupdate.editing.adapters import continued
from codeupdate.editing.change import Change
from codeupdate.editing.low_rank import LowRankSettings, low_rank
from codeupdate.editing.training import (
    Tokens,
    lessons,
    likelihood,
    tokenized,
    train,
)
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Message, Prompt, Sampling, Update

if TYPE_CHECKING:
    import torch

__all__ = [
    "Loss",
    "Pair",
    "PreferenceSettings",
    "pairs",
    "prefer",
]


class PreferenceSettings(LowRankSettings):
    """``rejected`` says what loses: ``legacy``, what was right before the update, or ``own``,
    the model's own greedy completion before the edit, where it is another one."""

    epochs: int = Field(3, ge=1)
    batch_size: int = Field(8, ge=1)
    learn: Literal["examples"] = "examples"  # documentation makes no pairs
    rejected: Literal["legacy", "own"] = "legacy"


@dataclass(frozen=True, slots=True)
class Pair:
    """One preference as token ids: of two completions of ``prompt``, the first is preferred."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]

    def __len__(self) -> int:
        return 2 * len(self.prompt) + len(self.chosen) + len(self.rejected)


Loss = Callable[[Sequence[Pair]], "torch.Tensor"]
#: (model, pairs, settings) → the loss of batches of these pairs, while the block lasts.
Method = Callable[[Any, Sequence[Pair], Any], AbstractContextManager[Loss]]


@contextmanager
def prefer(
    model: WeightedModel,
    updates: Sequence[Update],
    replay: Sequence[Example],
    settings: PreferenceSettings,
    editor: str,
    method: Method,
) -> Iterator[Change]:
    """Train an adapter on the pairs of ``updates`` (an edit, as editors yield it).

    The loss of ``method`` is entered when the adapter is there and has not trained yet: a
    reference is the model before the edit.
    Replayed examples, which have no rejected side, are learned by their likelihood.

    Raises:
        EditError: an update has no pairs.
    """
    preferred = pairs(model, updates, settings)
    rows: list[Pair | Tokens] = [*preferred, *tokenized(model, replay[: settings.replay])]
    config = low_rank(model, settings, editor)
    with continued(model, config, settings.seed) as added:
        with method(model, preferred, settings) as of_pairs:
            objective = _mixed(of_pairs, likelihood(model.module))
            tokens = train(model.module, added.parameters, rows, objective, settings)
        yield added.change(tokens)


def _mixed(
    of_pairs: Loss, of_tokens: Callable[[Sequence[Tokens]], torch.Tensor]
) -> Callable[[Sequence[Pair | Tokens]], torch.Tensor]:
    """The mean over a batch of pairs and of replayed examples."""

    def objective(batch: Sequence[Pair | Tokens]) -> Any:
        preferred = [row for row in batch if isinstance(row, Pair)]
        replayed = [row for row in batch if isinstance(row, Tokens)]
        total: Any = 0.0
        if preferred:
            total = total + len(preferred) * of_pairs(preferred)
        if replayed:
            total = total + len(replayed) * of_tokens(replayed)
        return total / len(batch)

    return objective


def pairs(
    model: WeightedModel, updates: Sequence[Update], settings: PreferenceSettings
) -> list[Pair]:
    """A pair of each example of ``updates`` in which something was wrong before.

    Prompt and completions are encoded apart and joined as ids, as for other methods.

    Raises:
        EditError: an update has no examples, or none of them makes a pair.
    """
    found = []
    for update in updates:
        examples = lessons([update], (), settings)
        if settings.rejected == "legacy":
            _require_legacy(update, examples)
            losing = tokenized(model, [Example(e.prompt, e.legacy) for e in examples])
        else:
            losing = _own(model, examples)
        added = [
            Pair(good.ids[: good.prompt], good.ids[good.prompt :], bad.ids[bad.prompt :])
            for good, bad in zip(tokenized(model, examples), losing, strict=True)
            if good.ids != bad.ids
        ]
        if not added:
            raise EditError(
                f"the model '{model.name}' already writes every example of the update "
                f"'{update.id}', so there is nothing that it should prefer to anything; "
                "leave the update out"
            )
        found += added
    return found


def _require_legacy(update: Update, examples: Sequence[Example]) -> None:
    if not all(example.legacy for example in examples):
        raise EditError(
            f"the examples of the update '{update.id}' do not say what was right before it "
            "(legacy), which this method needs; use --set rejected=own to have the model's own "
            "completions rejected"
        )


def _own(model: WeightedModel, examples: Sequence[Example]) -> list[Tokens]:
    """What the model writes by itself, cut where it runs on for twice the longest example."""
    prompts = [Prompt(e.prompt, (Message("user", e.prompt),)) for e in examples]
    rows = tokenized(model, examples)
    room = 2 * max(len(row) - row.prompt for row in rows)
    written = {}
    for batch in model.batches(prompts, Sampling(max_tokens=room)):
        for sample in batch:
            written[sample.prompt] = sample
    own = []
    for number, example in enumerate(examples):
        [row] = tokenized(model, [Example(example.prompt, written[number].text)])
        # One that was cut did not end, and its end is no choice of the model's.
        ended = written[number].finish_reason == "stop"
        own.append(row if ended else Tokens(row.ids[:-1], row.prompt))
    return own
