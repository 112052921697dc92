"""Static ConPET: one adapter learns update after update, and replays a bounded sample of the
earlier ones (Song et al. 2023, arXiv 2309.14763).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pydantic import Field

from codeupdate.editing import Change, earlier
from codeupdate.editing.adapters import Adapter, adapter
from codeupdate.editing.low_rank import LowRankSettings, low_rank
from codeupdate.editing.snapshots import restored
from codeupdate.editing.training import lessons, likelihood, tokenized, train
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update


class Settings(LowRankSettings):
    """``kept`` examples of each update are remembered; of all that are, ``old`` times as many
    as there are new ones are replayed with them, however many updates there were."""

    kept: int = Field(50, ge=1)
    old: float = Field(1.0, ge=0)


@dataclass(frozen=True, slots=True)
class Learned:
    """The adapter in force and what is remembered of the updates that it learned."""

    adapter: Adapter
    memory: tuple[Example, ...]


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    before = next((c.carry for c in earlier(model) if isinstance(c.carry, Learned)), None)
    with _adapter(model, before, settings) as added:
        memory = before.memory if before else ()
        new = lessons(updates, (), settings)
        unchanged = replay[: settings.replay]
        rows = tokenized(model, [*new, *recalled(memory, len(new), settings), *unchanged])
        objective = likelihood(model.module)
        tokens = train(model.module, added.parameters, rows, objective, settings)
        carry = Learned(added, (*memory, *remembered(updates, settings)))
        yield replace(added.change(tokens), carry=carry)


@contextmanager
def _adapter(model: WeightedModel, before: Learned | None, settings: Settings) -> Iterator[Adapter]:
    """The one adapter there is, which is what it was again on leaving.

    Raises:
        EditError: it was made with other settings of an adapter.
    """
    config = low_rank(model, settings, "conpet")
    if before is None:
        with adapter(model.module, config, settings.seed) as added:
            yield added
        return
    if not before.adapter.made_with(config):
        raise EditError(
            f"the adapter in force on '{model.name}' was made with other settings and cannot go "
            "on with these; use the same rank, alpha, dropout and targets for all edits"
        )
    with restored(before.adapter.parameters):
        yield before.adapter


def remembered(updates: Sequence[Update], settings: Settings) -> list[Example]:
    """The first ``kept`` lessons of each update."""
    return [
        example
        for update in updates
        for example in lessons([update], (), settings)[: settings.kept]
    ]


def recalled(memory: Sequence[Example], new: int, settings: Settings) -> list[Example]:
    """A sample of ``memory``, ``old`` times as large as the ``new`` examples are many."""
    number = min(round(settings.old * new), len(memory))
    return random.Random(settings.seed).sample(list(memory), number)
