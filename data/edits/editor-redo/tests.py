def edited():
    buffer = TextBuffer("hello")
    buffer.insert(5, " world")
    buffer.replace("hello", "bye")
    buffer.delete(0, 1)
    return buffer


def new_redo_what_was_undone():
    buffer = edited()
    for _ in range(3):
        buffer.undo()
    texts = []
    while buffer.redo():
        texts.append(buffer.text)
    assert texts == ["hello world", "bye world", "ye world"]


def new_nothing_to_redo():
    buffer = edited()
    assert buffer.redo() is False
    assert buffer.text == "ye world"
    assert TextBuffer().redo() is False


def new_edits_throw_it_away():
    buffer = edited()
    buffer.undo()
    buffer.insert(0, "-")
    assert buffer.redo() is False
    assert buffer.text == "-bye world"


def new_edits_that_do_nothing_keep_it():
    buffer = edited()
    buffer.undo()
    buffer.insert(0, "")
    buffer.delete(2, 2)
    assert buffer.replace("xyz", "") is False
    assert buffer.redo() is True
    assert buffer.text == "ye world"


def new_both_counts():
    buffer = edited()
    assert buffer.changes() == (3, 0)
    buffer.undo()
    buffer.undo()
    assert buffer.changes() == (1, 2)
    buffer.redo()
    assert buffer.changes() == (2, 1)


def new_back_and_forth():
    buffer = edited()
    for _ in range(3):
        assert buffer.undo()
        assert buffer.redo()
    assert buffer.text == "ye world"


def kept_undo():
    buffer = edited()
    texts = []
    while buffer.undo():
        texts.append(buffer.text)
    assert texts == ["bye world", "hello world", "hello"]


def kept_ranges_are_checked():
    buffer = TextBuffer("abc")
    for action in (lambda: buffer.insert(4, "x"), lambda: buffer.delete(2, 1)):
        try:
            action()
        except IndexError:
            continue
        raise AssertionError("accepted")
