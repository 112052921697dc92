"""Both sandboxes, for the tests of what every sandbox owes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.types import Environment

#: Hostile programs: nothing of it is ever to be run here, whatever its name looks like.
collect_ignore = ["attacks"]

WITH_PYTEST = "with-pytest"


def with_pytest() -> Environment:
    """An environment with the packages that these tests themselves run with."""
    packages = Path(pytest.__file__).parents[1]
    return Environment(WITH_PYTEST, paths=(packages,), preload=("pytest",))


@pytest.fixture(scope="module", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if request.param == "docker":
        from codeupdate.sandbox.base_image import make_base_image
        from codeupdate.sandbox.docker import connect, require_image

        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        try:
            client = connect()
        except SandboxUnavailable as error:
            pytest.skip(str(error))
        try:
            require_image(client, version)
        except SandboxUnavailable:
            make_base_image(version)
        client.close()
    try:
        with open_sandbox(request.param, workers=1, derived={WITH_PYTEST: with_pytest()}) as opened:
            yield opened
    except SandboxUnavailable as error:
        pytest.skip(str(error))
