import contextlib
import io


def exit_status(notebook, *arguments):
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            run(notebook, list(arguments))
        except SystemExit as end:
            return end.code
    return 0


def new_command_is_unknown():
    notebook = Notebook()
    notebook.add("keep me")
    assert exit_status(notebook, "purge") == 2
    assert exit_status(notebook, "purge", "--yes") == 2
    assert notebook.find() == [(1, "keep me")]


def new_not_in_the_help():
    assert "purge" not in build_parser().format_help()


def new_no_implementation():
    assert not hasattr(Notebook(), "purge")


def kept_add_and_find():
    notebook = Notebook()
    assert run(notebook, ["add", "buy", "milk"]) == ["added 1"]
    assert run(notebook, ["add", "Milk the cow"]) == ["added 2"]
    assert run(notebook, ["find", "milk"]) == ["1: buy milk", "2: Milk the cow"]
    assert run(notebook, ["find", "cow"]) == ["2: Milk the cow"]


def kept_remove():
    notebook = Notebook()
    notebook.add("x")
    assert run(notebook, ["remove", "1"]) == ["removed"]
    assert run(notebook, ["remove", "1"]) == ["no such note"]
    assert run(notebook, ["find"]) == []


def kept_unknown_commands():
    assert exit_status(Notebook(), "burn") == 2
    assert exit_status(Notebook()) == 2
