"""What is kept apart: every split is a hash of what it is about, so it needs no lists.

A split made by hash stays the same in every run and on every machine, and a generator
that draws at random only has to ask before it uses what it drew.
"""

from __future__ import annotations

import hashlib

__all__ = ["held_out"]


def held_out(about: str, key: str, one_in: int) -> bool:
    """Whether ``key`` is among the one in ``one_in`` that training never sees.

    ``about`` separates splits from each other: "pair", "prompt", "name".
    """
    digest = hashlib.sha256(f"{about}\0{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % one_in == 0
