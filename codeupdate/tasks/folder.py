"""A task from a folder: ``task.yaml``, one template per prompt, and rows of data.

``FolderTask`` is all that a task of the common shape needs. A task whose data or
programs have a form of their own has a ``task.py`` with ``class Task(FolderTask)``
that overrides the one or two methods in which it differs.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from codeupdate import plugins
from codeupdate.errors import DataError, UsageError
from codeupdate.tasks.extraction import extract
from codeupdate.tasks.rendering import Templates
from codeupdate.tasks.schema import (
    TaskSpec,
    Teach,
    read_jsonl,
    to_example,
    to_problem,
    to_update,
)
from codeupdate.types import (
    Check,
    Environment,
    Example,
    Extraction,
    Limits,
    Problem,
    Program,
    Prompt,
    Sample,
    Sampling,
    Update,
    Verdict,
)

__all__ = ["FolderTask"]

SIBLINGS = 2  # training examples from other problems of the same update (CodeUpdateArena)


class FolderTask:
    """The task in ``folder``; ``data`` is where the user keeps a copy of its data, if anywhere.

    For a task whose ``task.yaml`` names its files, ``data`` is a problems file to use
    instead, or a folder that holds ``problems.jsonl`` (and ``updates.jsonl``,
    ``replay.jsonl``).
    """

    def __init__(self, folder: Path, spec: TaskSpec, data: Path | None = None) -> None:
        self.folder = folder
        self.spec = spec
        self.data = data
        self.name = spec.name
        self.summary = spec.summary
        self.sampling = Sampling(**spec.sampling.model_dump())
        self.templates = Templates(folder)
        self._turns = Templates(folder / "strategies")

    # ---------------------------------------------------------------------- data

    def problems(self) -> Sequence[Problem]:
        return self._problems

    def updates(self) -> Mapping[str, Update]:
        return self._updates

    def replay(self) -> Sequence[Example]:
        return self._replay

    def environments(self) -> Mapping[str, Environment]:
        return {}

    @property
    def measured(self) -> Collection[str]:
        return self.spec.measures.keys()

    @cached_property
    def fingerprint(self) -> str:
        """Changes exactly when what is asked, taught or checked could."""
        rows: list[Problem | Update | Example | Environment] = [
            *self._problems,
            *self._updates.values(),
        ]
        rows += self._replay
        digest = hashlib.sha256()
        rows += self.environments().values()
        for row in rows:
            digest.update(json.dumps(asdict(row), sort_keys=True, default=str).encode())
        for template in sorted(self.folder.rglob("*.jinja")):
            digest.update(template.read_bytes())
        spec = self.spec
        digest.update(
            repr((spec.stop, spec.earlier, self.limits, spec.judging, spec.clock)).encode()
        )
        digest.update(repr((spec.measures, spec.measuring, spec.shown)).encode())
        return digest.hexdigest()

    def load_problems(self) -> Sequence[Problem]:
        """Read all problems; override where the rows have a form of their own."""
        path = self._file("problems")
        if path is None and self.data is not None:
            raise DataError(
                f"the data of the task '{self.name}': '{self.data}' has no problems.jsonl"
            )
        if path is None:
            raise DataError(
                f"the task '{self.name}' does not bring its data; name a copy with --data PATH"
            )
        return [
            to_problem(row, self.name, self.spec.environment, f"{path}, line {number}")
            for number, row in read_jsonl(path)
        ]

    def load_updates(self) -> Sequence[Update]:
        """Read all updates; override where the rows have a form of their own."""
        path = self._file("updates")
        if path is None:
            return []
        return [to_update(row, f"{path}, line {number}") for number, row in read_jsonl(path)]

    def load_replay(self) -> Sequence[Example]:
        """Read the examples of what must not change."""
        path = self._file("replay")
        if path is None:
            return []
        return [to_example(row, f"{path}, line {number}") for number, row in read_jsonl(path)]

    def build(self, package: str, seed: int = 0) -> Iterator[dict[str, Any]]:
        """Rows of this task's data made from an installed package, where that can be done.

        Raises:
            UsageError: it cannot, or there is no such package.
        """
        raise UsageError(f"the data of task '{self.name}' cannot be built from a package")

    def listed_ids(self, name: str) -> list[str]:
        """The ids in the JSON list ``name``, a file that lies beside the task's data.

        Raises:
            DataError: there is no such file, or it is not a list of ids.
        """
        place = self.data if self.data and self.data.is_dir() else (self.data or self.folder).parent
        path = place / name
        try:
            ids = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"the list of problems '{path}' cannot be read: {error}") from error
        if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
            raise DataError(f"'{path}' is not a JSON list of problem ids")
        return ids

    @cached_property
    def _problems(self) -> tuple[Problem, ...]:
        problems = tuple(self.load_problems())
        seen: set[str] = set()
        for problem in problems:
            if problem.id in seen:
                raise DataError(f"the task '{self.name}' has two problems with id '{problem.id}'")
            if problem.update is not None and problem.update not in self._updates:
                raise DataError(
                    f"the problem '{problem.id}' of task '{self.name}' needs the update "
                    f"'{problem.update}', which its updates do not contain"
                )
            seen.add(problem.id)
        if not problems:
            raise DataError(f"the task '{self.name}' has no problems")
        return problems

    @cached_property
    def _updates(self) -> dict[str, Update]:
        return {update.id: update for update in self.load_updates()}

    @cached_property
    def _replay(self) -> tuple[Example, ...]:
        return tuple(self.load_replay())

    def _file(self, kind: str) -> Path | None:
        if self.data is not None:
            if self.data.is_dir():
                inside = self.data / f"{kind}.jsonl"
                return inside if inside.exists() else None
            if kind == "problems":
                return self.data
        named: str | None = getattr(self.spec.data, kind)
        if named is None:
            return None
        beside, with_codeupdate = self.folder / named, plugins.data_folder() / named
        return with_codeupdate if with_codeupdate.exists() and not beside.exists() else beside

    # ----------------------------------------------------------- ask, read, judge

    def groups(self, problem: Problem) -> dict[str, str]:
        """What results are split by, besides the kind of change: field → its value.

        Raises:
            DataError: ``task.yaml`` names a field that the problem does not have.
        """
        for name in self.spec.groups:
            if name not in problem.fields:
                raise DataError(
                    f"'{self.folder / 'task.yaml'}' groups by '{name}', which is no field of the "
                    f"problem '{problem.id}'; its fields: {', '.join(problem.fields)}"
                )
        return {name: str(problem.fields[name]) for name in self.spec.groups}

    def kind(self, problem: Problem) -> str:
        """That of its update; override where problems without updates are about changes."""
        return self._updates[problem.update].kind.value if problem.update else ""

    def prompt(self, problem: Problem, prompt: str, documents: Sequence[Update] = ()) -> Prompt:
        asked = self.templates.render(prompt, problem, documents, self.spec.stop)
        if not self.spec.earlier:
            return asked
        former = {name: problem.fields[held] for name, held in self.spec.earlier.items()}
        before = replace(problem, fields={**problem.fields, **former})
        earlier = self.templates.render(prompt, before, documents, self.spec.stop)
        return replace(asked, earlier=earlier)

    @property
    def shown(self) -> str | None:
        return self.spec.shown

    @property
    def turns(self) -> Collection[str]:
        return self._turns.names()

    def turn(self, name: str, problem: Problem, values: Mapping[str, object]) -> Prompt:
        return self._turns.render(name, problem, stop=self.spec.stop, extra=values)

    def lesson(self, problem: Problem, teach: Teach) -> Update:
        own = self._updates[problem.update or ""]
        if teach == "own":
            return own
        if teach == "other":
            others = [update for update in self._updates.values() if update.api != own.api]
            if not others:
                raise UsageError(
                    f"the task '{self.name}' has no update of another API to teach instead of "
                    f"'{own.id}'; it needs at least two"
                )
            return random.Random(f"other/{own.id}").choice(others)
        siblings = [p for p in self._problems if p.update == own.id and p.id != problem.id]
        if len(siblings) < SIBLINGS:
            raise UsageError(
                f"the problem '{problem.id}' has {len(siblings)} siblings that need the same "
                f"update, and {SIBLINGS} are needed as training examples; leave it out with --ids"
            )
        documents = (own,) if teach == "documented-siblings" else ()
        drawn = random.Random(f"siblings/{problem.id}").sample(siblings, SIBLINGS)
        examples = tuple(
            Example(self.prompt(sibling, "prompt", documents).text, sibling.reference)
            for sibling in drawn
        )
        return replace(own, examples=examples)

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        return extract(sample.text, prompt_text=prompt.text, entry_point=problem.entry_point)

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        """With the update; and, where that passed, without it: a solution that needs no
        update shows nothing about the update (CodeUpdateArena, UPass)."""
        update = self._updates[problem.update] if problem.update else None
        program = self.program(problem, code)
        if update is None or not update.patch:
            return (Check("updated", program),)
        with_patch = replace(
            program, prelude=f"{update.setup}\n{update.patch}\n", watch=update.watched
        )
        without = replace(program, id=f"{program.id}/outdated", prelude=f"{update.setup}\n")
        return (Check("updated", with_patch), Check("outdated", without, needs="updated"))

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        """None; override where ``task.yaml`` names ``measures``."""
        return {}

    def program(self, problem: Problem, code: str) -> Program:
        """The candidate and its tests, in the world without the update."""
        return Program(
            id=problem.id,
            environment=problem.environment,
            source=f"{problem.preamble}\n{code}\n",
            tests=problem.tests,
            limits=self.limits,
            apart=self.called(problem) if self.spec.judging == "apart" else (),
            clock=self.spec.clock,
        )

    def called(self, problem: Problem) -> tuple[str, ...]:
        """The functions of the candidate that the tests call; override where there are more."""
        return (problem.entry_point,)

    @cached_property
    def limits(self) -> Limits:
        given = self.spec.limits
        values: dict[str, float | int] = {}
        if given.cpu_seconds:
            values["cpu_seconds"] = given.cpu_seconds
        if given.wall_seconds:
            values["wall_seconds"] = given.wall_seconds
        if given.memory_gib:
            values["memory"] = int(given.memory_gib * 1024**3)
        return replace(Limits(), **values)  # type: ignore[arg-type]
