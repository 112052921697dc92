"""An edited model is known by what came out of its edit, not only by what that was made of."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codeupdate.editing import Editor, load_edit, load_editor, outcome
from tests.cli.commands import ROOT, run
from tests.editing.test_contract import FIRST, QUICK
from tests.shared import sandbox_or_skip
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

HEAD = """
from contextlib import contextmanager
from pathlib import Path
import torch
from pydantic import BaseModel
from codeupdate.editing import Change
from codeupdate.editing.snapshots import restored
from codeupdate.editing.storage import write_tensors

LUCK = torch.Generator()
LUCK.seed()

class Settings(BaseModel): ...

@contextmanager
def attach(model, folder, settings):
    yield Change()

@contextmanager
def edit(model, updates, replay, settings):
    weight = next(p for name, p in model.module.named_parameters() if "down_proj" in name)
    noise = 1e-3 * torch.randn(weight.shape, generator=LUCK)
"""
#: What an editor changes → how one does so that comes to other numbers every time.
WAYS = {
    "weights": """
    with restored([weight]), torch.no_grad():
        weight += noise
        yield Change(weight.numel())
""",
    # torch does not count what is written so
    "weights behind its back": """
    with restored([weight]):
        weight.data += noise
        yield Change()
""",
    "adapter": """
    layer = torch.nn.Linear(2, 2)
    layer.weight.data.normal_(generator=LUCK)
    model.module.beside = layer
    try:
        yield Change(6)
    finally:
        del model.module.beside
""",
    "memory": """
    yield Change(noise.numel(), save=lambda folder: write_tensors(folder, {"noise": noise}))
""",
}


def lucky(folder: Path, way: str) -> Editor:
    """An editor that draws without a seed."""
    place = folder / "editors" / "lucky"
    place.mkdir(parents=True)
    changes = way.split()[0]
    (place / "editor.yaml").write_text(f"name: lucky\nsummary: Luck.\nchanges: {changes}\n")
    (place / "editor.py").write_text(HEAD + WAYS[way])
    return load_editor("lucky", include=[folder])


@pytest.mark.parametrize("way", WAYS)
def test_what_came_out_otherwise_is_another_model(tmp_path: Path, way: str) -> None:
    model, editor = small_model("llama"), lucky(tmp_path, way)
    found = set()
    for _ in range(2):
        with editor.apply(model, [FIRST]) as edited:
            found.add(edited.fingerprint)
    assert len(found) == 2


def test_a_run_does_not_go_on_with_an_edit_that_came_out_otherwise(tmp_path: Path) -> None:
    sandbox_or_skip("local")
    lucky(tmp_path, "weights")
    folder = tmp_path / "run"
    begun = run(
        "eval", "--editor", "lucky", "--include", tmp_path, "--limit-updates", "1", "--limit", "2",
        "-n", "1", "--sandbox", "local", "--output", folder,
    )  # fmt: skip
    assert begun.exit_code == 0, begun.stderr
    assert run("eval", "--resume", folder).exit_code == 0  # nothing is left to be asked
    with sqlite3.connect(folder / "run.sqlite") as store:
        for table in ("samples", "verdicts"):
            store.execute(
                f"DELETE FROM {table} WHERE problem IN (SELECT MIN(problem) FROM {table})"
            )
    result = run("eval", "--resume", folder)
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert "gave another model than when this run began; its samples cannot be mixed" in said


def test_two_processes_come_to_the_same_model() -> None:
    """On a CPU, with as many threads."""
    script = (
        "import torch; torch.set_num_threads(1)\n"
        "from codeupdate.editing import load_editor\n"
        "from tests.editing.test_contract import FIRST, QUICK\n"
        "from tests.small_models import small_model\n"
        "for name in ('lora', 'ft', 'wise'):\n"
        "    with load_editor(name, **QUICK[name]).apply(small_model('llama'), [FIRST]) as edited:\n"
        "        print(edited.fingerprint)\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert said[0] == said[1]
    assert len(set(said[0].split())) == 3


@pytest.mark.parametrize("name", ["lora", "rome"])
def test_only_what_was_changed_or_added_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    checksums = outcome.checksums

    def counting(tensors: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
        read.append(sum(tensor.numel() for tensor in tensors.values()))
        return checksums(tensors)

    monkeypatch.setattr(outcome, "checksums", counting)
    with load_editor(name, **QUICK[name]).apply(small_model("llama"), [FIRST]) as edited:
        assert read == [edited.cost.parameters]


def test_a_model_is_known_by_what_it_is_without_its_edit(tmp_path: Path) -> None:
    """Also one that nobody has asked for its fingerprint before."""
    bare = small_model("llama").fingerprint
    model = small_model("llama")
    with load_editor("ft", **QUICK["ft"]).apply(model, [FIRST]) as edited:
        assert edited.fingerprint != model.fingerprint == bare
    model = small_model("llama")
    with load_editor("lora", **QUICK["lora"]).apply(model, [FIRST]) as edited:
        assert model.fingerprint == bare
        made = edited.fingerprint
        edited.save(tmp_path)
    assert json.loads((tmp_path / "edit.json").read_text())["base"] == bare
    model = small_model("llama")
    with load_edit(model, tmp_path) as again:
        assert (again.fingerprint, model.fingerprint) == (made, bare)
