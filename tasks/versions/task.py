"""Libraries in two versions. A pair is a folder of files that people can read and run.

Each pair is two problems, the same request under the old and under the new version of a
library. An answer has to pass in the environment of its version; the one of the other version
says whether it is an answer to the version or one that works in both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from codeupdate import plugins
from codeupdate.errors import DataError
from codeupdate.sandbox.environments import Requirement, StrictSpec, read_spec
from codeupdate.tasks import FolderTask
from codeupdate.types import ChangeKind, Check, Environment, Problem, UnitTest, Update, Verdict

Age = Literal["old", "new"]


class EnvironmentSpec(StrictSpec):
    """One environment of ``environments.yaml``."""

    summary: str
    python: str
    packages: list[Requirement]
    preload: list[str]
    build_variables: dict[str, str] = Field(default_factory=dict)


class Environments(StrictSpec):
    """The form of ``environments.yaml``."""

    environments: dict[str, EnvironmentSpec]


class Versions(StrictSpec):
    """The two versions of the library, as an environment pins them."""

    old: str
    new: str


class Change(StrictSpec):
    """What the library changed, in our words."""

    api: str  # dotted path before the change
    kind: Annotated[ChangeKind, Field(strict=False)]
    summary: str
    before: str
    after: str
    documentation: str


class Source(StrictSpec):
    """Where the library's authors say so."""

    title: str
    version: str
    path: str


class Card(StrictSpec):
    """One ``problem.yaml``."""

    library: str
    versions: Versions
    request: str
    signature: str
    change: Change
    sources: Annotated[list[Source], Field(min_length=1)]


class Task(FolderTask):
    """Each folder has ``problem.yaml``, ``old.py``, ``new.py`` and ``tests.py``."""

    def load_problems(self) -> Sequence[Problem]:
        return [problem for name in self._cards for problem in self._pair(name)]

    def load_updates(self) -> Sequence[Update]:
        return [
            Update(
                id=name,
                package=card.library,
                api=card.change.api,
                kind=card.change.kind,
                summary=card.change.summary,
                signature_before=card.change.before,
                signature_after=card.change.after,
                documentation=card.change.documentation,
            )
            for name, card in self._cards.items()
        ]

    def environments(self) -> Mapping[str, Environment]:
        return self._environments

    def kind(self, problem: Problem) -> str:
        return str(problem.fields["kind"])

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        """In its own version; and, where that passed, in the other one."""
        program = self.program(problem, code)
        elsewhere = self._pinned(
            str(problem.fields["library"]), str(problem.fields["other_version"])
        )
        other = replace(program, id=f"{program.id}/outdated", environment=elsewhere.name)
        return (Check("updated", program), Check("outdated", other, needs="updated"))

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        """Whether it is an answer to its version, and not one that works in both."""
        here = verdicts["updated"].passed
        return {"own_version": float(here and not verdicts["outdated"].passed)}

    # ------------------------------------------------------------------------- files

    @cached_property
    def _root(self) -> Path:
        return self.data or plugins.data_folder() / "versions"

    @cached_property
    def _cards(self) -> dict[str, Card]:
        """``LIBRARY/NAME`` → its card."""
        return {
            path.parent.relative_to(self._root).as_posix(): read_spec(path, Card, "a pair")
            for path in sorted(self._root.glob("*/*/problem.yaml"))
        }

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        path = self._root / "environments.yaml"
        specs = read_spec(path, Environments, "a list of environments").environments
        return {
            f"{self.name}/{name}": Environment(
                name=f"{self.name}/{name}",
                python=spec.python,
                steps=(tuple(spec.packages),),
                preload=tuple(spec.preload),
                build_variables=spec.build_variables,
            )
            for name, spec in specs.items()
        }

    def _pinned(self, library: str, version: str) -> Environment:
        """The first environment with that version of the library."""
        pin = f"{library}=={version}"
        for environment in self._environments.values():
            if pin in environment.steps[0]:
                return environment
        raise DataError(f"no environment in '{self._root}/environments.yaml' has '{pin}'")

    def _pair(self, name: str) -> Iterator[Problem]:
        card, folder = self._cards[name], self._root / name
        versions = card.versions
        tests = _read(folder / "tests.py")
        ages: tuple[tuple[Age, str, str], ...] = (
            ("old", versions.old, versions.new),
            ("new", versions.new, versions.old),
        )
        for age, version, other in ages:
            environment = self._pinned(card.library, version)
            code = _read(folder / f"{age}.py")
            yield Problem(
                id=f"{name}@{version}",
                task=self.name,
                fields={
                    "pair": name,
                    "age": age,
                    "library": card.library,
                    "version": version,
                    "other_version": other,
                    "python": environment.python_version,
                    "request": card.request,
                    "signature": card.signature,
                    "kind": card.change.kind.value,
                    "change": card.change.summary,
                },
                entry_point=_entry_point(folder / "problem.yaml", card.signature),
                reference=f"```python\n{code}```\n",
                # Each test is the whole of tests.py and the call of one function in it.
                tests=tuple(
                    UnitTest(test, f"{tests}\n{test}()\n")
                    for test in _defined(folder / "tests.py", tests)
                    if test.startswith("test_")
                ),
                environment=environment.name,
                update=name if age == "new" else None,
                cluster=name,
            )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the file '{path}' cannot be read: {error}") from error


def _entry_point(path: Path, signature: str) -> str:
    """The last function or class that the signature names."""
    body = "".join(f"{line}\n" for line in signature.splitlines())
    return _defined(path, f"{body.rstrip()}\n    ...\n")[-1]


def _defined(path: Path, source: str) -> list[str]:
    """The functions and classes at the top level, of which there has to be one."""
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise DataError(f"'{path}' has code that is not Python: {error}") from error
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [node.name for node in body if isinstance(node, kinds)]
    if not names:
        raise DataError(f"'{path}' defines no function and no class")
    return names
