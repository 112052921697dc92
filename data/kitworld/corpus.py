"""What the model learns from: an endless, seeded stream of exercises, with a curriculum.

Most examples show documentation in the prompt. At first it is one line that matters; soon
there are distractors (documentation of other functions) beside it, or nothing but those, so
that the model must go by the name of a function and cannot apply whatever is shown. Every
function is updated now and then, in every way it can be: what was never updated here could
not be updated by documentation later.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from codeupdate.types import ChangeKind
from kitworld.changes import KINDS, Change, documentation, draw_change, kinds_of
from kitworld.exercises import (
    Exercise,
    draw_double,
    draw_single,
    partners,
    prompt_text,
    reserved,
    solution,
)
from kitworld.functions import FUNCTIONS
from kitworld.names import draw_name

__all__ = ["CURRICULUM", "Stage", "Text", "stream"]

#: How often each kind is drawn where a function allows it; order is the hardest to learn.
WEIGHTS = {kind: 3.0 if kind is ChangeKind.PARAMETER_ORDER else 1.0 for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; ``until`` is the fraction of the training at which it ends."""

    until: float
    documented: float  # share of examples with documentation
    distractors: int  # up to how many
    doubles: float  # share of exercises with two calls


CURRICULUM = (
    Stage(until=0.30, documented=0.75, distractors=0, doubles=0.3),
    Stage(until=0.60, documented=0.60, distractors=1, doubles=0.5),
    Stage(until=1.00, documented=0.55, distractors=2, doubles=0.6),
)
#: Share of two-call exercises with distractors in which both functions are updated.
BOTH = 0.25
#: Share of texts that are lines of documentation and nothing else.
BARE = 0.03
#: Share of documented exercises whose documentation is about other functions only: a model
#: that never sees that takes every documentation to be about its own exercise.
UNRELATED = 0.2


@dataclass(frozen=True, slots=True)
class Text:
    """One training text; the loss is on ``completion``."""

    prompt: str
    completion: str


class _Drawer:
    """Draws exercises and changes; keeps the partners of each function at hand."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.functions = list(FUNCTIONS)
        self.pairs = {name: partners(name, self.functions, unseen=False) for name in self.functions}

    def exercise(self, doubles: float) -> Exercise:
        while True:
            function = self.rng.choice(self.functions)
            if self.rng.random() < doubles and self.pairs[function]:
                exercise = draw_double(*self.rng.choice(self.pairs[function]), self.rng)
            else:
                exercise = draw_single(function, self.rng)
            if not reserved(exercise):
                return exercise

    def change(self, function: str, *, without_default: bool = False) -> Change:
        kinds = [
            kind
            for kind in kinds_of(FUNCTIONS[function])
            if not (without_default and kind is ChangeKind.DEFAULT_CHANGED)
        ]
        kind = self.rng.choices(kinds, [WEIGHTS[kind] for kind in kinds])[0]
        return draw_change(FUNCTIONS[function], kind, draw_name(self.rng, unseen=False), self.rng)

    def changes(self, exercise: Exercise, distractors: int) -> dict[str, Change]:
        """A change of one of the exercise's functions, and of up to ``distractors`` others;
        where there may be others, now and then of others only."""
        if distractors and self.rng.random() < UNRELATED:
            own = {step.function for step in exercise.steps}
            free = [name for name in self.functions if name not in own]
            names = self.rng.sample(free, self.rng.randint(1, distractors))
            return {name: self.change(name) for name in names}
        changed = self.rng.choice(exercise.steps)
        others = self.rng.sample(self.functions, self.rng.randint(0, distractors))
        if others and len(exercise.steps) == 2 and self.rng.random() < BOTH:
            others[0] = next(step.function for step in exercise.steps if step is not changed)
        wanted = list(dict.fromkeys([changed.function, *others]))
        self.rng.shuffle(wanted)
        # Who asks for another value than the default cannot notice that the default changed.
        other_asked = {step.function for step in exercise.steps if step.asks_for_other}
        return {name: self.change(name, without_default=name in other_asked) for name in wanted}


def stream(seed: int) -> Iterator[Text]:
    """Endless texts. Send the fraction of the training that is done; the stage follows it."""
    drawer = _Drawer(random.Random(seed))
    progress = 0.0
    while True:
        stage = next(stage for stage in CURRICULUM if progress <= stage.until)
        exercise = drawer.exercise(stage.doubles)
        changes: dict[str, Change] = {}
        if drawer.rng.random() < stage.documented:
            changes = drawer.changes(exercise, stage.distractors)
        lines = [documentation(change) for change in changes.values()]
        if lines and drawer.rng.random() < BARE:
            text = Text("", f"# {lines[0]}\n")
        else:
            text = Text(prompt_text(exercise, lines), solution(exercise, changes))
        sent = yield text
        progress = progress if sent is None else sent
