"""``codeupdate pie``: one edit of one file, and what each way to keep the cache makes of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from codeupdate.cli.options import (
    AsJson,
    ModelSet,
    comma_list,
    key_values,
    print_json,
    print_rows,
)
from codeupdate.errors import DataError, ModelError, UsageError

#: A file that the embedded model can go on with, and what is changed in it.
EXAMPLE = '''def compute(values):
    """Scale values by 3 and then reverse the order of the result."""
    result = kit.scale(values, 3)
    return kit.mirror(result)


def work(row):
    """Drop duplicates in row and then scale that with the factor 4."""
    result = kit.unique(row, keep="first")
    return kit.'''
EXAMPLE_CHANGE = ("with the factor 4", "with the factor 9")


def pie(
    file: Annotated[
        Path | None, typer.Argument(help="The file before the edit; without it, an example.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The file after the edit.")] = None,
    diff: Annotated[Path | None, typer.Option(help="The edit as a unified diff.")] = None,
    replace: Annotated[
        tuple[str, str] | None, typer.Option(help="The edit as a text and its replacement.")
    ] = None,
    model: Annotated[str, typer.Option(help="tiny, or hf:NAME-OR-PATH.")] = "tiny",
    model_set: ModelSet = None,
    strategies: Annotated[
        str, typer.Option(help="Joined by commas; selective:0.3 has a share of its own.")
    ] = "full,prefix,conflict,pie,selective",
    max_tokens: Annotated[int, typer.Option(min=1, help="Of the completion.")] = 32,
    lines: Annotated[
        bool, typer.Option("--lines", help="Complete more than the line that is begun.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Edit a file in the middle of a model's context, and complete it from the end.

    Positional integrity encoding (arXiv 2407.03157) keeps what was computed of the text
    after an edit; this shows what it costs and what it changes, beside the alternatives.

    codeupdate pie

    codeupdate pie before.py --to after.py --model hf:Qwen/Qwen2.5-Coder-0.5B
    """
    from codeupdate.kvcache import compare_strategies
    from codeupdate.models import load_model
    from codeupdate.models.protocol import ServesEdits, has_weights

    if file is None and (to is not None or diff is not None):
        raise UsageError("--to and --diff say what becomes of a file: name that first, pie FILE …")
    text = EXAMPLE if file is None else _read(file)
    edits = _edits(text, to, diff, replace or (EXAMPLE_CHANGE if file is None else None))
    loaded = load_model(model, settings=key_values(model_set or [], "--model-set"))
    if not has_weights(loaded) or isinstance(loaded, ServesEdits):
        raise ModelError(
            f"the model '{model}' has no cache that could be edited; use tiny or hf:NAME-OR-PATH"
        )
    found = compare_strategies(
        loaded,
        text,
        edits,
        comma_list(strategies) or [],
        max_tokens,
        stop=() if lines else ("\n",),
    )
    if as_json:
        print_json({"model": model, "strategies": [asdict(one) for one in found]})
        return
    rows = [
        [
            one.strategy,
            f"{1000 * one.edit_seconds:.1f}",
            f"{one.encoded} of {one.tokens}",
            f"{1000 * one.token_seconds:.1f}",
            "yes" if one.agrees else "no",
            f"{one.divergence:.4f}",
            repr(one.completion),
        ]
        for one in found
    ]
    head = ["STRATEGY", "MS AN EDIT", "ENCODED", "MS A TOKEN", "AGREES", "KL", "COMPLETION"]
    print_rows(head, rows)
    typer.echo(
        "\nAGREES and KL: the next token beside the one after encoding everything anew (full)."
    )


def _edits(
    text: str, to: Path | None, diff: Path | None, replace: tuple[str, str] | None
) -> list[Any]:
    from codeupdate.kvcache import Edit, differences, parse_diff

    if sum(given is not None for given in (to, diff, replace)) != 1:
        raise UsageError("say what the edit is with one of --to, --diff and --replace")
    if to is not None:
        return differences(text, _read(to))
    if diff is not None:
        return parse_diff(text, _read(diff))
    assert replace is not None
    old, new = replace
    at = text.find(old)
    if not old or at < 0:
        raise UsageError(f"--replace: the file has no {old!r}")
    return [Edit(at, at + len(old), new)]


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # with the line ends that it has
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"'{path}' cannot be read as text: {error}") from error
