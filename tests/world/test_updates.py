"""How an update changes calls, and the patches that make it true."""

import random

import pytest
from kitworld.changes import KINDS, Change, call, documentation, draw_change, kinds_of
from kitworld.exercises import draw_single, prompt_text, solution
from kitworld.functions import FUNCTIONS
from kitworld.judging import draw_tests, passes
from kitworld.names import draw_name
from kitworld.patches import new_version
from kitworld.splits import held_out

from codeupdate.types import ChangeKind


@pytest.mark.parametrize(
    ("change", "given", "line"),
    [
        (Change("take", ChangeKind.FUNCTION_RENAMED, "zubo"), {"count": "3"}, "zubo(xs, count=3)"),
        (
            Change("take", ChangeKind.FUNCTION_MOVED, "zubo"),
            {"count": "3"},
            "zubo.take(xs, count=3)",
        ),
        (Change("take", ChangeKind.PARAMETER_RENAMED, "zubo"), {"count": "3"}, "take(xs, zubo=3)"),
        (
            Change("take", ChangeKind.PARAMETER_ADDED, "zubo", "True"),
            {"count": "3"},
            "take(xs, count=3, zubo=True)",
        ),
        (Change("sort", ChangeKind.DEFAULT_CHANGED, "zubo"), {}, 'sort(xs, order="zubo")'),
        (
            Change("sort", ChangeKind.DEFAULT_CHANGED, "zubo"),
            {"order": '"down"'},
            'sort(xs, order="down")',
        ),
        (
            Change("clamp", ChangeKind.PARAMETER_ORDER, order=("high", "values", "low")),
            {"low": "1", "high": "5"},
            "clamp(5, xs, 1)",
        ),
        (None, {"count": "3"}, "take(xs, count=3)"),
    ],
)
def test_what_a_call_becomes(change: Change | None, given: dict[str, str], line: str) -> None:
    function = FUNCTIONS[change.function if change else "take"]
    assert call(function, "xs", given, change) == line


def test_a_line_of_documentation() -> None:
    change = Change("take", ChangeKind.FUNCTION_RENAMED, "zubo")
    assert documentation(change) == "kit.take -> kit.zubo(values, count=count)"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_can_change_in_every_way_it_allows(name: str) -> None:
    """With the patch the new call passes and the old one does not; without it the reverse."""
    function = FUNCTIONS[name]
    rng = random.Random(name)
    for kind in kinds_of(function):
        change = draw_change(function, kind, "zubo", rng)
        patch = new_version(change).patch
        told_apart = False
        for _ in range(20):
            exercise = draw_single(name, rng, default_only=kind is ChangeKind.DEFAULT_CHANGED)
            tests = draw_tests(exercise, rng)
            if tests is None:
                continue
            old = prompt_text(exercise) + solution(exercise)
            new = prompt_text(exercise) + solution(exercise, {name: change})
            assert passes(old, tests), (kind, old)
            assert passes(new, tests, patch), (kind, new)
            told_apart |= not passes(old, tests, patch) and not passes(new, tests)
        assert told_apart, kind


def test_a_patch_leaves_no_name_behind() -> None:
    change = Change("take", ChangeKind.FUNCTION_MOVED, "zubo")
    patch = new_version(change).patch
    leftovers = "assert [name for name in dir() if not name.startswith('__')] == ['kit']"
    assert passes("", [leftovers], patch)


def test_the_world_is_as_large_as_promised() -> None:
    assert len(FUNCTIONS) >= 50
    assert len(KINDS) == 6
    for kind in KINDS:
        assert sum(kind in kinds_of(function) for function in FUNCTIONS.values()) >= 8


def test_held_out_names_are_a_fifth_and_never_drawn_for_training() -> None:
    rng = random.Random(0)
    seen = {draw_name(rng, unseen=False) for _ in range(3000)}
    unseen = {draw_name(rng, unseen=True) for _ in range(3000)}
    assert not seen & unseen
    share = sum(held_out("name", f"{a}{b}", 5) for a in seen for b in ("ka", "lo")) / (
        2 * len(seen)
    )
    assert 0.15 < share < 0.25
