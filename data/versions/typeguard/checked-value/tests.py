from typing import Dict, List, Optional


def test_fits():
    assert fits([1, 2], List[int]) and fits(None, Optional[str]) and fits({"a": 1}, Dict[str, int])


def test_does_not_fit():
    assert not fits("x", int) and not fits({"a": "b"}, Dict[str, int])


def test_every_item():
    assert not fits([1, 2, "3"], List[int])
    assert fits(["1", "2"], List[str])
