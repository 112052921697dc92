def lines(source):
    return [line for line in sorted_imports(source).splitlines() if line]


def test_order():
    assert lines("import sys\nimport abc\n\nx = 1\n") == ["import abc", "import sys", "x = 1"]


def test_one_by_one():
    wanted = ["from os import path", "from os import sep"]
    assert lines("from os import sep, path\n") == wanted
