"""Strategies: how a question becomes answers."""

from __future__ import annotations

from codeupdate.errors import UsageError
from codeupdate.kvcache.strategies import STRATEGIES as WAYS
from codeupdate.strategies.cached import Cached
from codeupdate.strategies.consistency import Consistency, ConsistencyWithPerson
from codeupdate.strategies.conversing import Answered, Turn, converse
from codeupdate.strategies.direct import Direct
from codeupdate.strategies.lintseq import LintSeq
from codeupdate.strategies.protocol import Around, Asked, Strategy
from codeupdate.strategies.self_debug import SelfDebug
from codeupdate.strategies.stepwise import Compositional, Incremental

__all__ = [
    "RANKING",
    "STRATEGIES",
    "Answered",
    "Around",
    "Asked",
    "Strategy",
    "Turn",
    "converse",
    "load_strategy",
]

STRATEGIES: dict[str, type[Strategy]] = {
    one.name: one
    for one in (
        Direct,
        Incremental,
        Compositional,
        SelfDebug,
        LintSeq,
        Consistency,
        ConsistencyWithPerson,
    )
}
#: Strategies whose answers to a question come in the order in which they are to be trusted.
RANKING = frozenset([Consistency.name, ConsistencyWithPerson.name])


def load_strategy(name: str) -> Strategy:
    """The strategy ``name``: one of ``STRATEGIES``, or a way to keep a cache.

    Raises:
        UsageError: there is none of that name.
    """
    if Cached.knows(name):
        return Cached(name)
    if name not in STRATEGIES:
        known = ", ".join([*sorted(STRATEGIES), *WAYS])
        raise UsageError(f"there is no strategy '{name}'; known: {known}")
    return STRATEGIES[name]()
