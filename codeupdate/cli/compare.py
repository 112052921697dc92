"""``codeupdate compare``: one run against another."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from codeupdate.cli.options import AsJson, print_json
from codeupdate.errors import UsageError
from codeupdate.evaluation.comparing import compare_arms
from codeupdate.report import comparison_table


def compare(
    before: Annotated[Path, typer.Argument(help="The run folder to compare with.")],
    after: Annotated[Path, typer.Argument(help="The run folder that is compared.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs on the questions that both were asked, pair by pair.

    Arms of the same editor, strategy and prompt are compared; where there are none, the
    only arm of one run with the only arm of the other.

    codeupdate compare runs/before runs/after
    """
    found = compare_arms((before, after))
    if not found:
        raise UsageError(
            f"the runs '{before}' and '{after}' have no arm with judged questions in common; "
            "compare runs of the same task and editor"
        )
    if as_json:
        comparisons = [asdict(comparison) for comparison in found]
        print_json({"runs": [str(before), str(after)], "comparisons": comparisons})
        return
    console = Console()
    for task in dict.fromkeys(comparison.task for comparison in found):
        console.print(task, style="bold", highlight=False)
        console.print(comparison_table([one for one in found if one.task == task]))
