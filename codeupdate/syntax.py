"""Source that nobody vouches for: what a model writes may break the parser that reads it."""

from __future__ import annotations

import ast

__all__ = ["UNREADABLE", "parsed"]

#: What Python says of source that it cannot read. Where code is nested more deeply than its
#: parser can follow, as in thousands of minus signs, that is also the MemoryError of some
#: versions and the RecursionError of others.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def parsed(code: str) -> ast.Module | None:
    """The syntax tree of ``code``; None where there is none that Python can make."""
    try:
        return ast.parse(code)
    except UNREADABLE:
        return None
