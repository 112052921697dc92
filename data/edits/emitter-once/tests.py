def new_called_for_one_event_only():
    emitter, heard = Emitter(), []
    emitter.once("save", heard.append)
    emitter.emit("save", 1)
    emitter.emit("save", 2)
    assert heard == [1]
    assert emitter.count("save") == 0


def new_order_with_others():
    emitter, heard = Emitter(), []
    emitter.on("x", lambda: heard.append("a"))
    emitter.once("x", lambda: heard.append("b"))
    emitter.on("x", lambda: heard.append("c"))
    assert emitter.emit("x") == 3
    assert emitter.emit("x") == 2
    assert heard == ["a", "b", "c", "a", "c"]


def new_gone_before_it_is_called():
    emitter, heard = Emitter(), []

    def listener():
        heard.append(emitter.count("x"))
        if len(heard) < 5:
            emitter.emit("x")

    emitter.once("x", listener)
    emitter.emit("x")
    assert heard == [0]


def new_can_be_taken_off():
    emitter, heard = Emitter(), []
    emitter.once("x", heard.append)
    assert emitter.off("x", heard.append)
    assert emitter.emit("x", 1) == 0
    assert heard == []


def kept_on_and_off():
    emitter, heard = Emitter(), []
    emitter.on("x", heard.append)
    emitter.emit("x", 1)
    emitter.emit("y", 2)
    assert heard == [1]
    assert emitter.names() == ["x"]
    assert emitter.off("x", heard.append)
    assert not emitter.off("x", heard.append)
