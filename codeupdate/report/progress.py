"""How far an evaluation is: samples written and judged, which arm is at work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from codeupdate.evaluation.plan import Stage
from codeupdate.types import Outcome

__all__ = ["ProgressDisplay", "progress_display"]


class ProgressDisplay:
    """A ``Listener`` that draws two bars. Every arm asks for its share of ``samples``."""

    def __init__(self, progress: Progress, samples: int) -> None:
        self._progress = progress
        self._written: TaskID = progress.add_task("writing", total=samples, now="")
        self._judged: TaskID = progress.add_task("running", total=samples, now="")
        self._passed = 0
        self._seen = 0

    def note(self, text: str) -> None:
        """Something that takes a while and is neither writing nor running."""
        self._progress.console.print(text, style="dim", highlight=False, markup=False)

    def ask(self, question: str) -> bool | None:
        """A question with yes or no for an answer; anything else is neither."""
        console = self._progress.console
        if not (sys.stdin.isatty() and console.is_terminal):
            return None
        self._progress.stop()
        console.print(question, highlight=False, markup=False)
        try:
            said = console.input("yes, no, or Enter where you do not know: ").strip().lower()
        except EOFError:  # Ctrl-D
            said = ""
        self._progress.start()
        return {"y": True, "yes": True, "n": False, "no": False}.get(said)

    def arm(self, task: str, editor: str) -> None:
        self._progress.update(self._written, now=f"{task}, {editor}")

    def stage(self, stage: Stage) -> None: ...

    def held(self, sampled: int, judged: int) -> None:
        """So much of a resumed run was there already."""
        self._progress.update(self._written, advance=sampled)
        self._progress.update(self._judged, advance=judged)

    def sampled(self, count: int) -> None:
        self._progress.update(self._written, advance=count)

    def judged(self, outcome: Outcome | None) -> None:
        self._seen += 1
        self._passed += outcome is Outcome.PASSED
        self._progress.update(self._judged, advance=1)


@contextmanager
def progress_display(samples: int, *, shown: bool = True) -> Iterator[ProgressDisplay]:
    """Bars on stderr while the block runs; nothing where it is no terminal."""
    console = Console(file=sys.stderr)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}", style="dim", markup=False),
        console=console,
        disable=not shown or not console.is_terminal,
        transient=True,
    ) as progress:
        yield ProgressDisplay(progress, samples)
