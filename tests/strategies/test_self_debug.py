"""Self-debug: who fails the shown test is told why, once; who passes is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from codeupdate.errors import UsageError
from codeupdate.strategies import converse, load_strategy
from codeupdate.strategies.self_debug import follow_up
from codeupdate.types import Message, Prompt, Sample, Sampling
from tests.strategies.doubles import Model, Sandbox, ShownTask, asked
from tests.tasks.test_gitchameleon import ROW, task_of

SAMPLING = Sampling(n=2, temperature=0.5)


def answer(prompt: Prompt, sampling: Sampling, index: int) -> str:
    if "self-debug" in prompt.text:
        return "corrected" if "wrong: bad" in prompt.text else "confused"
    return "good" if index else "bad"


def solved(model: Model, passes: set[str]) -> tuple[Sample, ...]:
    ((found,),) = converse(
        load_strategy("self-debug"),
        model,
        asked(ShownTask(), "question"),
        SAMPLING,
        Sandbox(lambda source: source in passes),
        lambda _: None,
    )
    return found.samples


def test_the_sample_that_failed_is_corrected_and_the_other_is_not() -> None:
    model = Model(answer)
    first, second = solved(model, {"good"})
    assert (first.text, second.text) == ("corrected", "good")
    assert (first.prompt_tokens, second.prompt_tokens) == (20, 10)
    assert model.calls == [["question"], ["questionbad\n\nself-debug: wrong: bad\n\n"]]


def test_a_second_failure_is_not_tried_again() -> None:
    model = Model(answer)
    assert [sample.text for sample in solved(model, {"corrected"})] == ["corrected", "confused"]
    assert len(model.calls) == 3


def test_nothing_is_asked_where_all_pass() -> None:
    model = Model(answer)
    assert [sample.text for sample in solved(model, {"good", "bad"})] == ["bad", "good"]
    assert model.calls == [["question"]]


def test_the_error_is_said_in_the_same_conversation() -> None:
    chat = Prompt("q", (Message("system", "s"), Message("user", "q"), Message("assistant", "A:")))
    said = follow_up(chat, " 1", "no")
    assert [(one.role, one.content) for one in said.messages[2:]] == [
        ("assistant", "A: 1"),
        ("user", "no"),
    ]
    plain = follow_up(Prompt("q", (Message("user", "q"),)), "1", "no")
    assert [one.role for one in plain.messages] == ["user", "assistant", "user"]
    assert follow_up(Prompt("q"), "1", "no").messages == ()


def test_a_task_without_a_test_to_show_is_refused() -> None:
    task = ShownTask()
    task.shown = None
    with pytest.raises(UsageError, match="the task 'double' has none"):
        load_strategy("self-debug").check(task)  # type: ignore[arg-type]


def test_gitchameleon_shows_the_error_and_not_the_test(tmp_path: Path) -> None:
    task = task_of(tmp_path, ROW)
    load_strategy("self-debug").check(task)
    said = task.turn("self-debug", task.problems()[0], {"error": "NameError: hello"}).text
    assert "NameError: hello" in said
    assert ROW["test"] not in said
    shown = next(c for c in task.checks(task.problems()[0], "x = 1") if c.name == task.shown)
    assert ROW["test"] in shown.program.source + "".join(t.source for t in shown.program.tests)
