def new_old_names_are_gone():
    for name in ("pushItem", "popItem", "isEmpty", "topItem"):
        assert not hasattr(Stack, name), name
        assert not hasattr(Stack([1]), name), name


def new_helper_is_gone():
    assert "_renamed" not in globals()
    assert "warnings" not in globals()


def kept_push_and_pop():
    stack = Stack()
    stack.push("a")
    stack.push("b")
    assert stack.top() == "b"
    assert stack.pop() == "b"
    assert len(stack) == 1
    assert stack.highest == 2


def kept_empty():
    stack = Stack([1])
    assert not stack.is_empty()
    stack.pop()
    assert stack.is_empty()
    for action in (stack.pop, stack.top):
        try:
            action()
        except IndexError:
            continue
        raise AssertionError("no IndexError")
