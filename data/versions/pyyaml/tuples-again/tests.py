def test_tuples():
    assert read("point: !!python/tuple [1, 2]\n") == {"point": (1, 2)}


def test_nested():
    text = "- !!python/tuple\n  - a\n  - !!python/tuple []\n"
    assert read(text) == [("a", ())]


def test_plain():
    assert read("a: 1\nb: [x, null, 2.5]\n") == {"a": 1, "b": ["x", None, 2.5]}
