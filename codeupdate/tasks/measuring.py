"""What a task measures of an answer, checked: its ``measures`` may be anybody's code."""

from __future__ import annotations

import math
from collections.abc import Mapping

from codeupdate.errors import DataError
from codeupdate.tasks.protocol import Task
from codeupdate.types import Problem, Verdict

__all__ = ["measure"]


def measure(
    task: Task, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
) -> Mapping[str, float]:
    """What ``task`` measures of ``code``, whose checks have ended with ``verdicts``.

    Raises:
        DataError: that is no mapping, or something in it is no measure that the task declares.
    """
    values: object = task.measures(problem, code, verdicts)
    if not isinstance(values, Mapping):
        raise DataError(
            f"the task '{task.name}' measures {values!r} of problem '{problem.id}'; 'measures' "
            "returns a mapping, empty where nothing applies"
        )
    for name, value in values.items():
        number = isinstance(value, int | float) and math.isfinite(value) and value >= 0
        if not number or str(name).partition("/")[0] not in task.measured:
            raise DataError(
                f"the task '{task.name}' measures '{name}' = {value!r} of problem '{problem.id}'; "
                "a measure is a number from 0 on, and task.yaml names it under 'measures'"
            )
    return values
