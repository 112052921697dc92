def todo(*entries):
    made = TodoList()
    for text, priority in entries:
        made.add(text, priority=priority)
    return made


def new_priority_is_kept():
    made = TodoList()
    assert made.add("a", priority=2).priority == 2
    assert made.add("b").priority == 3


def new_urgent_first():
    made = todo(("a", 3), ("b", 5), ("c", 1), ("d", 3), ("e", 1))
    assert [task.text for task in made.pending()] == ["c", "e", "a", "d", "b"]


def new_mark():
    made = todo(("a", 1), ("b", 2))
    assert [task.format() for task in made.all()] == ["[ ]! 1 a", "[ ] 2 b"]
    made.finish(1)
    assert made.all()[0].format() == "[x]! 1 a"


def new_overview():
    made = todo(("a", 4), ("call mum", 1), ("c", 3))
    made.finish(3)
    assert overview(made) == ["[ ]! 2 call mum", "[ ] 1 a", "1 of 3 done"]


def new_only_1_to_5():
    made = TodoList()
    for priority in (0, 6, -1):
        try:
            made.add("a", priority=priority)
        except ValueError:
            continue
        raise AssertionError(priority)
    assert made.all() == []


def kept_without_priorities():
    made = TodoList()
    for text in ("b", " a  c ", "d"):
        made.add(text)
    made.finish(1)
    assert [task.text for task in made.pending()] == ["a c", "d"]
    assert overview(made) == ["[ ] 2 a c", "[ ] 3 d", "1 of 3 done"]


def kept_order_of_all_and_errors():
    made = TodoList()
    made.add("x")
    made.add("y")
    assert [task.number for task in made.all()] == [1, 2]
    try:
        made.add("  ")
    except ValueError:
        pass
    else:
        raise AssertionError("accepted")
    try:
        made.finish(9)
    except KeyError:
        return
    raise AssertionError("accepted")
