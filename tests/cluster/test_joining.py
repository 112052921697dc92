"""Which engines there are, and what the page says they cost."""

from __future__ import annotations

import re
import socket
import sys
from contextlib import redirect_stdout
from io import StringIO

import pytest

from codeupdate.cluster import check_engine
from codeupdate.cluster.joining import joined
from codeupdate.errors import ClusterError, MissingExtra, UsageError
from codeupdate.evaluation.engines import EngineOptions, engine_options
from tests.shared import ROOT


@pytest.mark.parametrize("name", ["slurm", "ray:", "ray://", "ray://head", "ray://:1", "ray://a:b"])
def test_an_engine_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"known: local, ray, ray://HOST:PORT"):
        check_engine(name)


def test_the_port_of_the_ray_client_is_refused_with_the_one_that_works() -> None:
    with pytest.raises(UsageError, match=r"not supported.*ray://head:6379"):
        check_engine("ray://head:10001")


def test_a_cluster_that_is_not_there_is_one_sentence_at_once() -> None:
    pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        engine = f"ray://127.0.0.1:{free.getsockname()[1]}"
        refused = pytest.raises(ClusterError, match=r"cannot be joined.*one of its nodes")
        with refused, joined(engine, print):
            pass


def test_ray_that_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    check_engine("local")
    with pytest.raises(MissingExtra, match=r'pip install "codeupdate\[ray\]"'):
        check_engine("ray")


def test_replicas_are_for_clusters() -> None:
    assert engine_options("local", None, 3) == EngineOptions("local", None, 3)
    with pytest.raises(UsageError, match="--engine ray"):
        engine_options("local", 2, None)


def test_the_estimate_on_the_page_is_what_its_lines_compute() -> None:
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", page, re.DOTALL)
    assert found
    printed = StringIO()
    with redirect_stdout(printed):
        exec(found[1], {})
    assert printed.getvalue() == found[2]
