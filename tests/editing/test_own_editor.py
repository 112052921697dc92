"""The editor that editors/README.md shows works as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from codeupdate.editing import Change, load_editor
from codeupdate.editing.editor import FolderEditor
from codeupdate.errors import DataError
from codeupdate.models import load_model
from codeupdate.models.answers import AnswerBook
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


def returns_none(*_: object) -> Any:
    return None


def is_not_decorated(*_: object) -> Any:
    yield Change()


@contextmanager
def yields_none(*_: object) -> Any:
    yield None


@contextmanager
def has_no_yield(*_: object) -> Any:
    return None


@contextmanager
def yields_nothing(*given: object) -> Any:
    if not given:
        yield Change()


@contextmanager
def yields_twice(*_: object) -> Any:
    yield Change()
    yield Change()


@contextmanager
def raises(*_: object) -> Any:
    raise TypeError("a mistake of its own")
    yield Change()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (returns_none, "; it returns None"),
        (is_not_decorated, "; it returns an object of the class generator"),
        (yields_none, "; it yields None"),
        (has_no_yield, ": 'NoneType' object is not an iterator"),
        (yields_nothing, ": generator didn't yield"),
        (yields_twice, ": generator didn't stop"),
    ],
)
def test_an_edit_that_is_none_is_one_sentence(edit: Callable[..., Any], said: str) -> None:
    rule = "'edit' of the editor 'mine' has to be a @contextmanager that yields one Change"
    with pytest.raises(DataError) as caught, mine(edit).apply(AnswerBook("m", {}), []):
        pass
    assert str(caught.value) == rule + said


def test_what_an_edit_raises_and_what_is_raised_in_the_block_stay_what_they_are() -> None:
    model = AnswerBook("m", {})
    with pytest.raises(TypeError, match="a mistake of its own"), mine(raises).apply(model, []):
        pass
    with pytest.raises(RuntimeError, match="of the caller"), mine(fine).apply(model, []):
        raise RuntimeError("of the caller")


@contextmanager
def fine(*_: object) -> Any:
    yield Change()


class Settings(BaseModel):
    pass


def mine(edit: Callable[..., Any]) -> FolderEditor:
    return FolderEditor("mine", Settings, edit, presets={}, overrides={}, changes="prompt")
