"""Many conversations at once: in the same batches whatever the timing, and each on its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from codeupdate.strategies import Answered, converse, load_strategy
from codeupdate.strategies.protocol import Ask, Asked, Steps, ask, ask_each, run, single
from codeupdate.types import Program, Prompt, Sample, Sampling
from tests.strategies.doubles import Model, Sandbox, ShownTask, asked

SAMPLING = Sampling(n=2, temperature=0.5, seed=7)
TEXTS = ("eeeee", "dddd", "ccc", "bb", "a")


class Long:
    """Three turns, with programs in between that every other sample passes."""

    name = "long"

    def check(self, task: object) -> None: ...

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        for _ in range(2):
            verdicts = yield from run(
                *(Program(asked.problem.id, "python", sample.text) for sample in samples)
            )
            prompts = [
                Prompt(f"{asked.prompt.text} {sample.text} {verdict.passed}")
                for sample, verdict in zip(samples, verdicts, strict=True)
            ]
            samples = tuple((yield from ask_each(prompts, sampling)))
        return samples


def even(source: str) -> bool:
    return sum(map(ord, source)) % 2 == 0


def answers(
    model: Model, sandbox: Sandbox, questions: list[Asked], strategy: Any = None
) -> list[tuple[Answered, ...]]:
    failures: list[str] = []
    groups = converse(strategy or Long(), model, questions, SAMPLING, sandbox, failures.append)
    return list(groups)


def texts(groups: list[tuple[Answered, ...]]) -> dict[int, list[str]]:
    return {one.question: [s.text for s in one.samples] for group in groups for one in group}


def test_direct_is_what_the_model_gives() -> None:
    model, bare = Model(), Model()
    questions = asked(ShownTask(), *TEXTS)
    groups = converse(
        load_strategy("direct"), model, questions, SAMPLING, Sandbox(even), lambda _: None
    )
    expected = bare.batches([one.prompt for one in questions], SAMPLING)
    for group, batch in zip(groups, expected, strict=True):
        assert tuple(s for one in group for s in one.samples) == batch
        assert all(one.turns == () for one in group)
        assert model.calls == bare.calls  # nothing is computed before it is wanted


def test_every_question_is_answered_as_often_as_wanted() -> None:
    found = texts(answers(Model(), Sandbox(even), asked(ShownTask(), *TEXTS)))
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert all(len(set(samples)) == 2 for samples in found.values())


def test_the_same_batches_whatever_the_timing() -> None:
    plain = Model()
    expected = texts(answers(plain, Sandbox(even), asked(ShownTask(), *TEXTS)))

    late, sandbox = Model(), Sandbox(even)
    sandbox.holding = True
    stop = threading.Event()

    def release_now_and_then() -> None:
        while not stop.is_set():
            time.sleep(0.01)
            sandbox.release()

    thread = threading.Thread(target=release_now_and_then)
    thread.start()
    try:
        assert texts(answers(late, sandbox, asked(ShownTask(), *TEXTS))) == expected
    finally:
        stop.set()
        thread.join()
    assert sorted(late.calls) == sorted(plain.calls)


def test_a_continued_run_comes_to_the_same() -> None:
    questions = asked(ShownTask(), *TEXTS)
    expected = texts(answers(Model(), Sandbox(even), questions))
    for left in ([1, 2, 4], [3]):
        found = texts(answers(Model(), Sandbox(even), [questions[number] for number in left]))
        assert {left[number]: samples for number, samples in found.items()} == {
            number: expected[number] for number in left
        }


def test_questions_that_go_on_are_asked_together_and_the_others_do_not_wait() -> None:
    class Some(Long):
        def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
            if len(asked.prompt.text) > 2:
                return (yield from load_strategy("direct").solve(asked, sampling))
            return (yield from super().solve(asked, sampling))

    model = Model()
    first, second, last = answers(model, Sandbox(even), asked(ShownTask(), *TEXTS), Some())
    assert [{one.question for one in group} for group in (first, second, last)] == [
        {0, 1},
        {2},
        {3, 4},
    ]
    # Four prompts a round, of two questions with two samples each, in batches of two.
    assert [len(call) for call in model.calls[3:]] == [2, 2] * 2


def test_the_model_goes_on_while_programs_run() -> None:
    model, sandbox = Model(), Sandbox(even)
    sandbox.holding = True
    groups = converse(Long(), model, asked(ShownTask(), *TEXTS), SAMPLING, sandbox, lambda _: None)
    thread = threading.Thread(target=lambda: next(groups))
    thread.start()
    deadline = time.monotonic() + 10
    while len(model.calls) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(model.calls) == 3  # all first turns, and no program has ended yet
    sandbox.holding = False
    sandbox.release()
    thread.join(10)
    assert not thread.is_alive()


def test_a_question_that_met_our_failure_is_left_out_and_told() -> None:
    sandbox = Sandbox(even)
    sandbox.broken = {"ccc"}
    failures: list[str] = []
    groups = converse(
        Long(), Model(), asked(ShownTask(), *TEXTS), SAMPLING, sandbox, failures.append
    )
    assert sorted(texts(list(groups))) == [0, 1, 3, 4]
    assert failures == ["no machine"]


def test_what_was_said_on_the_way_is_told() -> None:
    ((first, *_), *_) = answers(Model(), Sandbox(even), asked(ShownTask(), "only"))
    assert [turn.prompt.text.split()[0] for turn in first.turns] == ["only"] * 5
    assert [len(turn.samples) for turn in first.turns] == [2, 1, 1, 1, 1]


@pytest.mark.parametrize(("temperature", "seeds"), [(0.5, [7, 8]), (0.0, [7, 7])])
def test_what_goes_on_from_one_sample_has_a_stream_of_its_own(
    temperature: float, seeds: list[int]
) -> None:
    drawn = Sampling(n=2, temperature=temperature, seed=7)
    assert [single(drawn, index).seed for index in range(2)] == seeds
    assert single(drawn, 1).n == 1
