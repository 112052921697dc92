"""An engine's processes and weights when something goes wrong; with a sleeping process for vLLM."""

from __future__ import annotations

import multiprocessing
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from codeupdate.errors import ModelError
from codeupdate.models.vllm import serving, watchdog
from codeupdate.models.vllm.engine import Engine
from codeupdate.models.vllm.serving import Serving
from codeupdate.models.vllm.settings import VllmSettings

psutil = pytest.importorskip("psutil", reason="comes with vLLM")


class Sleeps:
    """An ``AsyncLLM`` with one process that does nothing. ``ends`` is what shutdown raises."""

    ends: BaseException | None = None

    @classmethod
    def from_vllm_config(cls, config: Any, **more: Any) -> Sleeps:
        process = multiprocessing.get_context("fork").Process(
            target=time.sleep, args=(600,), daemon=True
        )
        process.start()
        return cls()

    def shutdown(self, timeout: float) -> None:
        if self.ends:
            raise self.ends


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> type[Sleeps]:
    module: Any = ModuleType("vllm.v1.engine.async_llm")
    module.AsyncLLM = type("AsyncLLM", (Sleeps,), {})
    for name in ("vllm", "vllm.v1", "vllm.v1.engine"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    found: type[Sleeps] = module.AsyncLLM
    return found


@pytest.mark.parametrize("interrupt", [None, KeyboardInterrupt(), RuntimeError("it is dead")])
def test_closing_ends_the_processes_also_where_it_is_interrupted(
    vllm: type[Sleeps], interrupt: BaseException | None
) -> None:
    engine = Engine(None, name="vllm:x")
    processes = engine._processes
    assert [process.is_running() for process in processes] == [True]
    vllm.ends = interrupt
    if interrupt is None:
        engine.close()
    else:
        with pytest.raises(type(interrupt)):
            engine.close()
    assert not any(process.is_running() for process in processes)
    assert engine._watchdog._process.returncode is not None
    assert engine._log._file.closed


def test_an_engine_that_cannot_be_watched_is_not_left_behind(
    vllm: type[Sleeps], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **more: Any) -> Any:
        raise OSError("no more processes")

    before = children()
    monkeypatch.setattr(watchdog.subprocess, "Popen", fail)
    with pytest.raises(ModelError, match="does not start: no more processes"):
        Engine(None, name="vllm:x")
    assert children() <= before


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children()}


class Exchanging:
    """An engine of which the next exchange of weights may fail midway."""

    def __init__(self) -> None:
        self.weights = "base"
        self.fails = False

    def load_weights(self, folder: Path) -> None:
        self.weights = f"half {folder.name}" if self.fails else folder.name
        if self.fails:
            raise ModelError("the disk broke")


def test_weights_that_were_loaded_in_part_are_not_taken_for_those_of_the_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = Exchanging()
    monkeypatch.setattr(serving, "configure", lambda arguments, *, name: None)
    monkeypatch.setattr(serving, "Engine", lambda config, *, name: engine)
    model = Serving(tmp_path / "base", name="vllm:x", settings=VllmSettings())
    model.engine()
    with model.weights(tmp_path / "edited"):
        engine.fails = True
        with pytest.raises(ModelError, match="the disk broke"):
            model.engine()
        engine.fails = False
    model.engine()
    assert engine.weights == "base"
