"""What an evaluation is asked to do is checked once."""

from __future__ import annotations

import pytest

from codeupdate.errors import UsageError
from codeupdate.evaluation.config import run_config


@pytest.mark.parametrize("option", ["temperature", "top_p"])
@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_is_no_finite_number_is_refused(option: str, value: float) -> None:
    with pytest.raises(UsageError, match=option):
        run_config(**{option: value})
