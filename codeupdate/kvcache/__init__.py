"""Editing the key-value cache: a text changes in the middle, and what was computed is kept."""

from __future__ import annotations

from codeupdate.kvcache.batching import complete_together
from codeupdate.kvcache.comparing import Outcome, compare_strategies
from codeupdate.kvcache.edits import Edit, differences, parse_diff
from codeupdate.kvcache.session import Edited, EditSession
from codeupdate.kvcache.strategies import STRATEGIES

__all__ = [
    "STRATEGIES",
    "Edit",
    "EditSession",
    "Edited",
    "Outcome",
    "compare_strategies",
    "complete_together",
    "differences",
    "parse_diff",
]
