"""Several models at once give what one gives, also when they are lost on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import ModelError, ModelLost
from codeupdate.evaluation import abreast
from codeupdate.evaluation.abreast import ArmWork, run_abreast
from codeupdate.evaluation.execution import Execution
from codeupdate.evaluation.pipeline import Pipeline
from codeupdate.evaluation.plan import Subject, plan_stages
from codeupdate.evaluation.store import Store
from codeupdate.models.answers import reference
from codeupdate.strategies import load_strategy
from codeupdate.tasks import load_task
from codeupdate.types import EditCost, Prompt, Sample, Sampling
from tests.evaluation.test_pipeline import (  # noqa: F401
    Counter,
    NoEditor,
    PlainProcesses,
    Silent,
    StopsAfter,
    result,
    root,
)


class Replica:
    """The task's own solutions, two questions at a time; lost after ``life`` of these."""

    name = "replica"
    fingerprint = "replica"

    def __init__(self, solutions: Any, life: int, served: list[int]) -> None:
        self._solutions = solutions
        self._life = life
        self._served = served

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        samples = [s for batch in self._solutions.batches(prompts, sampling) for s in batch]
        for start in range(0, len(prompts), 2):
            if self._life == 0:
                raise ModelLost("its node burns")
            self._life -= 1
            self._served.append(threading.get_ident())
            yield tuple(s for s in samples if start <= s.prompt < start + 2)


class Replicas:
    """``count`` replicas; ``lives`` are those of the first ones, all others live for ever."""

    def __init__(self, solutions: Any, count: int, lives: Sequence[int] = ()) -> None:
        self.count = count
        self.served: list[int] = []
        self.opened = 0
        self._solutions = solutions
        self._lives = [*lives]
        self._lock = threading.Lock()
        self._enough = threading.Event()

    @contextmanager
    def one(self) -> Iterator[Replica]:
        with self._lock:
            life = self._lives.pop(0) if self._lives else -1
            self.opened += 1
        yield Replica(self._solutions, life, self.served)

    def enough(self) -> None:
        self._enough.set()

    def stop(self) -> None:
        self._enough.set()


class Teaches:
    """An editor whose edits cost a second and change nothing."""

    name = "teaches"

    def settings_for(self, family: str) -> dict[str, object]:
        return {}

    @contextmanager
    def apply(self, model: Any, updates: Any, replay: Any = ()) -> Iterator[Any]:
        class Edited:
            fingerprint = "taught"
            cost = EditCost(1.0, 0, 0, 0)
            batches = staticmethod(model.batches)

            @staticmethod
            def documents(query: str) -> tuple[()]:
                return ()

        yield Edited()


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage of six questions is shared out, too."""
    monkeypatch.setattr(abreast, "LEAST", 2)


def run(
    plugins: Path, store: Store, listener: Silent, count: int, lives: Sequence[int] = ()
) -> Any:
    task = load_task("sums", include=[plugins])
    subject = Subject(task.problems(), task.updates())
    replicas = Replicas(reference(task.problems()), count, lives)
    with PlainProcesses() as sandbox:
        execution = Execution(tasks={"sums": task}, sandbox=sandbox, store=store, listener=listener)
        arms = [
            ArmWork(
                task="sums",
                label=name,
                pipeline=Pipeline(
                    prompt="prompt",
                    strategy=load_strategy("direct"),
                    sampling=Sampling(n=2),
                    execution=execution,
                ),
                editor=editor,
                stages=plan_stages(name, subject, protocol="single", edits=name == "taught"),
                replay=(),
            )
            for name, editor in (("none", NoEditor()), ("taught", Teaches()))
        ]
        run_abreast(replicas, arms, execution)
    return replicas


@pytest.fixture
def alone(root: Path, tmp_path: Path) -> list[tuple[Any, ...]]:  # noqa: F811
    with Store.create(tmp_path / "alone", {}) as store:
        run(root, store, Silent(), 1)
        found = result(store)
    assert len(found) == 24
    return found


def test_every_model_is_used_and_the_results_are_the_same(
    root: Path,  # noqa: F811
    tmp_path: Path,
    alone: list[tuple[Any, ...]],
) -> None:
    listener = Counter()
    with Store.create(tmp_path / "run", {}) as store:
        replicas = run(root, store, listener, 3)
        assert result(store) == alone
    assert listener.count == 24
    assert len(replicas.served) == 6  # two questions at a time, in both arms
    assert replicas.opened == 3


@pytest.mark.parametrize("lives", [(0,), (1,), (0, 0, 1), (1, 1)])
def test_a_lost_model_loses_and_doubles_nothing(
    root: Path,  # noqa: F811
    tmp_path: Path,
    alone: list[tuple[Any, ...]],
    lives: tuple[int, ...],
) -> None:
    listener = Counter()
    with Store.create(tmp_path / "run", {}) as store:
        replicas = run(root, store, listener, 2, lives)
        assert result(store) == alone
    assert listener.count == 24
    assert replicas.opened > 2 or len(replicas.served) == 6


def test_models_that_are_lost_again_and_again_end_the_run_and_it_can_be_continued(
    root: Path,  # noqa: F811
    tmp_path: Path,
    alone: list[tuple[Any, ...]],
) -> None:
    folder = tmp_path / "run"
    with (
        Store.create(folder, {}) as store,
        pytest.raises(ModelError, match=r"lost again and again at 'none/all'.*burns.*--resume"),
    ):
        run(root, store, Silent(), 1, [1, 0, 0, 0, 0])
    with Store.open(folder) as store:
        assert 0 < len(result(store)) < 24
        run(root, store, Silent(), 2)
        assert result(store) == alone
        assert run(root, store, Silent(), 2).opened == 0  # nothing is left to ask


@pytest.mark.parametrize(("event", "count"), [("sampled", 1), ("sampled", 2), ("judged", 5)])
@pytest.mark.usefixtures("committed_at_once")
def test_a_run_that_is_broken_off_ends_every_thread_and_goes_on_from_there(
    root: Path,  # noqa: F811
    tmp_path: Path,
    alone: list[tuple[Any, ...]],
    event: str,
    count: int,
) -> None:
    folder, before = tmp_path / "run", threading.active_count()
    with Store.create(folder, {}) as store, pytest.raises(KeyboardInterrupt):
        run(root, store, StopsAfter(event, count), 2)
    assert threading.active_count() == before
    with Store.open(folder) as store:
        run(root, store, Silent(), 1)
        assert result(store) == alone
