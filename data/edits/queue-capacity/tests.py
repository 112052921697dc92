def full_error(action, *values):
    try:
        action(*values)
    except MailboxFull:
        return True
    return False


def new_send_to_a_full_one():
    box = Mailbox(2)
    box.send("a")
    box.send("b")
    assert full_error(box.send, "c")
    assert box.drain() == ["a", "b"]
    box.send("d")
    assert len(box) == 1


def new_all_or_nothing():
    box = Mailbox(capacity=3)
    box.send("a")
    assert full_error(box.send_all, iter("xyz"))
    assert len(box) == 1
    assert box.send_all(iter("xy")) == 2
    assert box.drain() == ["a", "x", "y"]


def new_free():
    box = Mailbox(2)
    assert box.free == 2
    box.send("a")
    assert box.free == 1
    box.receive()
    assert box.free == 2
    assert Mailbox().free is None


def new_error_is_a_mailbox_error():
    box = Mailbox(1)
    box.send("a")
    try:
        box.send("b")
    except MailboxError as error:
        assert not isinstance(error, MailboxClosed)
        return
    raise AssertionError("accepted")


def new_capacity_is_checked():
    for capacity in (0, -1):
        try:
            Mailbox(capacity)
        except ValueError:
            continue
        raise AssertionError(capacity)


def kept_without_a_limit():
    box = Mailbox()
    assert box.send_all(range(1000)) == 1000
    box.send("last")
    assert len(box) == 1001
    assert box.receive() == 0


def kept_closing():
    box = Mailbox()
    box.send("a")
    box.close()
    for action in (lambda: box.send("b"), lambda: box.send_all([])):
        try:
            action()
        except MailboxClosed:
            continue
        raise AssertionError("accepted")
    assert [box.receive(), box.receive()] == ["a", None]
