import importlib.util

import pytest


def needs_module(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(reason=f"{name} is not installed")
