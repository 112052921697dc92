"""Recorded completions beside the problems that are asked: which are missing, which are strange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from codeupdate.errors import UsageError
from codeupdate.evaluation.config import RunConfig
from codeupdate.models import Model, load_model
from codeupdate.models.answers import AnswerBook
from codeupdate.models.recordings import RecordedForm
from codeupdate.tasks import FolderTask
from codeupdate.types import Problem

__all__ = ["load_configured", "recording_notes"]

NAMED = 5  # ids in a message


def load_configured(config: RunConfig, tasks: Sequence[FolderTask]) -> Model:
    """The model of ``config``; the first of ``tasks`` says in which form answers are recorded.

    Raises:
        ModelError, DataError: see :func:`~codeupdate.models.load_model`.
    """
    fields = tasks[0].spec.recorded
    return load_model(
        config.model,
        settings=config.model_settings,
        problems=[problem for task in tasks for problem in task.problems()],
        form=RecordedForm(
            fields.problem, fields.completions, fields.text, fields.only.get(config.prompt, {})
        ),
    )


def recording_notes(
    config: RunConfig, tasks: Mapping[str, FolderTask], asked: Iterable[Problem]
) -> list[str]:
    """What a person should know of the recorded completions, before anything is run.

    Raises:
        UsageError: there are answers to problems that the tasks do not have.
        DataError: they cannot be read.
    """
    if not config.model.startswith("recorded:"):
        return []
    book = load_configured(config, list(tasks.values()))
    assert isinstance(book, AnswerBook)
    known = {problem.id for task in tasks.values() for problem in task.problems()}
    wanted = {problem.id for problem in asked}
    notes = []
    if strange := sorted(book.problems - known):
        said = f"{len(strange)} of its problems are not in the data: {_some(strange)}"
        if not config.ignore_unknown:
            raise UsageError(
                f"the answers in '{config.model}' do not fit: {said}; name the right task or data, "
                "or leave them out with --ignore-unknown"
            )
        notes.append(f"'{config.model}': {said}; these are left out")
    if missing := sorted(wanted - book.problems):
        notes.append(
            f"'{config.model}' has no answer to {len(missing)} of {len(wanted)} problems, which "
            f"count as not solved: {_some(missing)}"
        )
    return notes


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:NAMED]) + (", …" if len(ids) > NAMED else "")
