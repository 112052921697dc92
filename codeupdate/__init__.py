"""codeupdate: how well can a code LLM be brought up to date, and at what cost?

::

    import codeupdate as cu

    result = cu.evaluate("tiny", "kit-update", editor=["none", "docs"], limit_updates=3)
    result.table()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeupdate.api import (
        EditSession,
        Evaluation,
        evaluate,
        load_edit,
        load_editor,
        load_model,
        load_task,
        read,
    )

__all__ = [
    "EditSession",
    "Evaluation",
    "evaluate",
    "load_edit",
    "load_editor",
    "load_model",
    "load_task",
    "read",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The public names are imported when they are used: ``codeupdate --help`` is instant."""
    if name in __all__:
        from codeupdate import api

        return getattr(api, name)
    raise AttributeError(f"module 'codeupdate' has no attribute '{name}'")
