"""Hostile programs, one to a file; the folder says what has to become of them.

``disrupt``         ends as not passed, harms nothing, and the next program is judged as ever
``channel``         the same, by what is written on the descriptors that a program inherits
``reach``           passes only if what it tries to reach is out of its reach
``leave``           passes; the program after it (below ``# %% next``) passes only if nothing is left
``judge``           judged apart: ``f`` says what it reached, and passes only if it is nothing
``cheat``           a wrong ``f`` that wants to pass; never judged apart. ``cheat_unittest`` and
                    ``cheat_pytest`` want to fool those.

They are Python, but no file that Python, pytest or a hurried person would run: some delete all
that they may, and belong into the sandbox and nowhere else.

The docstring of an attack says what it tries. The programs of ``channel``, ``reach``,
``leave`` and ``judge`` find the names of ``helpers.py``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

__all__ = ["GROUPS", "HELPERS", "Attack", "attacks"]

FOLDER = Path(__file__).parent
GROUPS = (
    *("disrupt", "channel", "reach", "leave", "judge"),
    *("cheat", "cheat_unittest", "cheat_pytest"),
)
HELPERS = (FOLDER / "helpers.py").read_text()


@dataclass(frozen=True)
class Attack:
    """One file: the program, and what stands below each ``# %% name``."""

    name: str
    docstring: str
    source: str
    parts: dict[str, str]

    def __str__(self) -> str:
        return self.name


def attacks(group: str) -> list[Attack]:
    """All of ``group``, by name."""
    return [_read(path) for path in sorted((FOLDER / group).glob("*.hostile"))]


def _read(path: Path) -> Attack:
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    if not docstring:
        raise ValueError(f"{path} does not say what it tries")
    source, *rest = text.split("\n# %% ")
    parts = dict(part.split("\n", 1) for part in rest)
    return Attack(path.stem, docstring, source + "\n", parts)
