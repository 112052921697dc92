"""The driver's side of replicas, without a cluster: what it does when they die or are elsewhere."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codeupdate.cluster import cluster, joining, open_cluster
from codeupdate.cluster.placement import Node, Placement
from codeupdate.cluster.replicas import Replicas, _Started
from codeupdate.errors import ModelError, ModelLost

TWO = Placement(replicas=2, gpus=1, nodes=(), executors={})


class Dying(Replicas):
    """Replicas of which the first ``deaths`` die while they load."""

    def __init__(self, deaths: int, notes: list[str]) -> None:
        super().__init__("hf:org/name", {}, TWO, notes.append)
        self.deaths = deaths
        self.begun = 0
        self.killed: list[Any] = []

    def _start(self, node: str | None, cpus: int) -> _Started:
        self.begun += 1
        assert self.begun < 100, "it is begun again for ever"
        return _Started(self.begun, self.begun, self.begun)

    def _end(self, started: _Started) -> None:
        self.killed.append(started.actor)

    def _model(self, started: _Started) -> Any:
        if started.actor <= self.deaths:
            raise ModelLost(f"its process on 'n' is gone: death {started.actor}")
        return started.actor


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """As much of Ray as waits for one that has loaded, or died of it."""

    def wait(calls: Sequence[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        return list(calls)[:1], list(calls)[1:]

    found = SimpleNamespace(wait=wait)
    monkeypatch.setitem(sys.modules, "ray", found)
    return found


def test_a_replica_that_dies_while_it_loads_is_replaced(ray: SimpleNamespace) -> None:
    notes: list[str] = []
    with Dying(5, notes) as replicas:
        assert replicas.first() == 6  # type: ignore[comparison-overlap]
        assert replicas.killed == [1, 2, 3, 4, 5]
    assert len(notes) == 5


def test_a_model_that_dies_whenever_it_loads_ends_the_run(ray: SimpleNamespace) -> None:
    with (
        Dying(1000, []) as replicas,
        pytest.raises(
            ModelError,
            match=r"^the model 'hf:org/name' was lost 6 times while it was loaded, the last time "
            r"because its process on 'n' is gone: death 6; .* --replicas$",
        ),
    ):
        replicas.first()
    assert replicas.begun == 7  # two at first, and one for each that was lost but the last


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[str, Path | None]]:
    """The name that replicas load a model by, and the folder that nodes are asked for."""
    seen: list[Path | None] = []

    @contextmanager
    def joined(engine: str, note: Any) -> Iterator[None]:
        yield

    monkeypatch.setattr(cluster, "joined", joined)
    monkeypatch.setattr(cluster, "nodes", lambda: [Node("a", "a", 8, 1), Node("b", "b", 8, 0)])
    monkeypatch.setattr(cluster, "inspect", lambda nodes, folders, model: seen.append(model))

    def of(model: str) -> tuple[str, Path | None]:
        with open_cluster(
            "ray", model, {}, include=(), replicas=None, workers=None, note=lambda _: None
        ) as opened:
            return opened.model, seen.pop()

    return of


def test_a_folder_is_loaded_where_it_was_looked_for(
    planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica works in another folder than the driver: a relative one would be another there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "mine").mkdir(parents=True)
    folder = tmp_path / "models" / "mine"
    assert planned("hf:./models/mine") == (f"hf:{folder}", folder)
    assert planned("vllm:models/mine") == (f"vllm:{folder}", folder)
    assert planned(f"hf:{folder}") == (f"hf:{folder}", folder)


@pytest.mark.parametrize("model", ["tiny", "hf:org/name", "openai:./name@http://host/v1", ""])
def test_what_is_no_folder_keeps_its_name(planned: Any, model: str) -> None:
    assert planned(model) == (model, None)


def test_ray_does_not_take_sigterm_from_who_answers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**settings: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ray does where it starts nodes

    fake = SimpleNamespace(init=init, is_initialized=lambda: False, shutdown=lambda: None)
    worker = SimpleNamespace(print_to_stdstream=print)
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setitem(sys.modules, "ray._private", SimpleNamespace(worker=worker))
    own = lambda *_: None  # noqa: E731
    before = signal.signal(signal.SIGTERM, own)
    try:
        with joining.joined("ray", print):
            assert signal.getsignal(signal.SIGTERM) is own
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with joining.joined("ray", print):  # nobody does: then Ray's own is better than none
            assert signal.getsignal(signal.SIGTERM) not in {own, signal.SIG_DFL}
    finally:
        signal.signal(signal.SIGTERM, before)
