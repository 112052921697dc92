"""Where real benchmark data lies that tests may read and the project does not contain."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def shared_data(name: str) -> Path:
    """The file or folder ``name`` of the shared data; skips the test where there is none."""
    folder = Path(os.environ.get("CODEUPDATE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / name).exists():
        pytest.skip(f"'{name}' is not at hand; $CODEUPDATE_SHARED_DATA names its folder")
    return folder / name


def sandbox_or_skip(kind: str) -> None:
    """Skip the test where programs cannot be run in the sandbox ``kind``."""
    from codeupdate.errors import SandboxUnavailable
    from codeupdate.sandbox import open_sandbox

    try:
        with open_sandbox(kind, workers=1):
            pass
    except SandboxUnavailable as error:
        pytest.skip(str(error))
