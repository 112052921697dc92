"""The editor that editors/README.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codeupdate.editing import load_editor
from codeupdate.models import load_model
from codeupdate.tasks import load_task

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("transformers", reason="needs the extra 'transformers'")

CARD = Path(__file__).parents[2] / "editors" / "README.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to include, with the editor of the card."""
    blocks = dict(re.findall(r"```(yaml|python)\n(.*?)```", CARD.read_text(), re.DOTALL))
    place = tmp_path / "editors" / "gains"
    place.mkdir(parents=True)
    (place / "editor.yaml").write_text(blocks["yaml"])
    (place / "editor.py").write_text(blocks["python"])
    return tmp_path


def test_it_edits_saves_and_puts_back(folder: Path, tmp_path: Path) -> None:
    model = load_model("tiny")
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    updates = [next(iter(load_task("kit-update").updates().values()))]
    editor = load_editor("gains", include=[folder], max_steps=2)
    with editor.apply(model, updates) as edited:
        changed = {n for n, v in model.module.state_dict().items() if not torch.equal(v, before[n])}
        assert changed and all("norm" in name for name in changed)
        assert edited.cost.parameters == sum(v.numel() for n, v in before.items() if "norm" in n)
        edited.save(str(tmp_path / "saved"))  # as a notebook names a folder
        answer = edited.generate(["def solve(xs):\n"])
        fingerprint = edited.fingerprint
    assert all(torch.equal(v, before[n]) for n, v in model.module.state_dict().items())
    assert fingerprint != model.fingerprint
    assert load_model(f"hf:{tmp_path / 'saved'}").generate(["def solve(xs):\n"]) == answer
