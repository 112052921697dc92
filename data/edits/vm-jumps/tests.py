COUNTDOWN = """
push 3
again:
dup
print
push 1
sub
dup
jump-if-zero end   # leave the loop
jump again
end:
print
"""


def error(kind, text, **options):
    try:
        run(text, **options)
    except kind as found:
        return str(found)
    raise AssertionError("no error")


def new_loop():
    assert run(COUNTDOWN) == [3, 2, 1, 0]


def new_jump_forward_and_to_the_end():
    assert run("jump out\npush 1\nprint\nout:") == []
    assert run("push 0\njump-if-zero a\npush 1\nprint\na:\npush 2\nprint") == [2]
    assert run("push 5\njump-if-zero a\npush 1\nprint\na:\npush 2\nprint") == [1, 2]


def new_the_value_is_taken_off():
    assert "empty" in error(MachineError, "push 0\njump-if-zero x\nx:\nprint")
    assert "empty" in error(MachineError, "jump-if-zero x\nx:")


def new_missing_and_double_labels():
    assert run("x:\njump y\ny:") == []
    assert "nowhere" in error(ProgramError, "drop\njump nowhere")
    assert "x" in error(ProgramError, "drop\nx:\nx:")


def new_limit():
    error(MachineError, "x:\njump x")
    assert run("push 1\nx:\nprint", limit=2) == [1]
    error(MachineError, "push 1\npush 2\nprint", limit=2)
    assert len(run("push 7\nprint\n" * 5000)) == 5000
    error(MachineError, "push 7\nprint\n" * 5001)


def kept_arithmetic():
    assert run("push 2\npush -5\nswap\nsub\nprint") == [-7]
    assert run("push 3\ndup\nmul # nine\nprint\n") == [9]
    assert run("") == []


def kept_errors():
    for text in ("push", "push x", "fly", "dup 1", "jump"):
        error(ProgramError, text)
    assert "empty" in error(MachineError, "push 1\nadd")
