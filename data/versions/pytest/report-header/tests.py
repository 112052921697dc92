import contextlib
import io
import os
import pathlib
import tempfile

import pytest as library


def header(name):
    with tempfile.TemporaryDirectory() as folder:
        start = pathlib.Path(folder, name)
        start.mkdir()
        (start / "test_it.py").write_text("def test_it():\n    pass\n")
        os.chdir(start)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            library.main(["-p", "no:cacheprovider", "--rootdir", str(start), "-s"], [SayWhere()])
        os.chdir("/")
    return said.getvalue()


def test_header():
    assert "started in here\n" in header("here")


def test_other_folder():
    assert "started in other-place\n" in header("other-place")
