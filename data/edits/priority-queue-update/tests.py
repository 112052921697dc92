def queue_of(**priorities):
    queue = WorkQueue()
    for name, priority in priorities.items():
        queue.add(name, priority)
    return queue


def drained(queue):
    return [queue.pop() for _ in range(len(queue))]


def new_forward_and_back():
    queue = queue_of(a=1, b=2, c=3)
    queue.reprioritize("c", 0)
    queue.reprioritize("a", 9)
    assert queue.priority_of("a") == 9
    assert len(queue) == 3
    assert drained(queue) == ["c", "b", "a"]


def new_behind_its_equals():
    queue = queue_of(a=1, b=5, c=5)
    queue.reprioritize("a", 5)
    assert drained(queue) == ["b", "c", "a"]


def new_same_priority_again_goes_behind():
    queue = queue_of(a=5, b=5)
    queue.reprioritize("a", 5)
    assert drained(queue) == ["b", "a"]


def new_comes_out_once():
    queue = queue_of(a=3)
    for priority in (2, 7, 1):
        queue.reprioritize("a", priority)
    assert drained(queue) == ["a"]
    try:
        queue.pop()
    except IndexError:
        return
    raise AssertionError("came out twice")


def new_only_what_is_waiting():
    queue = queue_of(a=1, b=2)
    queue.pop()
    queue.cancel("b")
    for name in ("a", "b", "never"):
        try:
            queue.reprioritize(name, 1)
        except KeyError:
            continue
        raise AssertionError(name)
    assert len(queue) == 0


def kept_first_come_first_served():
    queue = queue_of(a=5, b=1, c=5)
    queue.cancel("b")
    queue.add("b", 5)
    assert drained(queue) == ["a", "c", "b"]
