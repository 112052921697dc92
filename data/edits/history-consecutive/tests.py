def history(*lines, size=1000):
    made = History(size)
    for line in lines:
        made.add(line)
    return made


def new_repeats_are_kept():
    assert history("ls", "ls", "cd", "ls", "ls").lines() == ["ls", "ls", "cd", "ls", "ls"]


def new_leading_space_is_kept():
    assert history(" secret", "x").lines() == [" secret", "x"]
    assert history(" a").search("a") == " a"


def new_cursor_walks_over_repeats():
    made = history("a", "a")
    assert [made.previous(), made.previous(), made.previous()] == ["a", "a", None]


def new_repeats_take_room():
    assert history("a", "b", "b", size=2).lines() == ["b", "b"]


def kept_empty_lines_are_not():
    assert history("", "   ", "\t", "a").lines() == ["a"]


def kept_size_and_cursor():
    made = history("a", "b", "c", size=2)
    assert made.lines() == ["b", "c"]
    assert [made.previous(), made.previous(), made.next(), made.next()] == ["c", "b", "c", None]
