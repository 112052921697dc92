def new_numbers_count_as_numbers():
    assert sort_names(["file10", "file2", "file1"]) == ["file1", "file2", "file10"]


def new_several_numbers():
    names = ["v1.10.2", "v1.9.30", "v1.9.4", "v1.10"]
    assert sort_names(names) == ["v1.9.4", "v1.9.30", "v1.10", "v1.10.2"]


def new_at_the_start():
    assert sort_names(["10 b", "9 a", "a9", "a10", "b"]) == ["9 a", "10 b", "a9", "a10", "b"]


def new_leading_zeros():
    assert sort_names(["a2", "a01", "a1", "a10"]) == ["a01", "a1", "a2", "a10"]


def new_everywhere():
    assert by_extension(["x10.py", "x9.py", ".git"]) == {"py": ["x9.py", "x10.py"]}
    assert columns(["b10", "b9"], 20) == ["b9  b10"]


def kept_case_does_not_matter_at_first():
    assert sort_names(["b", "A", "a", "B"]) == ["A", "a", "B", "b"]


def kept_mixed_beginnings():
    assert sort_names(["x", "1", ""]) == ["", "1", "x"]


def kept_columns():
    assert columns(["aa", "bb", "cc", ".d"], 6) == ["aa  bb", "cc"]
    assert columns([], 6) == []
