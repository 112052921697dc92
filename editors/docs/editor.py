"""Documentation in the prompt: every update in force is shown with every question.

How a document looks is the task's matter: its template places ``documents``. A prompt
that no longer fits into the context is an error and never cut off: a truncated document
would measure something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict

from codeupdate.editing import Change
from codeupdate.models.protocol import Model
from codeupdate.types import Example, Update


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@contextmanager
def edit(
    model: Model, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    shown = tuple(updates)
    yield Change(documents=lambda query: shown)
