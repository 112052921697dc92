import contextlib
import io


def output_of(function, *values):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            function(*values)
        except TokenError:
            pass
    return out.getvalue(), err.getvalue()


def new_silent_for_good_text():
    assert output_of(tokenize, "a = 1 + b") == ("", "")
    assert output_of(tokenize, "") == ("", "")


def new_silent_for_bad_text():
    assert output_of(tokenize, "a ? b") == ("", "")
    assert output_of(tokenize, "?")[0] == ""


def new_silent_in_names():
    assert output_of(names, "f(x, y)")[0] == ""


def kept_tokens():
    with contextlib.redirect_stdout(io.StringIO()):
        tokens = tokenize("x = 2.5*(y)  ")
    assert [(t.kind, t.text, t.column) for t in tokens][:3] == [
        ("name", "x", 1),
        ("symbol", "=", 3),
        ("number", "2.5", 5),
    ]
    assert len(tokens) == 7


def kept_warning_about_tabs():
    assert "tabs" in output_of(tokenize, "a\t+ b")[1]


def kept_error():
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            tokenize("a + #")
        except TokenError as error:
            assert "#" in str(error)
            return
    raise AssertionError("accepted")
