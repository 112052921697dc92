"""Statistics that tests compute are not kept where the user's are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEUPDATE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
