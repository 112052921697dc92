"""Strategies: how a problem becomes completions."""

from __future__ import annotations

from codeupdate.errors import UsageError
from codeupdate.strategies.direct import Direct
from codeupdate.strategies.protocol import Strategy

__all__ = ["STRATEGIES", "Direct", "Strategy", "load_strategy"]

STRATEGIES: dict[str, type[Strategy]] = {"direct": Direct}


def load_strategy(name: str) -> Strategy:
    """The strategy ``name``.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in STRATEGIES:
        raise UsageError(f"there is no strategy '{name}'; known: {', '.join(sorted(STRATEGIES))}")
    return STRATEGIES[name]()
