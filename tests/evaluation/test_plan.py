"""What is asked, after which edit, under each protocol."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codeupdate.errors import UsageError
from codeupdate.evaluation.plan import PROTOCOLS, Protocol, Subject, plan_stages
from codeupdate.types import ChangeKind, Problem, Update


def update(name: str) -> Update:
    return Update(name, "kit", "kit.f", ChangeKind.FUNCTION_RENAMED, "", "f()", "g()", "g()")


def problem(name: str, needs: str | None, task: str = "t") -> Problem:
    return Problem(name, task, {}, "f", "", (), "python", needs)


def subject(updates: int, each: int = 2, spec: int = 8, per_update: int | None = 3) -> Subject:
    names = [f"u{i}" for i in range(updates)]
    return Subject(
        [problem(f"{name}/{j}", name) for name in names for j in range(each)],
        {name: update(name) for name in names},
        [problem(f"s{i}", None, "base") for i in range(spec)],
        per_update,
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("edits", [True, False])
def test_every_problem_is_asked_once_for_efficacy(protocol: str, edits: bool) -> None:
    stages = plan_stages("a", subject(4), protocol=protocol, edits=edits)  # type: ignore[arg-type]
    asked = [q.problem.id for s in stages for q in s.questions if q.role == "efficacy"]
    assert sorted(asked) == sorted(p.id for p in subject(4).problems)
    assert len({stage.id for stage in stages}) == len(stages)


def test_the_baseline_answers_every_specificity_problem_that_an_edit_is_asked() -> None:
    (base,) = plan_stages("none", subject(4), protocol="single", edits=False)
    edited = plan_stages("lora", subject(4), protocol="single", edits=True)
    asked = [q.problem.id for q in base.questions if q.role == "specificity"]
    needed = {q.problem.id for s in edited for q in s.questions if q.role == "specificity"}
    assert needed == set(asked)
    assert len(asked) == len(set(asked))
    assert all(sum(q.role == "specificity" for q in s.questions) == 3 for s in edited)


def test_fewer_updates_do_not_change_what_the_others_are_asked() -> None:
    few = plan_stages("a", subject(2), protocol="single", edits=True)
    many = plan_stages("a", subject(5), protocol="single", edits=True)
    assert few == many[:2]


def test_sequential_nests_and_tests_earlier_updates_again() -> None:
    stages = plan_stages("a", subject(3), protocol="sequential", edits=True)
    assert [stage.nested for stage in stages] == [False, True, True]
    again = [[q.problem.update for q in s.questions if q.role == "retention"] for s in stages]
    assert again == [[], ["u0"] * 2, ["u0"] * 2 + ["u1"] * 2]


def test_the_work_of_sequential_grows_linearly() -> None:
    def work(updates: int) -> int:
        stages = plan_stages("a", subject(updates, spec=0), protocol="sequential", edits=True)
        assert any(q.role == "retention" for q in stages[-1].questions)
        return sum(len(stage.questions) for stage in stages)

    assert work(200) / work(100) == pytest.approx(2, abs=0.05)


def test_the_control_teaches_another_update() -> None:
    other = update("other")
    stages = plan_stages("a", subject(2), protocol="single", edits=True, lesson=lambda _: other)
    assert all(stage.updates == (other,) for stage in stages)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_needs_no_update_is_asked_under_every_arm(protocol: Protocol) -> None:
    """After no edit, or after all of them; and it asks for no specificity of its own."""
    mixed = subject(3)
    mixed = replace(mixed, problems=[problem("old", None), *mixed.problems])
    stages = plan_stages("a", mixed, protocol=protocol, edits=True)
    (stage,) = (s for s in stages if any(q.problem.id == "old" for q in s.questions))
    if protocol == "single":
        assert (stage.updates, [q.problem.id for q in stage.questions]) == ((), ["old"])
        assert not any(later.nested for later in stages)
    else:
        assert stage == stages[-1]
    (base,) = plan_stages("none", mixed, protocol=protocol, edits=False)
    for role in ("efficacy", "specificity"):
        asked = [q.problem.id for s in stages for q in s.questions if q.role == role]
        assert set(asked) == {q.problem.id for q in base.questions if q.role == role}
        assert role == "specificity" or len(asked) == len(mixed.problems)


def test_an_editor_on_a_task_without_updates_is_refused() -> None:
    plain = Subject([problem("h0", None)], {})
    with pytest.raises(UsageError, match="'h0' and all others need none"):
        plan_stages("lora", plain, protocol="single", edits=True)
    (stage,) = plan_stages("none", plain, protocol="single", edits=False)
    assert len(stage.questions) == 1
