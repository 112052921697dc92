"""What is done with a cache after an edit of its text: from exact to nearly free.

==============  ==========================  ================  =========================
strategy        keeps the tokens            turns their keys  encodes anew
==============  ==========================  ================  =========================
``full``        none                        –                 everything
``prefix``      before the first edit       –                 everything after it
``conflict``    all that the edit keeps     no                the new tokens, the last
``pie``         all that the edit keeps     yes               the new tokens, the last
``selective``   all that the edit keeps     yes               the new tokens, the last and
                                                              a share of the others after
                                                              the edit
==============  ==========================  ================  =========================

``full`` and ``prefix`` are exact. ``pie`` is positional integrity encoding (arXiv 2407.03157,
section 3.2), ``conflict`` its section 3.1; both leave the tokens after the edit as they were
encoded in the old context. ``selective`` encodes those of them anew whose change matters most,
and is exact with a share of 1. CacheBlend (arXiv 2405.16444) takes those that change most. Weighed
by how much the last tokens of the text attend to them, and with those last tokens among them, the same
share comes much closer; a window at the end that says what matters is SnapKV's (arXiv 2404.14469).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from codeupdate.errors import UsageError
from codeupdate.kvcache.attention import Watch
from codeupdate.kvcache.cache import EditableCache, Run
from codeupdate.kvcache.encoder import Encoder

if TYPE_CHECKING:
    import torch

__all__ = ["STRATEGIES", "Strategy", "Updated", "strategy_named"]

#: So many tokens before the last, and at most half of the share, are encoded anew with it and say
#: which others matter.
WINDOW = 96


@dataclass(frozen=True, slots=True)
class Updated:
    """What bringing a cache up to date came to: how many tokens were ``encoded``; the logits of
    the last, (vocabulary,), None where nothing was; and how many at the beginning are ``exact``,
    as if everything had been encoded anew."""

    encoded: int
    logits: torch.Tensor | None
    exact: int


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way from the cache of a text to that of the edited text."""

    name: str
    keeps: Literal["none", "prefix", "all"]
    turns: bool = True
    share: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether a cache is afterwards as if everything had been encoded anew."""
        return self.keeps != "all" or self.share == 1

    def update(
        self,
        encoder: Encoder,
        cache: EditableCache,
        ids: Sequence[int],
        kept: Sequence[Run],
        exact: int | None = None,
    ) -> Updated:
        """Make ``cache`` that of ``ids``, of which ``kept`` are in it already. Of its tokens the
        first ``exact`` are as if just encoded: all of them, if not given.

        The last token is always encoded anew, in the same pass: it says what comes next.
        """
        exact = cache.length if exact is None else exact
        runs = self._kept(kept, exact)
        unchanged = runs == [Run(0, 0, len(ids))] == [Run(0, 0, cache.length)]
        if unchanged and not (self.exact and exact < len(ids)):
            return Updated(0, None, exact)
        before = runs[0].length if runs and runs[0].start == runs[0].to == 0 else 0
        # What an earlier edit has left approximate stands before this one, too.
        first = min(before, exact) if self.exact else before
        cache.move(runs, len(ids), rotate=self.turns)
        if not ids:
            return Updated(0, None, 0)
        held = {at for run in runs for at in range(run.to, run.to + run.length)}
        choice = [at for at in sorted(held) if first <= at < len(ids) - 1]
        count = round(self.share * len(choice))
        window = min(WINDOW, count // 2) + 1  # the last token and some before it
        new = sorted({*range(len(ids))} - held | {*range(max(len(ids) - window, 0), len(ids))})
        watch = Watch(window) if self.share else None
        logits = encoder.encode(cache, [ids[at] for at in new], new, watch)
        after = [at for at in choice if at < len(ids) - window]
        anew: list[int] = []
        if watch:
            left = count - (len(choice) - len(after))  # of the share, without those of the end
            anew = _chosen(encoder, cache, ids, after, left, watch.attended())
        all_anew = len(anew) == len(after)
        if anew:
            # New tokens of a later edit have seen those between as they were.
            anew = sorted([*anew, *(at for at in new if at > anew[0])])
            logits = encoder.encode(cache, [ids[at] for at in anew], anew)
        if exact >= first:
            exact = len(ids) if all_anew else first
        return Updated(len(new) + len(anew), logits, exact)

    def _kept(self, runs: Sequence[Run], exact: int) -> list[Run]:
        if self.keeps == "none":
            return []
        if self.keeps == "prefix":
            first = [run for run in runs[:1] if run.start == run.to == 0]
            return [Run(0, 0, length) for run in first if (length := min(run.length, exact))]
        return list(runs)


def _chosen(
    encoder: Encoder,
    cache: EditableCache,
    ids: Sequence[int],
    places: Sequence[int],
    count: int,
    weights: torch.Tensor,
) -> list[int]:
    """The ``count`` tokens at ``places``, in order, whose change matters most: how much the edit
    changes them times how much the end of the text attends to them, ``weights``, (tokens,)."""
    if count <= 0 or count >= len(places):
        return list(places[: max(count, 0)])
    changes = encoder.changes(cache, [ids[at] for at in places], places)
    matters = changes * weights[list(places)].to(changes.device)
    return sorted(places[number] for number in matters.topk(count).indices.tolist())


STRATEGIES = {
    strategy.name: strategy
    for strategy in (
        Strategy("full", "none"),
        Strategy("prefix", "prefix"),
        Strategy("conflict", "all", turns=False),
        Strategy("pie", "all"),
        Strategy("selective", "all", share=0.15),
    )
}


def strategy_named(name: str) -> Strategy:
    """``pie``, or with a share of its own ``selective:0.3``.

    Raises:
        UsageError: there is no such strategy, or its share is none.
    """
    plain, _, share = name.partition(":")
    if plain not in STRATEGIES or (share and plain != "selective"):
        raise UsageError(
            f"there is no way to edit a cache that is called '{name}'; there are: "
            f"{', '.join(STRATEGIES)} and selective:SHARE"
        )
    found = STRATEGIES[plain]
    if not share:
        return found
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"the share in '{name}' has to be a number from 0 to 1")
    return replace(found, name=name, share=value)
