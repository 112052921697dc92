"""Strategies: how a question becomes answers."""

from __future__ import annotations

from codeupdate.errors import UsageError
from codeupdate.strategies.consistency import Consistency, ConsistencyWithPerson
from codeupdate.strategies.conversing import Answered, Turn, converse
from codeupdate.strategies.direct import Direct
from codeupdate.strategies.lintseq import LintSeq
from codeupdate.strategies.protocol import Asked, Strategy
from codeupdate.strategies.self_debug import SelfDebug
from codeupdate.strategies.stepwise import Compositional, Incremental

__all__ = [
    "RANKING",
    "STRATEGIES",
    "Answered",
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
    """The strategy ``name``.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in STRATEGIES:
        raise UsageError(f"there is no strategy '{name}'; known: {', '.join(sorted(STRATEGIES))}")
    return STRATEGIES[name]()
