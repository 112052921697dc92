import pytest as library


def skipped(name):
    try:
        needs_module(name)
    except library.skip.Exception as skip:
        return str(skip)
    return None


def test_missing():
    assert skipped("no_such_module_here") == "no_such_module_here is not installed"


def test_another():
    assert skipped("neither_this") == "neither_this is not installed"


def test_there():
    assert skipped("json") is None
