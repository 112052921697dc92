"""Models by name: what is no name is a sentence."""

from __future__ import annotations

import re
from typing import Any

import pytest

from codeupdate.errors import UsageError
from codeupdate.models import load_model


@pytest.mark.parametrize("name", [None, 7, b"tiny"])
def test_what_is_no_text_names_no_model(name: Any) -> None:
    said = f"loaded by its name, as 'tiny' or 'hf:PATH', and not {name!r}"
    with pytest.raises(UsageError, match=re.escape(said)):
        load_model(name)
