"""A task of which only some problems need an update, under an editor, from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codeupdate.report import sample_rows
from codeupdate.tasks.scaffold import scaffold
from tests.cli.commands import run, run_json
from tests.shared import sandbox_or_skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three problems: two need an update, the first does not."""
    sandbox_or_skip("local")
    folder = scaffold("mine", tmp_path / "root")
    rows = [json.loads(line) for line in (folder / "problems.jsonl").read_text().splitlines()]
    plain = {
        **rows[0],
        "id": "plain",
        "update": None,
        "reference": "    return max(0, min(x, 11))\n",
    }
    (folder / "problems.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in [plain, *rows])
    )
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("protocol", "when", "stage"),
    [
        ("single", "after no edit", "mine/docs/without-update"),
        ("batch", "after all edits", "mine/docs/all"),
        ("sequential", "after all edits", "mine/docs/0000/math.clamp"),
    ],
)
def test_all_arms_are_asked_all_problems(
    root: Path, tmp_path: Path, protocol: str, when: str, stage: str
) -> None:
    options = ["eval", "--task", "mine", "--include", root, "--model", "reference",
               "--editor", "none,docs", "--protocol", protocol, "--sandbox", "local"]  # fmt: skip
    said = run(*options, "--dry-run").stderr
    assert (
        f"1 of the 3 problems of 'mine' need no update; arms that edit are asked them {when}"
        in (" ".join(said.split()))
    )
    found = run_json(*options, "--output", tmp_path / "run")
    for arm in found["results"]:
        assert (arm["problems"], arm["samples"], arm["outcomes"]["passed"]) == (3, 3, 3)
        assert arm["metrics"]["pass@1"]["value"] == 1.0
        # What is not about the update has no part in what is said of it.
        assert {arm["metrics"][name]["value"] for name in ("upass@1", "adoption")} == {1.0}
    compared = {one["metric"]: one["questions"] for one in found["comparisons"]}
    assert (compared["pass@1"], compared["upass@1"]) == (3, 2)
    asked = [row for row in sample_rows(tmp_path / "run") if row["problem"] == "plain"]
    prompts = {row["stage"]: row["prompt"] for row in asked}
    assert prompts.keys() == {"mine/none/all", stage}
    assert ("math.clamp(x, low, high)" in prompts[stage]) == (protocol != "single")
