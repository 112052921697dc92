"""What a task is to the rest of the suite."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from codeupdate.tasks.schema import Teach
from codeupdate.types import (
    Check,
    Environment,
    Example,
    Extraction,
    Problem,
    Prompt,
    Sample,
    Sampling,
    Update,
    Verdict,
)

__all__ = ["Task"]


class Task(Protocol):
    """A set of problems, how to ask them and how to judge the answers."""

    name: str
    summary: str
    sampling: Sampling  # what the benchmark's authors use; options override it

    @property
    def measured(self) -> Collection[str]:
        """The names of what :meth:`measures` may return."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes exactly when what is asked, taught or checked could."""
        ...

    def problems(self) -> Sequence[Problem]:
        """All problems, in a fixed order, each id once.

        Raises:
            DataError: the data is missing or a row is malformed (names file and line).
        """
        ...

    def updates(self) -> Mapping[str, Update]:
        """The updates that problems refer to, by id; empty where there are none."""
        ...

    def replay(self) -> Sequence[Example]:
        """Training examples of what must not change; no evaluated problem is among them."""
        ...

    def environments(self) -> Mapping[str, Environment]:
        """The environments that the task derives from its data, by name; problems may name
        these beside those that are files. A name begins with that of the task and a slash.

        Raises:
            DataError: the data is missing or a row is malformed.
        """
        ...

    def groups(self, problem: Problem) -> Mapping[str, str]:
        """What results are split by, besides the kind of change: field → its value."""
        ...

    def kind(self, problem: Problem) -> str:
        """The kind of change that it is about, by which results are broken down; "": none."""
        ...

    def prompt(self, problem: Problem, prompt: str, documents: Sequence[Update] = ()) -> Prompt:
        """Ask ``problem`` with the template named ``prompt``, showing ``documents``.

        Raises:
            UsageError: the task has no template of that name.
        """
        ...

    @property
    def shown(self) -> str | None:
        """The check whose test the model may see fail, if any."""
        ...

    @property
    def turns(self) -> Collection[str]:
        """The prompts that the task has for strategies, beyond the one that asks a problem."""
        ...

    def turn(self, name: str, problem: Problem, values: Mapping[str, object]) -> Prompt:
        """Go on about ``problem`` with the one named ``name``, which sees ``values``.

        Raises:
            UsageError: the task has none of that name.
        """
        ...

    def lesson(self, problem: Problem, teach: Teach) -> Update:
        """The update to teach before ``problem`` is asked; the same one every time.

        Raises:
            UsageError: the task does not hold what ``teach`` asks for.
        """
        ...

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        """The code in a completion."""
        ...

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        """The programs that judge ``code``; none where only measures say something of it."""
        ...

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        """Numbers about an answer whose checks have ended with ``verdicts``, by name of the
        check; computed from the arguments alone. What does not apply to it is left out."""
        ...
