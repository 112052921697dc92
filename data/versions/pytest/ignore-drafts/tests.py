import contextlib
import io
import pathlib
import tempfile

import pytest as library


def passed(*names):
    """The names of the test files that were run."""
    ran = []

    class Record:
        def pytest_runtest_logreport(self, report):
            if report.when == "call" and report.passed:
                ran.append(report.nodeid.partition("::")[0].rpartition("/")[2])

    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            pathlib.Path(folder, name).write_text("def test_it():\n    pass\n")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            options = ["-p", "no:cacheprovider", "--rootdir", folder, "-s", "-q", folder]
            library.main(options, plugins=[IgnoreDrafts(), Record()])
    return sorted(ran)


def test_drafts_are_ignored():
    assert passed("test_a.py", "test_b_draft.py") == ["test_a.py"]


def test_others_are_not():
    assert passed("test_draft_x.py", "test_y.py") == ["test_draft_x.py", "test_y.py"]
