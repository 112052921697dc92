"""``python -m codeupdate`` is the command ``codeupdate``."""

from __future__ import annotations

from codeupdate.cli import main

if __name__ == "__main__":
    main()
