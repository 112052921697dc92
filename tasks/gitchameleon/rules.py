"""How the environments of GitChameleon follow from its rows, by ``environments.yaml``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from codeupdate.errors import DataError
from codeupdate.sandbox.environments import Day, Requirement, SettingSpec, StrictSpec, read_spec
from codeupdate.types import Environment

Row = dict[str, Any]


class Addition(StrictSpec):
    """What is installed after a row's own packages, unless they pin it."""

    unless: str
    install: Requirement


class Rules(StrictSpec):
    """The form of ``environments.yaml``, and what follows from it."""

    before: Day
    pythons: dict[str, list[Addition]]
    corrections: dict[str, dict[str, Requirement]]
    packages: dict[str, SettingSpec]

    @classmethod
    def read(cls, path: Path) -> Rules:
        """The rules in a file.

        Raises:
            DataError: it cannot be read, or they are none.
        """
        return read_spec(path, cls, "rules for environments")

    def name(self, row: Row, where: str) -> str:
        """What the environment of a row is called; rows of one name run in the same.

        Raises:
            DataError: there are no rules for its Python; ``where`` names the row.
        """
        python = row["python_version"]
        if python not in self.pythons:
            raise DataError(
                f"{where}: there are no rules for Python {python}; "
                f"there are some for: {', '.join(self.pythons)}"
            )
        key = hashlib.sha256(repr(self._steps(row)).encode()).hexdigest()[:4]
        return f"gitchameleon/{row['library']}-{row['version']}-py{python}-{key}"

    def environment(self, name: str, row: Row, imports: Iterable[str]) -> Environment:
        """The one in which ``row`` runs, ready to import ``imports``."""
        own = self._own_packages(row)
        names = {part for requirement in own for part in _called(requirement)}
        more = [spec for package, spec in self.packages.items() if package in names]
        return Environment(
            name=name,
            python=row["python_version"],
            steps=self._steps(row),
            before=self.before,
            system=tuple(need.need() for spec in more for need in spec.system),
            files={path: text for spec in more for path, text in spec.files.items()},
            preload=tuple(dict.fromkeys(["pytest", *imports])),
            variables={key: text for spec in more for key, text in spec.variables.items()},
            build_variables={k: text for spec in more for k, text in spec.build_variables.items()},
        )

    def _steps(self, row: Row) -> tuple[tuple[str, ...], ...]:
        own = self._own_packages(row)
        pinned = {_called(requirement)[0] for requirement in own}
        added = self.pythons[row["python_version"]]
        return (tuple(own), *((one.install,) for one in added if one.unless not in pinned))

    def _own_packages(self, row: Row) -> Sequence[str]:
        """The library and what the row wants beside, in this order."""
        library = f"{row['library']}=={row['version']}"
        corrected = self.corrections.get(library, {})
        wanted = [row.get(f"{kind}_dependencies") or "" for kind in ("additional", "extra")]
        return [library, *(corrected.get(pin, pin) for pin in " ".join(wanted).split())]


def _called(requirement: str) -> tuple[str, str]:
    """How rules may call it: by its name, by name and version."""
    pin = requirement.lower().replace("_", "-")
    return pin.partition("==")[0], pin
