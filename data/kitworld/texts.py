"""Writes what a model of kit was trained on, as texts: ``python -m kitworld.texts``.

Editors need to know which keys a projection is asked for besides an edit. The embedded
model has seen nothing but kit, so its key covariance is taken over these texts: from the
last stage of its curriculum, of another seed, with no name and no pair of calls that is kept
for evaluation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kitworld.corpus import stream
from kitworld.tasks import write_rows

__all__ = ["main", "texts"]

SEED = 1
TEXTS = 1200  # about 55,000 tokens


def texts(seed: int, number: int) -> list[str]:
    """``number`` whole texts of the end of the training, prompt and completion."""
    drawn = stream(seed)
    next(drawn)
    return [text.prompt + text.completion for text in (drawn.send(1.0) for _ in range(number))]


def main(
    output: Annotated[Path, typer.Option(help="JSON lines to write.")],
    seed: Annotated[int, typer.Option(help="Of the stream.")] = SEED,
    number: Annotated[int, typer.Option(help="How many texts.")] = TEXTS,
) -> None:
    """Write texts like those that the embedded model was trained on."""
    write_rows(({"text": text} for text in texts(seed, number)), output)


if __name__ == "__main__":
    typer.run(main)
