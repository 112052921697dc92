def test_at_the_end():
    assert without_mark(["disk (old)", "disk"]) == ["disk", "disk"]


def test_in_the_middle_and_twice():
    assert without_mark(["a (old) b (old)"]) == ["a b"]


def test_other_words_stay():
    assert without_mark(["an old disk", "x old", "y (old) z"]) == ["an old disk", "x old", "y z"]
