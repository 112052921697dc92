"""What notebooks and scripts use: ``import codeupdate as cu``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codeupdate.editing import Editor, load_edit, load_editor
from codeupdate.errors import UsageError
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.engines import engine_options
from codeupdate.evaluation.evaluate import evaluate as run_evaluation
from codeupdate.evaluation.prepare import prepare
from codeupdate.evaluation.results import Result, read_result
from codeupdate.kvcache import EditSession
from codeupdate.models import Model, load_model
from codeupdate.tasks import load_task

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import RenderableType

__all__ = [
    "EditSession",
    "Evaluation",
    "evaluate",
    "load_edit",
    "load_editor",
    "load_model",
    "load_task",
    "read",
]


class Evaluation:
    """A finished run: its numbers and ways to look at them."""

    def __init__(self, result: Result) -> None:
        self.result = result

    @property
    def run(self) -> Path:
        """The run folder."""
        return self.result.run

    def table(self) -> RenderableType:
        """The comparison table; a notebook shows it, ``rich.print`` prints it."""
        from codeupdate.report import results_table

        return results_table(self.result)

    def plot(self) -> Figure:
        """The plots of the report.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from codeupdate.report import plot

        return plot(self.result)

    def to_pandas(self) -> pd.DataFrame:
        """A row per task, arm and metric.

        Raises:
            MissingExtra: pandas is not installed.
        """
        from codeupdate.report import to_pandas

        return to_pandas(self.result)

    def to_dataset(self) -> datasets.Dataset:
        """A row per sample; ``codeupdate export --format datasets`` writes the same.

        Raises:
            MissingExtra: datasets is not installed.
        """
        from codeupdate.report import to_dataset

        return to_dataset(self.run)

    def to_html(self, path: Path | str) -> None:
        """Write the report page."""
        from codeupdate.report import write_html

        write_html(self.result, Path(path))


def read(run: Path | str) -> Evaluation:
    """The run in a folder, finished or not.

    Raises:
        StoreError: there is no run in it.
    """
    return Evaluation(read_result(Path(run)))


def evaluate(
    model: str | Model = "tiny",
    tasks: str | Sequence[str] = "kit-update",
    *,
    editor: str | Editor | Sequence[str | Editor] = "none",
    strategy: str | Sequence[str] = "direct",
    data: str | Path | Mapping[str, str | Path] | None = None,
    sandbox: str = "auto",
    workers: int | None = None,
    engine: str = "local",
    replicas: int | None = None,
    output: Path | str | None = None,
    progress: bool = True,
    cache: bool | None = None,
    **options: Any,
) -> Evaluation:
    """Evaluate ``model`` on ``tasks`` under every ``editor`` and ``strategy``.

    ``options`` are the fields of :class:`~codeupdate.evaluation.config.RunConfig`:
    ``limit``, ``n``, ``k``, ``protocol``, ``temperature``, …; ``engine``, ``replicas`` and
    ``workers`` say where it runs, as the options of ``codeupdate eval`` do. ``cache``: whether
    completions that earlier runs have kept are taken; by default where ``model`` is a name,
    because nothing else says that the weights of an object were not changed by hand.

    Raises:
        CodeUpdateError: see the tree in :mod:`codeupdate.errors`.
    """
    from codeupdate.report.progress import progress_display

    names = (tasks,) if isinstance(tasks, str) else tuple(tasks)
    given = [editor] if isinstance(editor, str) or not isinstance(editor, Sequence) else editor
    objects = {one.name: one for one in given if not isinstance(one, str)}
    if data is not None and not isinstance(data, Mapping):
        if len(names) > 1:
            raise UsageError("with several tasks, data has to be a mapping of task to path")
        data = {names[0]: data}
    config = run_config(
        model=model if isinstance(model, str) else model.name,
        tasks=names,
        editors=tuple(one if isinstance(one, str) else one.name for one in given),
        data={name: str(path) for name, path in (data or {}).items()},
        strategies=(strategy,) if isinstance(strategy, str) else tuple(strategy),
        sandbox=sandbox,
        **options,
    )
    held = None if isinstance(model, str) else model
    prepared = prepare(config, model=held, editors=objects)
    with progress_display(prepared.samples, shown=progress) as display:
        result = run_evaluation(
            prepared,
            listener=display,
            engine=engine_options(engine, replicas, workers),
            output=Path(output) if output else None,
            model=held,
            cache=held is None if cache is None else cache,
        )
    return Evaluation(result)
