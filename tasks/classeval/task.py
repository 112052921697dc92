"""ClassEval in its published form: ``ClassEval_data.json``.

An answer is a class. Each test class of the authors is a test of ours; what each of them
says is a level of its own beside the verdict on the whole class.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from codeupdate.errors import DataError
from codeupdate.plugins import load_module
from codeupdate.tasks import FolderTask
from codeupdate.types import (
    Extraction,
    Framework,
    Outcome,
    Problem,
    Prompt,
    Sample,
    TestResult,
    UnitTest,
    Verdict,
)

Row = dict[str, Any]
# Candidate and tests are one module for the authors: what the tests import is there for the
# candidate as well. The framework finds the one test class that is named here. Chance repeats
# itself: a reference lays two mines in one of nine places now and then, and is found wrong; with
# this seed no reference is.
TEST = """\
import random, candidate
exec(compile({tests!r}, "tests_of_class.py", "exec"), vars(candidate))
{name} = candidate.{name}
random.seed(2)
"""


class Task(FolderTask):
    """100 classes, asked for as a whole or, by the strategies ``incremental`` and
    ``compositional``, method by method."""

    def load_problems(self) -> Sequence[Problem]:
        if self.data is None:
            raise DataError(
                "the task 'classeval' does not bring its data; name a copy of "
                "ClassEval_data.json with --data PATH"
            )
        rows = load_module(self.folder / "rows.py").read(self.data)
        return [self._problem(row) for row in rows]

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        found: Extraction = self._rules.class_code(sample.text)
        return found

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        """Whether each test class succeeded, and whether all did."""
        tests = verdicts["updated"].tests
        parts = {f"fun/{test.name}": succeeded(test.name, tests) for test in problem.tests}
        return {"class": all(parts.values()), **parts}

    # --------------------------------------------------------------- method by method

    def steps(self, problem: Problem) -> Sequence[str]:
        """The methods, in the order in which they are asked for."""
        return list(self._asked(problem))

    def step_prompt(
        self, problem: Problem, strategy: str, step: str, written: Mapping[str, str]
    ) -> Prompt:
        """Ask for the method ``step``, showing those that are ``written``."""
        asked = self._asked(problem)
        others = [signature(asked[name]) for name in asked if name != step]
        values = {
            "step": step,
            "asked": textwrap.indent(asked[step], "    "),
            "so_far": self.assemble(problem, written),
            "others": "\n\n".join(f"    {other}\n        ..." for other in others),
        }
        return self.turn(strategy, problem, values)

    def step_code(self, problem: Problem, step: str, text: str) -> str:
        """The method ``step`` in an answer."""
        code: str = self._rules.method_code(text, step, self._asked(problem)[step])
        return code

    def assemble(self, problem: Problem, written: Mapping[str, str]) -> str:
        """The class of its constructor and the methods that are written."""
        parts = [problem.fields["imports"], problem.fields["beginning"]]
        return "\n\n".join(str(part) for part in (*parts, *written.values()) if part)

    def _asked(self, problem: Problem) -> dict[str, str]:
        methods = problem.fields["methods"]
        assert isinstance(methods, dict)
        return methods

    @cached_property
    def _rules(self) -> Any:
        return load_module(self.folder / "rules.py")

    # ----------------------------------------------------------------------- problems

    def _problem(self, row: Row) -> Problem:
        imports = "\n".join(row["import_statement"])
        first, _, rest = row["class_constructor"].strip().partition("\n")
        description = row["class_description"].strip()
        methods = {one["method_name"]: one["method_description"] for one in row["methods_info"]}
        return Problem(
            id=row["task_id"],
            task=self.name,
            fields={
                "class_name": row["class_name"],
                "skeleton": row["skeleton"].rstrip(),
                "imports": imports,
                "beginning": f"{first.rstrip()}\n    {description}\n\n{rest.rstrip()}".rstrip(),
                "methods": methods,
            },
            entry_point=row["class_name"],
            reference=row["solution_code"],
            tests=tuple(
                UnitTest(name, TEST.format(tests=row["test"], name=name), Framework.UNITTEST)
                for name in map(str.strip, row["test_classes"])
            ),
            environment=self.spec.environment,
            preamble=imports,
        )


def succeeded(test_class: str, tests: Sequence[TestResult]) -> bool:
    """Whether a test of it ran, and none failed; what befell it as a whole bears its name."""
    own = [test for test in tests if test.name.partition(".")[0] == test_class]
    return any("." in test.name for test in own) and all(
        test.outcome is Outcome.PASSED for test in own
    )


def signature(description: str) -> str:
    """The first lines of a method, up to its docstring."""
    return description.partition('"""')[0].rstrip()
