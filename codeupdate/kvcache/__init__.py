"""Editing the key-value cache: a text changes in the middle, and what was computed is kept."""

from __future__ import annotations

from codeupdate.kvcache.batching import complete_together
from codeupdate.kvcache.edits import Edit
from codeupdate.kvcache.session import Edited, EditSession
from codeupdate.kvcache.strategies import STRATEGIES

__all__ = ["STRATEGIES", "Edit", "EditSession", "Edited", "complete_together"]
