"""Runs exercises against kit: what they return, and tests that a wrong solution fails.

Everything here is source text that this package wrote itself, so it runs in this process;
what a model writes runs in :mod:`kitworld.measure`, in a process of its own.
"""

from __future__ import annotations

import importlib
import random
import re
import sys
from collections.abc import Sequence
from typing import Any

from kitworld.exercises import Exercise, prompt_text, solution
from kitworld.functions import FUNCTIONS

__all__ = ["PREAMBLE", "draw_tests", "passes"]

PREAMBLE = "import kit"
WORDS = ("red", "Green", "blue,grey", "old", "apple", "Tree", "north", "sea,side", "Iron", "moon")
TESTS = 3
#: How often other inputs are tried before an exercise is given up.
ATTEMPTS = 12


def draw_tests(exercise: Exercise, rng: random.Random) -> list[str] | None:
    """Assertions that the solution passes and slightly wrong solutions fail.

    A wrong solution leaves out one of the calls, or has one number or string changed.
    None where no such inputs were found.
    """
    right = prompt_text(exercise) + solution(exercise)
    wrong = [prompt_text(exercise) + body for body in _mutants(solution(exercise), exercise)]
    for _ in range(ATTEMPTS):
        inputs = [_draw_inputs(exercise, rng) for _ in range(TESTS)]
        calls = [f"{exercise.name}({', '.join(map(repr, given))})" for given in inputs]
        namespace = _run(right)
        tests = [f"assert {call} == {eval(call, namespace)!r}" for call in calls]
        if not any(passes(mutant, tests) for mutant in wrong):
            return tests
    return None


def passes(source: str, tests: Sequence[str], patch: str = "") -> bool:
    """Whether ``source`` passes ``tests`` where ``patch`` was applied to kit."""
    try:
        namespace = _run(source, patch)
        for test in tests:
            exec(test, namespace)
    except Exception:  # a candidate may fail in any way; each of them is a no
        return False
    return True


def _run(source: str, patch: str = "") -> dict[str, Any]:
    """Execute ``source``, in a kit of its own where ``patch`` changes it."""
    namespace: dict[str, Any] = {}
    held = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "kit"}
    if patch:
        for name in held:
            del sys.modules[name]
    try:
        importlib.import_module("kit")
        exec(f"{patch}\n{PREAMBLE}\n{source}", namespace)
    finally:
        if patch:
            for name in [name for name in sys.modules if name.split(".")[0] == "kit"]:
                del sys.modules[name]
            sys.modules.update(held)
    return namespace


def _draw_inputs(exercise: Exercise, rng: random.Random) -> list[object]:
    kind = FUNCTIONS[exercise.steps[0].function].phrases.takes
    return [
        _draw_subject(kind, rng),
        *(_draw_option(exercise, arg, rng) for arg in exercise.args[1:]),
    ]


def _draw_subject(kind: str, rng: random.Random) -> object:
    if kind == "N":
        return rng.randint(3, 60)
    if kind == "L":
        numbers = [rng.randint(-9, 15) for _ in range(rng.randint(6, 8))]
        return numbers + rng.sample(numbers, 2)
    words = [rng.choice(WORDS) for _ in range(rng.randint(2, 4))]
    return words if kind == "W" else " ".join(words)


def _draw_option(exercise: Exercise, variable: str, rng: random.Random) -> object:
    """A value for the parameter ``variable`` that suits the option it is passed to."""
    for step in exercise.steps:
        for option, source in step.given.items():
            if source == variable:
                return rng.choice(FUNCTIONS[step.function].phrases.values[option])
    raise ValueError(f"'{variable}' is passed to no option")


def _mutants(body: str, exercise: Exercise) -> list[str]:
    mutants = []
    for match in re.finditer(r"\b\d+\b", body):
        changed = str(int(match[0]) + 1)
        mutants.append(body[: match.start()] + changed + body[match.end() :])
    for match in re.finditer(r'"[^"]+"', body):
        mutants.append(body[: match.start()] + '"?"' + body[match.end() :])
    subject, lines = exercise.args[0], body.splitlines()
    mutants.append(f"    return {subject}\n")
    if len(lines) == 2:
        only_second = re.sub(r"\bresult\b", subject, lines[1])
        only_first = lines[0].replace("result =", "return")
        mutants += [f"{only_second}\n", f"{only_first}\n"]
    return mutants
