"""Options that several commands have."""

from __future__ import annotations

import pytest

from codeupdate.cli.options import comma_list
from codeupdate.errors import UsageError


def test_names_between_commas() -> None:
    assert comma_list("a, b,") == ["a", "b"]
    assert comma_list(None) is None


@pytest.mark.parametrize("text", ["", ",", " , "])
def test_an_option_that_names_nothing_is_not_taken_for_all(text: str) -> None:
    with pytest.raises(UsageError, match="names nothing"):
        comma_list(text)
