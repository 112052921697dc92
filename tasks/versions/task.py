"""Libraries in two versions. A pair is a folder of files that people can read and run.

Each pair is two problems, the same request under the old and under the new version of a
library. An answer has to pass in the environment of its version; the one of the other version
says whether it is an answer to the version or one that works in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from codeupdate import plugins
from codeupdate.errors import DataError
from codeupdate.tasks import FolderTask
from codeupdate.tasks.sources import defined, read_source
from codeupdate.types import Check, Environment, Problem, UnitTest, Update, Verdict

Age = Literal["old", "new"]


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
    def _forms(self) -> Any:
        return plugins.load_module(self.folder / "forms.py")

    @cached_property
    def _cards(self) -> dict[str, Any]:
        """``LIBRARY/NAME`` → its card."""
        return {
            path.parent.relative_to(self._root).as_posix(): self._forms.card(path)
            for path in sorted(self._root.glob("*/*/problem.yaml"))
        }

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        found = self._forms.environments(self._root / "environments.yaml", self.name)
        return {one.name: one for one in found}

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
        tests = read_source(folder / "tests.py")
        ages: tuple[tuple[Age, str, str], ...] = (
            ("old", versions.old, versions.new),
            ("new", versions.new, versions.old),
        )
        for age, version, other in ages:
            environment = self._pinned(card.library, version)
            code = read_source(folder / f"{age}.py")
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
                    for test in defined(tests, folder / "tests.py")
                    if test.startswith("test_")
                ),
                environment=environment.name,
                update=name if age == "new" else None,
                cluster=name,
            )


def _entry_point(path: Path, signature: str) -> str:
    """The last function or class that the signature names."""
    return defined(f"{signature.rstrip()}\n    ...\n", path)[-1]
