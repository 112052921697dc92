"""Where what can be made again is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """The folder of built environments, downloads and statistics; what is in it may be deleted
    at any time.

    ``$CODEUPDATE_CACHE``, else ``codeupdate/`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    if own := os.environ.get("CODEUPDATE_CACHE"):
        return Path(own).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codeupdate"
