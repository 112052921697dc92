import contextlib
import io
import json as reader

LINES = "10 a.txt\n2000 big file\n\n10 Z\n500 c\n"


def run(*arguments, text=LINES):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(list(arguments), io.StringIO(text))
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


def new_json():
    status, out, _ = run("--format", "json", "--top", "2")
    assert status == 0
    assert reader.loads(out) == {
        "total": 2500,
        "files": [{"name": "big file", "size": 2000}, {"name": "c", "size": 500}],
    }


def new_json_with_all_options():
    out = run("--format=json", "--min", "11", "--top", "5")[1]
    assert [file["name"] for file in reader.loads(out)["files"]] == ["big file", "c"]
    out = run("--format=json")[1]
    assert [file["name"] for file in reader.loads(out)["files"]] == ["big file", "c", "Z", "a.txt"]


def new_json_of_nothing():
    assert reader.loads(run("--format", "json", text="")[1]) == {"total": 0, "files": []}


def new_text_by_name():
    assert run("--format", "text", "--top", "1") == (0, "2000  big file\ntotal: 2000\n", "")


def new_errors_with_json():
    status, out, err = run("--format", "json", text="x y\n")
    assert (status, out) == (1, "")
    assert err == "disk-report: line 1: 'x y'\n"


def kept_text_is_the_default():
    assert run("--min", "500") == (0, "2000  big file\n 500  c\ntotal: 2500\n", "")


def kept_other_formats_are_refused():
    status, out, _ = run("--format", "xml")
    assert status == 2
    assert out == ""


def kept_errors():
    assert run(text="5\n") == (1, "", "disk-report: line 1: '5'\n")
