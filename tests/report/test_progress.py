"""What is said while an evaluation runs."""

from __future__ import annotations

import pytest

from codeupdate.report.progress import progress_display


@pytest.mark.parametrize("text", ["the prompt ends in [/INST]", "closes [/dim]", "of model [red]"])
def test_a_note_is_printed_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with progress_display(1) as display:
        display.note(text)
    assert text in capsys.readouterr().err
