"""What ``task.yaml`` and the rows of a data file may say, checked once, at the edge."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from codeupdate.errors import DataError
from codeupdate.types import ChangeKind, Example, Problem, UnitTest, Update

__all__ = [
    "ArmSpec",
    "HubSource",
    "MeasureSpec",
    "Specificity",
    "TaskSpec",
    "Teach",
    "explain",
    "read_jsonl",
    "read_task_spec",
    "to_example",
    "to_problem",
    "to_update",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SamplingSpec(_Strict):
    """How the benchmark's authors draw completions."""

    n: int = Field(1, ge=1)
    temperature: float = Field(0.0, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)
    max_tokens: int = Field(512, ge=1)


class LimitsSpec(_Strict):
    """What one test may use; what is left out keeps the default of ``Limits``."""

    cpu_seconds: float | None = Field(None, gt=0)
    wall_seconds: float | None = Field(None, gt=0)
    memory_gib: float | None = Field(None, gt=0)


class HubSource(_Strict):
    """Where the authors publish the data on the hub: a file, or a pattern of several.

    ``tasks download`` fetches them at ``revision`` and compares ``sha256``;
    ``--data hub:REVISION`` fetches them for one evaluation.
    """

    repository: str
    file: str
    revision: str | None = Field(None, pattern="^[0-9a-f]{40}$")
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")


class DataSpec(_Strict):
    """Where rows come from: JSON-lines files, relative to the task's folder or to ``data/``."""

    problems: str | None = None
    updates: str | None = None
    replay: str | None = None
    hub: HubSource | None = None


class Specificity(_Strict):
    """Which problems show what an edit broke.

    ``ids`` names a JSON list of problem ids that lies beside the task's data.
    """

    task: str
    per_update: int | None = Field(None, ge=1)  # None: all of them
    ids: str | None = None


#: What an edit is taught before a problem is asked: the update that it needs; another one
#: (the control that shows what training on anything does); or the update with two other
#: problems that need it, solved, as examples, without and with its documentation shown.
Teach = Literal["own", "other", "siblings", "documented-siblings"]


#: What is asked about: functions, classes, changes of an API, versions of a library, edits.
Family = Literal["functions", "classes", "api-updates", "versions", "edits"]


#: Where tests run: in one process with the candidate; or apart from it, calling its
#: functions by value, which needs tests that pass and compare nothing but plain data.
Judging = Literal["together", "apart"]


class ArmSpec(_Strict):
    """A named arm of a benchmark: an editor with settings, and what it is taught."""

    editor: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    teach: Teach = "own"


class MeasureSpec(_Strict):
    """A number about a sample that the task computes without running anything, from 0 on.

    With ``passes`` it is 0 or 1, and ``NAME_pass@k`` is reported; else its mean, as ``NAME``.
    With ``parts`` it is given for each part of a problem, as ``NAME/PART``, and averaged over
    all parts of all problems.
    """

    better: Literal["higher", "lower"] = "higher"
    passes: bool = False
    parts: bool = False


class RecordedFields(_Strict):
    """Which fields of the authors' output files say what: the problem; the completions, by the
    first of these names that a row has; the text of a completion that is an object. ``only``:
    prompt → what the fields of rows that answer it say, where a file mixes them."""

    problem: str = "task_id"
    completions: tuple[str, ...] = Field(("completion",), min_length=1)
    text: str = "content"
    only: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)

    @field_validator("completions", mode="before")
    @classmethod
    def _one_or_several(cls, names: object) -> object:
        return (names,) if isinstance(names, str) else names


class TaskSpec(_Strict):
    """One ``task.yaml``."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    summary: str
    licence: str = ""
    source: str = ""
    family: Family | None = None
    size: int | None = None  # problems in the data that the authors publish
    data: DataSpec = DataSpec()
    environment: str = "python"  # "": nothing is run, or the rows say where
    sampling: SamplingSpec = SamplingSpec()
    limits: LimitsSpec = LimitsSpec()
    judging: Judging = "together"
    groups: tuple[str, ...] = ()  # fields of problems by whose values results are split, too
    clock: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")  # UTC
    decisive: str | None = "updated"  # the check that says whether an answer passed, if any
    shown: str | None = None  # the check whose test the model may see fail
    measures: Mapping[str, MeasureSpec] = Field(default_factory=dict)
    measuring: tuple[str, ...] = ()  # checks that judge nothing: measures are made of them
    stop: tuple[str, ...] = ()  # what cuts a text that is continued, and no answer in a chat
    earlier: Mapping[str, str] = Field(default_factory=dict)  # field → that before an edit of it
    specificity: Specificity | None = None
    arms: Mapping[str, ArmSpec] = Field(default_factory=dict)
    recorded: RecordedFields = RecordedFields()

    @model_validator(mode="after")
    def _something_is_said_of_an_answer(self) -> TaskSpec:
        if self.decisive is None and not self.measures:
            raise ValueError("a task has a decisive check, or measures, or both")
        return self


class _TestRow(_Strict):
    name: str
    source: str


class _ExampleRow(_Strict):
    prompt: str
    completion: str
    legacy: str = ""


class _ProblemRow(_Strict):
    id: str
    fields: dict[str, Any]
    entry_point: str
    reference: str
    tests: tuple[_TestRow, ...] = Field(min_length=1)
    environment: str | None = None
    update: str | None = None
    preamble: str = ""


class _UpdateRow(_Strict):
    id: str
    package: str
    api: str
    kind: ChangeKind
    summary: str
    signature_before: str
    signature_after: str
    documentation: str
    setup: str = ""
    patch: str = ""
    watch: tuple[str, ...] = ()
    examples: tuple[_ExampleRow, ...] = ()


def explain(error: ValidationError) -> str:
    """The first thing that pydantic found wrong, as half a sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the row"
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}"


def read_task_spec(path: Path) -> TaskSpec:
    """Read and check a ``task.yaml``.

    Raises:
        DataError: it is not YAML, or not what a task may say.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"'{path}' cannot be read as YAML: {error}") from error
    try:
        spec = TaskSpec.model_validate(raw)
    except ValidationError as error:
        raise DataError(f"'{path}' is not a task: {explain(error)}") from error
    if spec.name != path.parent.name:
        raise DataError(
            f"'{path}' names its task '{spec.name}'; it must have the name of its folder, "
            f"'{path.parent.name}'"
        )
    return spec


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every line that is not empty.

    Raises:
        DataError: the file cannot be read, or a line is not a JSON object.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise DataError(f"{path}, line {number}: not JSON: {error}") from error
                if not isinstance(row, dict):
                    raise DataError(f"{path}, line {number}: not a JSON object")
                yield number, row
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the data file '{path}' cannot be read: {error}") from error


def to_problem(row: dict[str, Any], task: str, environment: str, where: str) -> Problem:
    """Check one row of a problems file; ``where`` names it in the error."""
    try:
        checked = _ProblemRow.model_validate(row)
    except ValidationError as error:
        raise DataError(f"{where}: {explain(error)}") from error
    return Problem(
        id=checked.id,
        task=task,
        fields=checked.fields,
        entry_point=checked.entry_point,
        reference=checked.reference,
        tests=tuple(UnitTest(test.name, test.source) for test in checked.tests),
        environment=checked.environment or environment,
        update=checked.update,
        preamble=checked.preamble,
    )


def to_update(row: dict[str, Any], where: str) -> Update:
    """Check one row of an updates file."""
    try:
        checked = _UpdateRow.model_validate(row)
    except ValidationError as error:
        raise DataError(f"{where}: {explain(error)}") from error
    values = dict(checked)
    values["examples"] = tuple(Example(**dict(e)) for e in checked.examples)
    return Update(**values)


def to_example(row: dict[str, Any], where: str) -> Example:
    """Check one row of a file of training examples."""
    try:
        checked = _ExampleRow.model_validate(row)
    except ValidationError as error:
        raise DataError(f"{where}: {explain(error)}") from error
    return Example(**dict(checked))
