"""The supervisor's ear: reports come in pieces, from hostile processes, and are told apart."""

from __future__ import annotations

import faulthandler
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate import plugins


@pytest.fixture(scope="module")
def worker() -> Iterator[Any]:
    """Modules of the worker, which find each other as they do in the box."""
    folder = str(plugins.folder("sandbox") / "worker")
    sys.path.insert(0, folder)
    try:
        import frames
        import reports
        import vault

        yield SimpleNamespace(frames=frames, reports=reports, vault=vault)
    finally:
        sys.path.remove(folder)
        for name in ("frames", "reports", "vault", "pristine"):
            sys.modules.pop(name, None)


class Pipe:
    """The two ends, and what a vault holds of it."""

    def __init__(self, worker: Any) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self.heard = worker.reports.Reports(self.reading, worker.vault.Vault())

    def __enter__(self) -> Pipe:
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self.reading)
        os.close(self.writing)


@given(cuts=st.lists(st.integers(1, 60), max_size=20))
def test_reports_are_put_together_from_any_pieces(worker: Any, cuts: list[int]) -> None:
    data = _written(
        worker, (b"t", b"17", "passed"), (b"d", b"because", "failed"), (b"r", b"", "passed")
    )
    with Pipe(worker) as pipe:
        for cut in [*cuts, len(data)]:
            os.write(pipe.writing, data[:cut])
            data = data[cut:]
            pipe.heard.read()
        found = [pipe.heard.next() for _ in range(3)]
        assert [report.kind for report in found] == [b"t", b"d", b"r"]
        assert found[0].numbers() == [17.0]
        assert (found[1].outcome, found[1].text()) == ("failed", "because")
        assert pipe.heard.next() is None


@given(noise=st.binary(min_size=32, max_size=200))
def test_noise_is_refused_or_has_no_token(worker: Any, noise: bytes) -> None:
    token = os.urandom(16)
    with Pipe(worker) as pipe:
        os.write(pipe.writing, noise)
        try:
            pipe.heard.read()
        except ValueError:
            return
        while (report := pipe.heard.next()) is not None:
            assert report.token != token


def test_a_flood_of_reports_is_refused(worker: Any) -> None:
    one = _written(worker, (b"s", b"x" * 4000, "passed"))
    with Pipe(worker) as pipe, pytest.raises(ValueError):
        for _ in range(1 + worker.reports.MOST // len(one)):
            os.write(pipe.writing, one)
            pipe.heard.read()
            while pipe.heard.next():
                pass


def test_what_nobody_has_taken_yet_stays_in_the_pipe(worker: Any) -> None:
    """So that a flood fills no memory of ours."""
    one = _written(worker, (b"s", b"", "passed"))
    with Pipe(worker) as pipe:
        os.write(pipe.writing, one * 500)
        pipe.heard.read()
        waiting = 0
        while pipe.heard.next():
            waiting += 1
        assert waiting == worker.reports.AT_ONCE
        pipe.heard.read()
        assert pipe.heard.any()


def test_a_fork_does_not_have_the_vault(worker: Any) -> None:
    """What is in it is in no memory of a process that is forked."""
    region = worker.vault.Vault().take(64)
    region[:6] = b"secret"
    pid = os.fork()
    if not pid:
        faulthandler.disable()
        bytes(region[:6])  # there is nothing mapped: the kernel ends us here
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)


def _written(worker: Any, *said: tuple[bytes, bytes, str]) -> bytes:
    reading, writing = os.pipe()
    reporter = worker.reports.Reporter(writing)
    for kind, body, outcome in said:
        reporter.tell(kind, body, outcome)
    os.close(writing)
    data = os.read(reading, 1 << 16)
    os.close(reading)
    return data
