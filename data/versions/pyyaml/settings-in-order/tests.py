def test_order():
    assert write({"b": {"z": 1, "a": 2}, "a": 3}) == "b: {z: 1, a: 2}\na: 3\n"


def test_lists():
    assert write({"size": [3, 2], "deep": [[1], 2]}) == "size: [3, 2]\ndeep:\n- [1]\n- 2\n"


def test_blocks():
    assert write({"x": {"n": {"k": "v"}, "m": 1}}) == "x:\n  n: {k: v}\n  m: 1\n"
