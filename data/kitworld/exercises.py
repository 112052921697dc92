"""Exercises: a function to write, said in words, and the body that solves it with kit.

An exercise is one call, or two where the second works on the result of the first::

    # kit.take -> kit.zubo(values, count=count)         documentation, where it is shown
    def solve(xs):
        \"\"\"Take the first 3 items of xs, then reverse the result.\"\"\"
        result = kit.zubo(xs, count=3)                  the completion begins here
        return kit.reverse(result)
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kitworld.changes import Change, call
from kitworld.functions import FUNCTIONS, Function
from kitworld.splits import held_out

__all__ = [
    "Exercise",
    "Step",
    "draw_double",
    "draw_single",
    "partners",
    "prompt_text",
    "reserved",
    "solution",
]

ENTRY_POINTS = (
    "solve", "compute", "prepare", "process", "run", "helper", "convert", "apply", "work",
    "handle", "build", "answer", "transform", "step", "calculate", "produce",
)  # fmt: skip
SUBJECTS = {
    "L": ("values", "numbers", "data", "xs", "row", "scores", "ages", "prices"),
    "N": ("number", "x", "value", "year", "age"),
    "S": ("text", "line", "title", "word", "name", "s", "label"),
    "W": ("words", "names", "parts", "tokens"),
}
VARIABLES = ("n", "k", "m", "a", "b", "c")
ITEMS = (("item", "items"), ("element", "elements"), ("entry", "entries"))
JOINS = ("{A}, then {b}.", "{A} and then {b}.", "First {a}, then {b}.", "{A}. After that {b}.")
BACK_REFERENCES = ("the result", "it", "that")
RESULT = "result"  # the name of what the first of two calls returned


@dataclass(frozen=True, slots=True)
class Step:
    """One call: the function, its options as source text, and the phrase that asks for it."""

    function: str
    given: Mapping[str, str]
    phrase: str  # with {x} for what it is applied to

    @property
    def asks_for_other(self) -> bool:
        """Whether an option is given that has a default."""
        defaulted = FUNCTIONS[self.function].defaulted
        return defaulted is not None and defaulted.name in self.given


@dataclass(frozen=True, slots=True)
class Exercise:
    """One function to write. ``args`` are its parameters, the subject first."""

    name: str
    args: tuple[str, ...]
    docstring: str
    steps: tuple[Step, ...]

    @property
    def pair(self) -> str:
        return ">".join(step.function for step in self.steps)


def prompt_text(exercise: Exercise, documents: Sequence[str] = ()) -> str:
    """The prompt; each of ``documents`` is one line of documentation."""
    lines = [f"# {line}" for line in documents]
    lines += [f"def {exercise.name}({', '.join(exercise.args)}):"]
    lines += [f'    """{exercise.docstring}"""']
    return "\n".join(lines) + "\n"


def solution(exercise: Exercise, changes: Mapping[str, Change] | None = None) -> str:
    """The body of the function where ``changes`` (function → change) are in force."""
    changes = changes or {}
    lines = []
    subject = exercise.args[0]
    for step in exercise.steps:
        function = FUNCTIONS[step.function]
        lines.append("kit." + call(function, subject, step.given, changes.get(step.function)))
        subject = RESULT
    bodies = [f"    {RESULT} = {line}\n" for line in lines[:-1]] + [f"    return {lines[-1]}\n"]
    return "".join(bodies)


def reserved(exercise: Exercise) -> bool:
    """Whether it is kept for evaluation: by its pair of functions, or by its wording."""
    if len(exercise.steps) == 2:
        return held_out("pair", exercise.pair, 5)
    return held_out("prompt", f"{exercise.args} {exercise.docstring}", 8)


def partners(function: str, among: Sequence[str], *, unseen: bool) -> list[tuple[str, str]]:
    """Pairs of calls with ``function`` in either place and the other one of ``among``."""
    found = []
    for other in among:
        for first, second in ((function, other), (other, function)):
            fits = FUNCTIONS[first].phrases.gives == FUNCTIONS[second].phrases.takes
            if first != second and fits and held_out("pair", f"{first}>{second}", 5) == unseen:
                found.append((first, second))
    return found


def draw_single(function: str, rng: random.Random, **how: bool) -> Exercise:
    """One call of ``function``; for ``how`` see :func:`_draw_step`."""
    variables: list[str] = []
    step = _draw_step(FUNCTIONS[function], rng, variables, **how)
    subject = rng.choice(SUBJECTS[FUNCTIONS[function].phrases.takes])
    sentence = _capitalised(step.phrase.replace("{x}", subject)) + "."
    return Exercise(rng.choice(ENTRY_POINTS), (subject, *variables), sentence, (step,))


def draw_double(first: str, second: str, rng: random.Random, **how: bool) -> Exercise:
    """``second`` applied to what ``first`` returns; for ``how`` see :func:`_draw_step`."""
    variables: list[str] = []
    steps = tuple(
        _draw_step(FUNCTIONS[function], rng, variables, **how) for function in (first, second)
    )
    subject = rng.choice(SUBJECTS[FUNCTIONS[first].phrases.takes])
    a = steps[0].phrase.replace("{x}", subject)
    b = steps[1].phrase.replace("{x}", rng.choice(BACK_REFERENCES))
    join = rng.choice(JOINS)
    sentence = join.replace("{A}", _capitalised(a)).replace("{a}", a).replace("{b}", b)
    return Exercise(rng.choice(ENTRY_POINTS), (subject, *variables), sentence, steps)


def _draw_step(
    function: Function,
    rng: random.Random,
    variables: list[str],
    *,
    unseen_phrase: bool = False,
    default_only: bool = False,
) -> Step:
    """Draw phrase and options; options that are parameters are added to ``variables``.

    ``unseen_phrase`` asks in the words held out from training, ``default_only`` never
    asks for anything but the default of an option that has one.
    """
    phrases = function.phrases
    given = {}
    frame = phrases.unseen if unseen_phrase else rng.choice(phrases.frames)
    other = phrases.other
    may_ask_for_other = not unseen_phrase and not default_only
    if other and function.defaulted and may_ask_for_other and rng.random() < 0.35:
        frame = rng.choice(other[1])
        given[function.defaulted.name] = f'"{other[0]}"'
    for option in function.required:
        value = rng.choice(phrases.values[option.name])
        source = f'"{value}"' if isinstance(value, str) else str(value)
        if isinstance(value, int) and rng.random() < 0.2:
            source = rng.choice([name for name in VARIABLES if name not in variables])
            variables.append(source)
        given[option.name] = source
        frame = frame.replace(f"{{{option.name}}}", source)
    item, items = rng.choice(ITEMS)
    frame = re.sub(r"\bitems\b", items, re.sub(r"\bitem\b", item, frame))
    ordered = {
        option.name: given[option.name] for option in function.options if option.name in given
    }
    return Step(function.name, ordered, f"{rng.choice(phrases.verbs)} {frame}")


def _capitalised(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
