"""What several tests of evaluations need."""

from __future__ import annotations

import pytest


@pytest.fixture
def committed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is kept is committed at once, so that a run can break off between any two."""
    monkeypatch.setattr("codeupdate.evaluation.execution.ROWS", 1)
