"""Consistency: codes and tests that bear each other out come first; a person may overrule."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest

from codeupdate.errors import UsageError
from codeupdate.strategies import converse, load_strategy
from codeupdate.strategies.agreement import most_disputed, ranking, scores
from codeupdate.strategies.consistency import asserted
from codeupdate.types import (
    Check,
    Message,
    Outcome,
    Problem,
    Program,
    Prompt,
    Sample,
    Sampling,
    TestResult,
    UnitTest,
    Verdict,
)
from tests.strategies.doubles import Model, ShownTask, asked

SAMPLING = Sampling(n=4, temperature=0.8)


def of(*tests: int) -> frozenset[int]:
    return frozenset(tests)


# ----------------------------------------------------------------------------- agreement


def test_more_tests_and_more_company_are_better() -> None:
    assert ranking([of(0), of(0, 1), of(0, 1)], {0, 1}) == [1, 2, 0]
    # One code that passes a test of its own stands against three that agree.
    assert ranking([of(0, 3), of(0, 1), of(0, 1), of(0, 1)], {0, 1, 3}) == [1, 2, 3, 0]


def test_a_test_counts_by_how_many_pass_it() -> None:
    assert scores([of(0), of(0), of(1)], {0, 1}) == [2 * 2 / 3, 2 * 2 / 3, 1 / 3]
    assert scores([of(0), of(1)], {1}) == [0.0, 0.5]  # test 0 does not count


def test_what_is_equally_good_keeps_its_order() -> None:
    assert ranking([of(), of(), of()], set()) == [0, 1, 2]


def test_who_fails_a_right_test_comes_last() -> None:
    assert ranking([of(0), of(0), of(1)], {0, 1}, right={1}) == [2, 0, 1]


def test_the_test_that_divides_most_is_asked_about() -> None:
    passed = [of(0, 1), of(0, 1), of(0, 2), of(0)]
    assert most_disputed(passed, {0, 1, 2}) == 1  # two of four; test 0 divides nobody
    assert most_disputed(passed, {0}) is None


# -------------------------------------------------------------------------- tests in text


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        (
            "```python\nassert f(1) == 2\nassert f(2)==3\n```",
            ["assert f(1) == 2", "assert f(2) == 3"],
        ),
        ("1) == 2\nassert f(2) == 3\nassert f(", ["assert f(1) == 2", "assert f(2) == 3"]),
        ("Here:\n    assert f(1) == 2, 'one'\nassert g(1)\nassert f(", ["assert f(1) == 2, 'one'"]),
        ("I cannot.", []),
        ("<think>\nassert f(1) == 0\n</think>\nassert f(1) == 2", ["assert f(1) == 2"]),
        pytest.param(f"assert f({'-' * 20_000}", [], id="no parser can follow it"),
        pytest.param(f"assert f(1) == {'1+' * 900}1", [], id="too deep to be written again"),
    ],
)
def test_the_tests_in_an_answer(text: str, tests: list[str]) -> None:
    assert list(asserted(text, "f")) == tests


# ------------------------------------------------------------------------- the whole way


class Runs:
    """Runs programs of this file where it stands."""

    name = "here"

    def __init__(self) -> None:
        self.ran: list[str] = []

    def __enter__(self) -> Runs:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, program: Program) -> Future[Verdict]:
        self.ran.append(program.source)
        future: Future[Verdict] = Future()
        results = tuple(self._result(program.source, test) for test in program.tests)
        future.set_result(Verdict(program.id, Outcome.FAILED, results))
        return future

    def _result(self, source: str, test: UnitTest) -> TestResult:
        try:
            exec(f"{source}\n{test.source}", {})
        except Exception:
            return TestResult(test.name, Outcome.ERROR)
        return TestResult(test.name, Outcome.PASSED)


class Functions(ShownTask):
    tests: tuple[UnitTest, ...] = (UnitTest("own", "assert False"),)

    def problems(self) -> Sequence[Problem]:
        return [one.problem for one in asked(self, "f")]

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        return [Check("updated", Program(problem.id, "python", code, self.tests))]


CODES = ["f = lambda x: 0", "f = lambda x: x + 1", "f = lambda x: x - 1", "f = lambda x: x + 1"]
#: The second test is wrong, and two of the codes agree with it.
WRITTEN = "1) == 2\nassert f(2) == 1\nassert f(3) == 4\nassert f(0) == 0"


def answer(prompt: Prompt, sampling: Sampling, index: int) -> str:
    return WRITTEN if "Tests of" in prompt.text else CODES[index]


def solved(
    strategy: str = "consistency", person: Any = lambda _: None, sampling: Sampling = SAMPLING
) -> tuple[tuple[Sample, ...], Model, Runs]:
    model, sandbox = Model(answer), Runs()
    ((found,),) = converse(
        load_strategy(strategy),
        model,
        asked(Functions(), "def f(x):\n"),
        sampling,
        sandbox,
        lambda _: None,
        person,
    )
    return found.samples, model, sandbox


def test_the_code_that_agrees_most_comes_first() -> None:
    samples, _, sandbox = solved()
    assert [sample.text for sample in samples[:2]] == [CODES[1]] * 2
    assert sorted(sample.text for sample in samples) == sorted(CODES)
    assert [sample.index for sample in samples] == [0, 1, 2, 3]
    assert len(sandbox.ran) == 3  # equal codes once
    assert samples[0].prompt_tokens == 20


def test_one_sample_has_nothing_to_agree_with() -> None:
    samples, model, sandbox = solved(sampling=Sampling(n=1))
    assert samples[0].text == CODES[0]
    assert (len(model.calls), sandbox.ran) == (1, [])


def test_a_person_is_asked_only_by_the_strategy_that_says_so() -> None:
    questions: list[str] = []
    solved(person=questions.append)
    assert questions == []
    solved("consistency-with-person", person=questions.append)
    assert 1 <= len(questions) <= 4
    assert "assert f(1) == 2" in questions[0]


def test_what_a_person_says_counts_more_than_the_majority() -> None:
    def knows(question: str) -> bool:
        return "f(0) == 0" in question or "f(2) == 1" in question

    samples, _, _ = solved("consistency-with-person", knows)
    assert samples[0].text != CODES[1]


def test_a_test_that_a_person_calls_wrong_counts_no_more() -> None:
    samples, _, _ = solved("consistency-with-person", lambda _: False)
    assert [sample.text for sample in samples] == CODES  # no test is left


def test_programs_that_hold_their_own_tests_are_refused() -> None:
    task = Functions()
    load_strategy("consistency").check(task)  # type: ignore[arg-type]
    task.tests = ()
    with pytest.raises(UsageError, match="hold theirs"):
        load_strategy("consistency").check(task)  # type: ignore[arg-type]


def test_a_chat_is_asked_for_tests_in_words() -> None:
    seen: list[Prompt] = []

    def listen(prompt: Prompt, sampling: Sampling, index: int) -> str:
        seen.append(prompt)
        return answer(prompt, sampling, index)

    (question,) = asked(Functions(), "def f(x):\n")
    chat = Prompt(question.prompt.text, (Message("user", "Write f."),))
    talk = converse(
        load_strategy("consistency"),
        Model(listen),
        [type(question)(question.task, question.problem, chat)],
        SAMPLING,
        Runs(),
        lambda _: None,
    )
    list(talk)
    assert "each an assert statement" in seen[-1].messages[-1].content
    assert seen[-1].text.endswith("assert f(")
