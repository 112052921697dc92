"""Where an evaluation runs: on this machine, or on a cluster.

An engine is no part of what determines a run: one that was begun on one is continued on the
other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from codeupdate.cluster import Cluster, check_engine, open_cluster
from codeupdate.editing.protocol import Editor
from codeupdate.errors import UsageError
from codeupdate.evaluation.abreast import ArmWork, run_abreast
from codeupdate.evaluation.config import RunConfig
from codeupdate.evaluation.execution import IN_FLIGHT, Execution
from codeupdate.evaluation.serving import adapter_rank, announce_edits
from codeupdate.models.protocol import Model
from codeupdate.sandbox import NoSandbox, Sandbox, open_sandbox
from codeupdate.strategies import Strategy
from codeupdate.types import Environment

__all__ = ["Engine", "EngineOptions", "LoadedBy", "engine_options", "open_engine"]


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """``engine`` is "local", "ray" or "ray://HOST:PORT"; ``replicas`` of the model on a cluster,
    ``workers`` are programs at once (on a node)."""

    engine: str = "local"
    replicas: int | None = None
    workers: int | None = None


def engine_options(engine: str, replicas: int | None, workers: int | None) -> EngineOptions:
    """Check the options before anything is done.

    Raises:
        UsageError: there is no such engine, or it has no replicas.
        MissingExtra: it needs Ray, which is not installed.
    """
    check_engine(engine)
    if replicas is not None and engine == "local":
        raise UsageError("--replicas is for a cluster; add --engine ray")
    return EngineOptions(engine, replicas, workers)


@dataclass(frozen=True, slots=True)
class LoadedBy:
    """How an editor is loaded again elsewhere: ``load_editor(name, **settings)``."""

    name: str
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Engine:
    """A place that has been made ready.

    ``model`` is the one that answers, or one of several that are the same. ``in_flight``
    programs are enough to keep ``sandbox`` busy. ``there`` gives an editor and a strategy
    where the model is, and ``announce`` tells the model which editors there will be. ``packages``
    are those that it is computed with, where that is elsewhere. ``keeps`` says whether completions
    can be shared with other runs: what determines them is known of a model in this process only,
    and not of each (:func:`~codeupdate.evaluation.caching.kept_completions`).
    """

    model: Model
    sandbox: Sandbox
    in_flight: int
    there: Callable[[Editor, LoadedBy | None, Strategy], tuple[Editor, Strategy]]
    run: Callable[[Sequence[ArmWork], Execution], None]
    announce: Callable[[Sequence[Editor]], None]
    packages: Mapping[str, str]
    keeps: bool


@contextmanager
def open_engine(
    options: EngineOptions,
    config: RunConfig,
    *,
    model: Model | None,
    load: Callable[[], Model],
    environments: Sequence[str],
    derived: Mapping[str, Environment],
    note: Callable[[str], None],
) -> Iterator[Engine]:
    """The engine of ``options``; ``load`` gives the model where none is at hand.

    Raises:
        ModelError, SandboxUnavailable, ClusterError: see their docstrings.
    """
    if options.engine == "local":
        with _model(model, load) as here:
            sandbox = _sandbox(options, config, environments, derived, note)
            with sandbox as opened:
                yield _here(here, opened, IN_FLIGHT)
        return
    with open_cluster(
        options.engine,
        config.model if model is None else "",
        config.model_settings,
        include=config.include,
        replicas=options.replicas,
        workers=options.workers,
        note=note,
    ) as cluster:
        if not cluster.has_replicas:
            with _model(model, load) as here, _remote(cluster, config, environments, derived) as s:
                yield _here(here, s, _in_flight(s))
            return
        with cluster.replicas() as replicas:
            first = replicas.first()
            with _remote(cluster, config, environments, derived) as sandbox:

                def there(
                    editor: Editor, loaded: LoadedBy | None, strategy: Strategy
                ) -> tuple[Editor, Strategy]:
                    if loaded is None:
                        raise UsageError(
                            f"the editor '{editor.name}' is an object of this process; on a "
                            "cluster editors are loaded by name, or the model is one of this "
                            "process, too"
                        )
                    remote = cluster.editor(editor, loaded.name, loaded.settings)
                    return remote, cluster.strategy(strategy)

                def run(arms: Sequence[ArmWork], execution: Execution) -> None:
                    run_abreast(replicas, arms, execution)

                def announce(editors: Sequence[Editor]) -> None:
                    replicas.expect_adapters(adapter_rank(first.family, editors))

                yield Engine(
                    first,
                    sandbox,
                    _in_flight(sandbox),
                    there,
                    run,
                    announce,
                    packages=first.packages,
                    keeps=False,
                )


def _here(model: Model, sandbox: Sandbox, in_flight: int) -> Engine:
    """An engine whose model is in this process: one arm after the other."""

    def there(
        editor: Editor, loaded: LoadedBy | None, strategy: Strategy
    ) -> tuple[Editor, Strategy]:
        return editor, strategy

    def run(arms: Sequence[ArmWork], execution: Execution) -> None:
        for arm in arms:
            execution.listener.arm(arm.task, arm.label)
            arm.pipeline.run(model, arm.editor, arm.stages, arm.replay)

    def announce(editors: Sequence[Editor]) -> None:
        announce_edits(model, editors)

    return Engine(model, sandbox, in_flight, there, run, announce, packages={}, keeps=True)


@contextmanager
def _model(given: Model | None, load: Callable[[], Model]) -> Iterator[Model]:
    """``given``, or one that is loaded and let go again."""
    if given is not None:
        yield given
        return
    model = load()
    try:
        yield model
    finally:
        if close := getattr(model, "close", None):
            close()


def _sandbox(
    options: EngineOptions,
    config: RunConfig,
    environments: Sequence[str],
    derived: Mapping[str, Environment],
    note: Callable[[str], None],
) -> Sandbox:
    if not environments:
        return NoSandbox()
    return open_sandbox(
        config.sandbox,
        workers=options.workers or os.cpu_count() or 1,
        include=config.include,
        environments=environments,
        derived=derived,
        on_progress=note,
    )


def _remote(
    cluster: Cluster,
    config: RunConfig,
    environments: Sequence[str],
    derived: Mapping[str, Environment],
) -> Sandbox:
    if not environments:
        return NoSandbox()
    return cluster.sandbox(config.sandbox, environments, derived)


def _in_flight(sandbox: Sandbox) -> int:
    return max(IN_FLIGHT, getattr(sandbox, "capacity", 0))
