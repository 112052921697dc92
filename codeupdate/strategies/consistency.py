"""Consistency: the model's own tests say which of its answers to trust (ConAIR)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from codeupdate.errors import UsageError
from codeupdate.strategies.agreement import Passed, most_disputed, ranking
from codeupdate.strategies.protocol import Ask, Asked, Question, Steps, ask, person, run, together
from codeupdate.syntax import parsed
from codeupdate.tasks.extraction import without_thoughts
from codeupdate.tasks.protocol import Task
from codeupdate.types import Message, Outcome, Problem, Program, Prompt, Sample, Sampling, UnitTest

__all__ = ["Consistency", "ConsistencyWithPerson", "asserted"]

TESTS = 20  # of a problem, at most


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What is known when codes have met tests: what each passed, and what a person said."""

    passed: Sequence[Passed]
    tests: frozenset[int]
    right: frozenset[int] = frozenset()

    def ranking(self) -> list[int]:
        return ranking(self.passed, self.tests, self.right)


class Consistency:
    """Sample codes and tests, run each against each, and put first what agrees most.

    The answers are all samples, in the order of their rank: the metric ``ranked_pass@1`` is
    that of the first of them, and ``ranking_gain`` what that is above pass@1.
    """

    name = "consistency"
    questions = 0  # to a person, about each problem

    def check(self, task: Task) -> None:
        problem = task.problems()[0]
        checks = task.checks(problem, problem.reference)
        if not checks or not checks[0].program.tests:
            raise UsageError(
                f"the strategy '{self.name}' runs other tests than the task's own, and the "
                f"programs of '{task.name}' hold theirs; use --strategy direct"
            )

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        if sampling.n == 1:
            return samples
        (written,) = yield from ask(Ask(_asking_for_tests(asked), sampling))
        entry = asked.problem.entry_point
        found = (test for one in written for test in asserted(one.text, entry))
        tests = list(dict.fromkeys(found))[:TESTS]
        if not tests:
            return [together(s.text, [w, s]) for s, w in zip(samples, written, strict=True)]
        codes = [asked.task.extract(asked.problem, asked.prompt, s).code for s in samples]
        passed = yield from _meet(asked, codes, tests)
        doubt = _Doubt(passed, frozenset(range(len(tests))))
        doubt = yield from self._resolve(asked, doubt, tests)
        return [together(samples[i].text, [written[i], samples[i]]) for i in doubt.ranking()]

    def _resolve(self, asked: Asked, doubt: _Doubt, tests: Sequence[str]) -> Steps[_Doubt]:
        """Ask a person about the tests that divide the codes most."""
        open_tests = doubt.tests
        for _ in range(self.questions):
            test = most_disputed(doubt.passed, open_tests)
            if test is None:
                break
            open_tests -= {test}
            said = yield from person(
                Question(f"{asked.prompt.text}\n\nIs this right?\n\n    {tests[test]}\n")
            )
            if said is True:
                doubt = replace(doubt, right=doubt.right | {test})
            elif said is False:
                doubt = replace(doubt, tests=doubt.tests - {test})
        return doubt


class ConsistencyWithPerson(Consistency):
    """The same, and a person is asked about the tests that divide the codes most.

    Four questions a problem, as many as ConAIR needs on average.
    """

    name = "consistency-with-person"
    questions = 4


def asserted(text: str, entry_point: str) -> Iterator[str]:
    """The assert statements about ``entry_point`` in an answer, each on its line.

    An answer may continue the assert statement that its prompt began.
    """
    text = without_thoughts(text)
    for line in (f"assert {entry_point}({text.lstrip()}" if _continues(text) else text).split("\n"):
        tree = parsed(line.strip())
        if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
            continue
        if entry_point in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
            try:
                test = ast.unparse(tree)
            except RecursionError:
                continue  # a tree that can be made may still be too deep to be walked
            yield test


def _continues(text: str) -> bool:
    return not text.lstrip().startswith(("assert", "```", "def ", "#"))


def _asking_for_tests(asked: Asked) -> Prompt:
    """The question turned round: what would a right answer have to do?"""
    entry = asked.problem.entry_point
    told = (
        f"{asked.prompt.text}\n\nDo not answer that yet. Write ten tests of {entry} that a right "
        f"answer passes, each an assert statement on one line, in one code block."
    )
    plain = f"{asked.prompt.text}    pass\n\n# Tests of {entry}, one a line:\nassert {entry}("
    messages = (Message("user", told),) if asked.prompt.messages else ()
    return Prompt(plain, messages, (), asked.prompt.problem)


def _program(task: Task, problem: Problem, code: str) -> Program:
    return task.checks(problem, code)[0].program


def _meet(asked: Asked, codes: Sequence[str], tests: Sequence[str]) -> Steps[list[Passed]]:
    """What each code passes; equal codes are run once."""
    units = tuple(UnitTest(f"test_{number}", test) for number, test in enumerate(tests))
    different = list(dict.fromkeys(codes))
    verdicts = yield from run(
        *(replace(_program(asked.task, asked.problem, code), tests=units) for code in different)
    )
    passed = {
        code: frozenset(
            number
            for number, unit in enumerate(units)
            if any(t.name == unit.name and t.outcome is Outcome.PASSED for t in verdict.tests)
        )
        for code, verdict in zip(different, verdicts, strict=True)
    }
    return [passed[code] for code in codes]
