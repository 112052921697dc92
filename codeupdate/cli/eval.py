"""``codeupdate eval``: evaluate a model on tasks, under one or more editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from codeupdate.cli.options import MODEL_SET, comma_list, data_places, key_values
from codeupdate.errors import UsageError
from codeupdate.evaluation.config import RunConfig, run_config
from codeupdate.evaluation.engines import engine_options
from codeupdate.evaluation.evaluate import evaluate, resumed
from codeupdate.evaluation.prepare import Prepared, prepare
from codeupdate.evaluation.results import Result
from codeupdate.evaluation.store import check_unused
from codeupdate.report import check_page, results_table, write_html
from codeupdate.report.progress import progress_display

__all__ = ["eval_command"]

WHAT, HOW, WHERE, OUT = "What is evaluated", "How it is asked", "How it runs", "What comes out"


def eval_command(
    model: Annotated[
        str | None,
        typer.Option(
            help="tiny, hf:NAME-OR-PATH, vllm:NAME-OR-PATH, openai:NAME@URL (a server), recorded:PATH "
            "or reference (the tasks' own solutions).",
            show_default="tiny",
            rich_help_panel=WHAT,
        ),
    ] = None,
    model_set: Annotated[
        list[str] | None,
        typer.Option(
            help=MODEL_SET,
            rich_help_panel=WHAT,
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="One or more tasks, separated by commas; see 'codeupdate tasks list'.",
            show_default="kit-update",
            rich_help_panel=WHAT,
        ),
    ] = None,
    editor: Annotated[
        str | None,
        typer.Option(
            help="One or more arms, separated by commas: editors (see 'codeupdate editors list'), "
            "editors joined by + (lora+docs), or arms that the task defines.",
            show_default="none",
            rich_help_panel=WHAT,
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="single: one update, its problems, restore. batch: all updates at once. "
            "sequential: one after another, earlier ones tested again.",
            show_default="single",
            rich_help_panel=WHAT,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="Only the first so many problems of a task.", rich_help_panel=WHAT),
    ] = None,
    limit_updates: Annotated[
        int | None,
        typer.Option(
            help="Only the problems of so many updates, evenly spread over the task's.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    ids: Annotated[
        str | None,
        typer.Option(help="Only these problems, separated by commas.", rich_help_panel=WHAT),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="[TASK=]PATH of a copy of a task's data, or [TASK=]hub:REVISION. Repeatable.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    include: Annotated[
        list[Path] | None,
        typer.Option(
            help="A folder with tasks/, editors/ or sandbox/ of your own. Repeatable.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("-n", help="Samples a problem.", rich_help_panel=HOW),
    ] = None,
    k: Annotated[
        str | None,
        typer.Option(
            "-k",
            help="The k of pass@k, separated by commas; none above n.",
            show_default="1 and n",
            rich_help_panel=HOW,
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="0 is greedy.", rich_help_panel=HOW)
    ] = None,
    top_p: Annotated[float | None, typer.Option(help="Nucleus.", rich_help_panel=HOW)] = None,
    max_tokens: Annotated[
        int | None, typer.Option(help="New tokens a sample.", rich_help_panel=HOW)
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="direct; incremental and compositional (part by part); self-debug; consistency, "
            "consistency-with-person (ranked by tests of its own); lintseq (answers in edits); "
            "full, prefix, conflict, pie, selective (keep the cache of an edited context). "
            "Several, joined by commas, are compared.",
            show_default="direct",
            rich_help_panel=HOW,
        ),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(
            help="Which of the task's templates.", show_default="prompt", rich_help_panel=HOW
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of sampling.", show_default="0", rich_help_panel=HOW)
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="[EDITOR.]KEY=VALUE, a setting of an editor; see 'codeupdate editors show'. "
            "Repeatable.",
            rich_help_panel=HOW,
        ),
    ] = None,
    ignore_unknown: Annotated[
        bool,
        typer.Option(
            "--ignore-unknown",
            help="Leave recorded answers out whose problems the data does not have.",
            rich_help_panel=WHAT,
        ),
    ] = False,
    sandbox: Annotated[
        str | None,
        typer.Option(
            help="auto, local (own namespaces) or docker.",
            show_default="auto",
            rich_help_panel=WHERE,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Programs that run at once, on each node of a cluster.",
            show_default="cores",
            rich_help_panel=WHERE,
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="local; ray (the cluster that runs here, or one that is started) or "
            "ray://HOST:PORT of the head of a cluster that this machine belongs to.",
            rich_help_panel=WHERE,
        ),
    ] = "local",
    replicas: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Of the model, on a cluster.",
            show_default="as many as there is room for",
            rich_help_panel=WHERE,
        ),
    ] = None,
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache",
            help="Generate everything, also what an earlier run has; see 'codeupdate cache'.",
            rich_help_panel=WHERE,
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(help="Run folder, new or empty.", show_default="runs/…", rich_help_panel=OUT),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Continue the run in this folder; its options stand.", rich_help_panel=OUT
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Also write the report page to this file.", rich_help_panel=OUT),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout.", rich_help_panel=OUT)
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what would be done, and do nothing.", rich_help_panel=OUT
        ),
    ] = False,
) -> None:
    """Evaluate a model on tasks, under one or more ways of bringing it up to date.

    codeupdate eval --editor none,docs,lora --limit-updates 6

    codeupdate eval --model reference --task humaneval --data HumanEval.jsonl.gz

    codeupdate eval --model hf:org/name --task codeupdatearena --data arena.jsonl \\
        --editor base,prepend,ft-u
    """
    given: dict[str, Any] = {
        "model": model,
        "model_settings": key_values(model_set, "--model-set") if model_set else None,
        "tasks": comma_list(task),
        "editors": comma_list(editor),
        "protocol": protocol,
        "limit": limit,
        "limit_updates": limit_updates,
        "ids": comma_list(ids),
        "data": data_places(data, comma_list(task) or ["kit-update"]) if data else None,
        "include": include or None,
        "ignore_unknown": ignore_unknown or None,
        "n": n,
        "k": _numbers(k),
        "temperature": temperature,
        "top_p": top_p,
        "max_tokens": max_tokens,
        "strategies": comma_list(strategy),
        "prompt": prompt,
        "seed": seed,
        "settings": key_values(set_, "--set") if set_ else None,
        "sandbox": sandbox,
    }
    config = _config({name: value for name, value in given.items() if value is not None}, resume)
    if resume and output:
        raise UsageError("--resume continues in its own folder; leave --output out")
    if output:
        check_unused(output)
    where = engine_options(engine, replicas, workers)
    prepared = prepare(config)
    console = Console(stderr=True, soft_wrap=True)
    for note in prepared.notes:
        console.print(f"note: {note}", style="yellow", highlight=False, markup=False)
    if dry_run:
        _show_plan(prepared, as_json)
        return
    if html:
        check_page(html)  # before hours of work
    with progress_display(prepared.samples) as display:
        result = evaluate(
            prepared,
            listener=display,
            engine=where,
            output=output,
            resume=resume,
            cache=not no_cache,
        )
    _show_result(result, html, as_json)  # also where the page then cannot be written
    if html:
        write_html(result, html)
        if not as_json:
            typer.echo(f"Report:     {html}")
    if result.failures or result.unknown:
        raise typer.Exit(1)


def _config(given: dict[str, Any], resume: Path | None) -> RunConfig:
    if resume is None:
        return run_config(**given)
    if stray := [name for name in given if name not in {"sandbox", "include"}]:
        raise UsageError(
            f"--resume continues with the options that the run began with; leave out: "
            f"{', '.join(stray)}"
        )
    return run_config(**{**resumed(resume).model_dump(), **given})


def _show_plan(prepared: Prepared, as_json: bool) -> None:
    config, environments = prepared.config, sorted(prepared.environments)
    arms = [
        {
            "task": arm.task,
            "editor": arm.arm.editor,
            "edits": sum(bool(stage.updates) for stage in arm.stages),
            "questions": sum(len(stage.questions) for stage in arm.stages),
            "n": arm.sampling.n,
            "samples": arm.samples,
            "temperature": arm.sampling.temperature,
        }
        for arm in prepared.arms
    ]
    if as_json:
        plan = {"model": config.model, "samples": prepared.samples, "k": list(prepared.k)}
        typer.echo(json.dumps({**plan, "environments": environments, "arms": arms}))
        return
    typer.echo(f"{config.model}: {prepared.samples} samples; nothing is run (--dry-run)")
    for arm in arms:
        typer.echo(
            "  {task}, {editor}: {edits} edits, {questions} questions × {n} = {samples} samples "
            "at temperature {temperature}".format(**arm)
        )
    typer.echo(f"environments: {', '.join(environments)}")


def _show_result(result: Result, html: Path | None, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result.to_json(), default=str))
        return
    Console().print(results_table(result))
    typer.echo(f"\nRun folder: {result.run}")
    if not html:
        typer.echo(f"Next:       codeupdate report {result.run} --html report.html")


# ----------------------------------------------------------------- forms of options


def _numbers(text: str | None) -> list[int] | None:
    try:
        return [int(part) for part in comma_list(text) or []] or None
    except ValueError:
        raise UsageError(f"-k takes whole numbers separated by commas, not '{text}'") from None
