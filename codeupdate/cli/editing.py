"""``codeupdate editing``: stats, trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from codeupdate.cli.options import (
    AsJson,
    Include,
    ModelSet,
    comma_list,
    key_values,
    print_json,
    print_rows,
)
from codeupdate.editing import load_editor
from codeupdate.errors import EditError, UsageError
from codeupdate.models import load_model
from codeupdate.models.protocol import WeightedModel, has_weights
from codeupdate.tasks import load_task
from codeupdate.types import Example

app = typer.Typer(
    help="Look into a model before it is edited.\n\ncodeupdate editing stats --model tiny",
    rich_markup_mode="rich",
    add_completion=False,
    no_args_is_help=True,
)

Named = Annotated[str, typer.Option("--model", help="A model with weights: tiny, hf:PATH.")]


@app.command("stats")
def stats(
    model: Named = "tiny",
    model_set: ModelSet = None,
    editor: Annotated[
        str, typer.Option(help="Whose settings hold where nothing else is said.")
    ] = "rome",
    corpus: Annotated[
        str | None,
        typer.Option(
            help="A folder of Python, a file of JSON lines with 'text', or 'installed'.",
            show_default="the editor's",
        ),
    ] = None,
    layers: Annotated[
        str | None, typer.Option(help="As 0,1,2.", show_default="the editor's")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option(min=1, help="How many to look at.", show_default="the editor's")
    ] = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Compute the key covariance that rome, memit and alphaedit need, and keep it.

    They compute it themselves where it is missing; here it is done beforehand and looked at.

    codeupdate editing stats --model tiny --layers 0,1

    codeupdate editing stats --model hf:my-model --corpus src/ --tokens 200000 --editor memit
    """
    from codeupdate.editing.covariance import CovarianceSettings, statistics

    loaded = _weighted(model, model_set)
    preset: Mapping[str, Any] = load_editor(editor, include=include or []).settings_for(
        loaded.family
    )
    if "corpus" not in preset:
        raise UsageError(f"the editor '{editor}' needs no statistics; rome, memit, alphaedit do")
    settings = CovarianceSettings.model_validate(
        {"corpus": corpus or preset["corpus"], "tokens": tokens or preset["tokens"]}
    )
    chosen = _numbers(layers) or list(preset.get("layers") or [preset["layer"]])
    with _progress("covariance", settings.tokens) as advance:
        found = statistics(loaded, chosen, settings, advance)
    rows = [_described(layer, found.covariance[layer]) for layer in chosen]
    if as_json:
        files = {str(layer): str(file) for layer, file in found.files.items()}
        print_json(
            {"model": model, "corpus": settings.corpus, "tokens": found.tokens,
             "hash": found.depends, "layers": rows, "files": files}
        )  # fmt: skip
        return
    typer.echo(f"{found.tokens} tokens of '{settings.corpus}', kept in:")
    for file in found.files.values():
        typer.echo(f"  {file}")
    typer.echo("\nEigenvalues of the key covariance (alphaedit edits below its threshold):")
    head = ["LAYER", "WIDTH", "LEAST", "10 %", "25 %", "MEDIAN", "75 %", "LARGEST"]
    print_rows(
        head,
        [[str(r["layer"]), str(r["width"]), *(f"{v:.3g}" for v in r["eigenvalues"])] for r in rows],
    )


def _described(layer: int, covariance: Any) -> dict[str, Any]:
    import torch

    values = torch.linalg.eigvalsh(covariance)
    at = torch.tensor([0.0, 0.1, 0.25, 0.5, 0.75, 1.0], dtype=values.dtype)
    return {
        "layer": layer,
        "width": len(values),
        "eigenvalues": [float(value) for value in torch.quantile(values, at)],
    }


@app.command("trace")
def trace_command(
    task: Annotated[str, typer.Option(help="Whose updates show what to trace.")] = "kit-update",
    model: Named = "tiny",
    model_set: ModelSet = None,
    update: Annotated[
        str | None, typer.Option(help="Only this one.", show_default="all of them")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="A heat map to write: .png, .pdf or .svg.")
    ] = None,
    examples: Annotated[int, typer.Option(min=1, help="At most so many.")] = 24,
    window: Annotated[
        int | None,
        typer.Option(min=1, help="Layers whose MLPs come back together.", show_default="a fifth"),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="Draws of noise for each example.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the noise.")] = 0,
    data: Annotated[Path | None, typer.Option(help="A copy of the task's data.")] = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Find the layer that knows an API: causal tracing (ROME, arXiv 2202.05262, section 2).

    Noise on what the prompt says in words makes the model forget which API it should call;
    what one clean state gives back shows where it is known.

    codeupdate editing trace --task kit-update --picture trace.png
    """
    from codeupdate.editing.projections import blocks
    from codeupdate.editing.tracing import PLACES, trace
    from codeupdate.report.traces import check_picture, write_trace

    if picture is not None:
        check_picture(picture)  # before minutes of work
    chosen = _examples(task, update, examples, data, include or [])
    loaded = _weighted(model, model_set)
    width = window or max(1, len(blocks(loaded)) // 5)
    with _progress("tracing", len(chosen)) as advance:
        found = trace(
            loaded, chosen, window=width, samples=samples, seed=seed,
            on_example=lambda: advance(1),
        )  # fmt: skip
    if picture is not None:
        write_trace(found, model, picture)
    if as_json:
        print_json(
            {"model": model, "task": task, "update": update, "layer": found.layer,
             "places": PLACES, **asdict(found)}
        )  # fmt: skip
        return
    typer.echo(
        f"{found.examples} examples: the token that '{model}' writes now has a probability of "
        f"{found.clean:.0%}, {found.corrupted:.0%} without the words of the prompt\n"
        f"{found.passed_over} others do not hang on these words and were passed over"
    )
    for title, part in (("hidden states", found.states), ("MLPs", found.mlps)):
        typer.echo(f"\nProbability that restored {title} give back:")
        layers = [f"LAYER {layer}" for layer in range(len(part[0]))]
        rows = [
            [place, *(f"{value:.2f}" for value in row)]
            for place, row in zip(PLACES, part, strict=True)
        ]
        print_rows(["PLACE", *layers], rows)
    typer.echo(
        f"\nThe MLP with the largest effect on the last token is that of layer {found.layer}"
    )
    typer.echo("Where a fact is known is not always where it is edited best (arXiv 2301.04213).")
    if picture is not None:
        typer.echo(f"Wrote {picture}")


# --------------------------------------------------------------------- in common


def _weighted(name: str, given: Sequence[str] | None) -> WeightedModel:
    model = load_model(name, settings=key_values(given or [], "--model-set"))
    if not has_weights(model):
        raise EditError(f"the weights of '{name}' are not at hand; use tiny or hf:NAME-OR-PATH")
    return model


def _numbers(layers: str | None) -> list[int] | None:
    parts = comma_list(layers)
    if parts and not all(part.isdigit() for part in parts):
        raise UsageError(f"--layers takes whole numbers from 0 on, as 0,1,2, and not '{layers}'")
    return [int(part) for part in parts] if parts else None


def _examples(
    task: str, update: str | None, limit: int, data: Path | None, include: Sequence[Path]
) -> list[Example]:
    """Those of one update, or some of each: the first of every update, then the second."""
    updates = load_task(task, data, include).updates()
    if update is not None and update not in updates:
        raise UsageError(
            f"the task '{task}' has no update '{update}'; see 'codeupdate tasks show {task}'"
        )
    wanted = [updates[update]] if update is not None else list(updates.values())
    found = [
        one.examples[number]
        for number in range(limit)
        for one in wanted
        if number < len(one.examples)
    ]
    if not found:
        raise UsageError(
            f"the updates of the task '{task}' have no examples, in which there would be "
            "something to trace; kit-update has some"
        )
    return found[:limit]


@contextmanager
def _progress(what: str, total: int) -> Iterator[Any]:
    """A bar on stderr, where that is a terminal; it gives a function that moves it on."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)
