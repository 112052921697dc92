"""The vocabulary: the values that travel between the parts, and nothing else.

Every class is a frozen dataclass. Sizes are bytes, times are seconds, and
"source" is Python source text.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

__all__ = [
    "Arm",
    "ChangeKind",
    "Check",
    "EditCost",
    "Environment",
    "Example",
    "Extraction",
    "Framework",
    "Limits",
    "Message",
    "Outcome",
    "Problem",
    "Program",
    "Prompt",
    "Sample",
    "Sampling",
    "SystemNeed",
    "TestResult",
    "UnitTest",
    "Update",
    "Verdict",
]


# ------------------------------------------------------------------ what changed


class ChangeKind(StrEnum):
    """The closed list of ways in which an API changes."""

    FUNCTION_ADDED = "function-added"
    FUNCTION_REMOVED = "function-removed"
    FUNCTION_RENAMED = "function-renamed"
    FUNCTION_MOVED = "function-moved"
    PARAMETER_ADDED = "parameter-added"
    PARAMETER_REMOVED = "parameter-removed"
    PARAMETER_RENAMED = "parameter-renamed"
    PARAMETER_ORDER = "parameter-order"
    DEFAULT_CHANGED = "default-changed"
    VALUES_CHANGED = "values-changed"  # which argument values are accepted
    TYPE_CHANGED = "type-changed"  # of an argument
    OUTPUT_CHANGED = "output-changed"
    BEHAVIOUR_CHANGED = "behaviour-changed"


@dataclass(frozen=True, slots=True)
class Example:
    """One training example: the model is to continue ``prompt`` with ``completion``.

    ``legacy`` is what was right before the update, where that is known.
    """

    prompt: str
    completion: str
    legacy: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """One change of an API.

    ``setup`` is source that runs in both worlds, with and without the update
    (imports, definitions the patch refers to); ``patch`` is source that makes
    the change effective when it runs after ``setup``. Both are empty where the
    library version of the environment is the change.
    """

    id: str
    package: str
    api: str  # dotted path before the change, "kit.take"
    kind: ChangeKind
    summary: str  # one sentence of prose
    signature_before: str
    signature_after: str
    documentation: str  # what the new version's documentation says
    setup: str = ""
    patch: str = ""
    watch: tuple[str, ...] = ()  # dotted paths whose calls count as adoption
    examples: tuple[Example, ...] = ()  # what an editor may train on

    @property
    def watched(self) -> tuple[str, ...]:
        """The dotted paths whose calls show that the update was adopted."""
        return self.watch or (self.api,)


# ---------------------------------------------------------------- what is asked


class Framework(StrEnum):
    """What a test's source is written for."""

    NONE = "none"  # statements that run in the namespace of the program
    UNITTEST = "unittest"  # a module of unittest.TestCase classes
    PYTEST = "pytest"  # a module that pytest collects; the environment has to have pytest


@dataclass(frozen=True, slots=True)
class UnitTest:
    """One test, run in a process of its own.

    With a framework, ``source`` is a test module that imports the candidate by the name
    ``Program.module``; each test in it has its own result in the verdict.
    """

    name: str
    source: str
    framework: Framework = Framework.NONE


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: what the model is told, and how its answer is judged.

    ``fields`` feed the prompt template; the template sees them by name.
    ``reference`` is what a perfect model would write as its completion.
    ``preamble`` is source that stands before the candidate in every program. Where nothing
    is run, ``environment`` is "".
    """

    id: str
    task: str
    fields: Mapping[str, object]
    entry_point: str
    reference: str
    tests: tuple[UnitTest, ...]
    environment: str
    update: str | None = None  # id of the update it needs
    preamble: str = ""
    cluster: str | None = None  # what it stands or falls with, where that is not its update


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; ``role`` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model sees: ``text`` to continue, ``messages`` for a model with a chat template.

    A model picks the form that it understands; a task fills both. What ``stop`` names cuts the
    continuation of ``text``; the answer to ``messages`` ends by itself.
    """

    text: str
    messages: tuple[Message, ...] = ()
    stop: tuple[str, ...] = ()
    problem: str = ""  # id of the problem, by which a recorded answer is looked up
    earlier: Prompt | None = None  # the same before an edit of it, for who keeps a cache


@dataclass(frozen=True, slots=True)
class Sampling:
    """How completions are drawn. ``temperature`` 0 is greedy. Of ``n`` samples those from
    ``first`` on are wanted: the ones before are known."""

    n: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    seed: int = 0
    first: int = 0

    @property
    def indices(self) -> range:
        """Of the samples that are wanted."""
        return range(self.first, self.n)


# -------------------------------------------------------------- what is answered


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion of prompt number ``prompt`` of a request."""

    prompt: int
    index: int  # 0 … n-1
    text: str
    prompt_tokens: int
    completion_tokens: int
    # "stop", "length"; "context": the prompt alone filled it; "missing": none was recorded;
    # "content_filter": the server withheld it
    finish_reason: str
    observed: Mapping[str, float] = field(default_factory=dict)  # while it was made


@dataclass(frozen=True, slots=True)
class Extraction:
    """The code found in a completion and how it was found.

    ``outcome``: ``continuation`` (bare code that continues the prompt),
    ``code`` (bare, complete code), ``fenced``, ``unclosed`` (a fence that was
    never closed), ``text`` (the task asks for text, and this is it) or ``none`` (nothing that looks like code; ``code`` is then the
    text as it came, so that it fails in the sandbox and stays in the denominator).
    """

    code: str
    outcome: str


@dataclass(frozen=True, slots=True)
class EditCost:
    """What an edit cost: wall seconds, peak bytes allocated, parameters and tokens."""

    seconds: float = 0.0
    peak_memory: int = 0
    parameters: int = 0  # how many numbers differ or were added, whether they trained or not
    tokens: int = 0  # how many tokens it was trained on

    def __add__(self, other: EditCost) -> EditCost:
        return EditCost(
            self.seconds + other.seconds,
            max(self.peak_memory, other.peak_memory),
            self.parameters + other.parameters,
            self.tokens + other.tokens,
        )


# ------------------------------------------------------------------ what is run


@dataclass(frozen=True, slots=True)
class SystemNeed:
    """What an environment needs of the operating system, and the Debian package that has it.

    One of ``library`` (a soname, "libsndfile.so.1"), ``command`` ("ffmpeg") and ``path``
    (of a file or folder) says what must be there. It is copied into the environment, a path
    to where ``to`` says, unless it is needed for ``building`` only.
    """

    package: str
    library: str = ""
    command: str = ""
    path: str = ""
    to: str = ""
    building: bool = False

    @property
    def what(self) -> str:
        """The thing itself, by its name."""
        return self.library or self.command or self.path


@dataclass(frozen=True, slots=True)
class Environment:
    """What programs run in: a Python, packages in exact versions, what is preloaded.

    ``steps`` are lists of requirements, installed one after the other; a later one may
    override what an earlier one installed. ``before`` is a date, "2025-07-18": packages
    published later do not exist. ``variables`` are set where programs run,
    ``build_variables`` while packages are installed. ``paths`` are folders put on
    ``sys.path`` as they are.

    An environment brings along what it needs of the ``system`` and ``files`` (path → text);
    in both kinds of variables ``{system}`` stands for the folder with these.
    """

    name: str
    python: str | None = None  # "3.11"; None: the version that runs codeupdate
    steps: tuple[tuple[str, ...], ...] = ()
    before: str | None = None
    system: tuple[SystemNeed, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    preload: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    build_variables: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()

    @property
    def python_version(self) -> str:
        """Major and minor version of its Python, "3.11"."""
        return self.python or f"{sys.version_info[0]}.{sys.version_info[1]}"


class Outcome(StrEnum):
    """How a program or a test ended. Only ``infrastructure`` is our own failure."""

    PASSED = "passed"
    FAILED = "failed"  # a test's assertion did not hold
    ERROR = "error"  # the program or a test raised, exited or died
    TIMEOUT = "timeout"  # CPU or wall time was used up
    MEMORY = "memory"
    OUTPUT = "output"  # it wrote more than it may
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one test of a program may use (loading the program counts as a test).

    ``output`` adds up over loading and all tests of a program: they write to the same two pipes,
    and what goes beyond it ends the whole program.
    """

    cpu_seconds: float = 10.0
    wall_seconds: float = 30.0
    memory: int = 2 * 1024**3
    output: int = 1024**2  # bytes on stdout and stderr together
    file_size: int = 64 * 1024**2
    processes: int = 64


@dataclass(frozen=True, slots=True)
class Program:
    """What runs in the sandbox.

    In order, in one namespace: ``prelude`` (an update's setup and patch), then the
    watch on ``watch`` is set, then ``source`` (preamble and candidate), then each
    test in a process forked from that state. Without tests, ``source`` itself is
    the only test. ``files`` are put into the working directory first.

    ``apart`` names functions of the candidate that the tests call with plain data and whose
    results are plain data. Where it is given, the tests run in a process where the candidate
    is not, and calls cross by value: nothing that the candidate does to its own process can
    make a test pass.
    """

    id: str
    environment: str
    source: str
    tests: tuple[UnitTest, ...] = ()
    prelude: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    watch: tuple[str, ...] = ()  # dotted paths whose completed calls are counted
    limits: Limits = Limits()
    module: str = "candidate"  # the name under which tests import it
    apart: tuple[str, ...] = ()
    clock: str | None = None  # ISO 8601, UTC: what time Python's clocks show all the while


@dataclass(frozen=True, slots=True)
class Check:
    """One run of a candidate. A sample may be checked several times.

    The names ``updated`` and ``outdated`` mean: with the update's patch, without it.
    A check with ``needs`` runs only when the check of that name passed.
    """

    name: str
    program: Program
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended."""

    __test__ = False  # not a test class for pytest

    name: str
    outcome: Outcome
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sandbox says of one program."""

    program: str  # Program.id
    outcome: Outcome
    tests: tuple[TestResult, ...] = ()
    detail: str = ""  # the first failure, or which limit ended it
    stdout: str = ""  # tails
    stderr: str = ""
    seconds: float = 0.0  # wall
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)  # watched path → completed calls
    # which limit ended it: "cpu", "wall", "memory", "output", "machine" (which had no memory left,
    # whatever the program may have) or none
    limit: str = ""
    waited: float = 0.0  # seconds that it was ready to run and had no core
    suspicions: tuple[str, ...] = ()  # what it did that ordinary solutions do not do

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.PASSED


# --------------------------------------------------------------- what is compared


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of bringing a model up to date: model × editor × strategy × prompt."""

    model: str
    editor: str = "none"
    strategy: str = "direct"
    prompt: str = "prompt"
