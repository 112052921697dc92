"""Edits on disk, and what is said of folders that hold none."""

from __future__ import annotations

from pathlib import Path

import pytest

import codeupdate as cu
from codeupdate.editing import load_editor
from codeupdate.errors import EditError, UsageError
from codeupdate.models.answers import AnswerBook
from tests.editing.test_contract import FIRST, QUICK, SECOND, answers, same, state
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")


def test_nested_adapters_come_back_and_go_again(tmp_path: Path) -> None:
    model = small_model("llama")
    before, editor = state(model), load_editor("lora", **QUICK["lora"])
    with editor.apply(model, [FIRST]) as once, editor.apply(once, [SECOND]) as twice:
        heard, fingerprint = answers(twice), twice.fingerprint
        twice.save(tmp_path / "both")
    with cu.load_edit(model, tmp_path / "both") as again:
        assert answers(again) == heard
        assert again.fingerprint == fingerprint
        assert again.cost.parameters > 0
        again.save(tmp_path / "copy")
    assert same(before, state(model))
    with cu.load_edit(model, tmp_path / "copy") as copy:
        assert answers(copy) == heard


def test_an_adapter_from_elsewhere_needs_no_record(tmp_path: Path) -> None:
    model = small_model("llama")
    with load_editor("lora", **QUICK["lora"]).apply(model, [FIRST]) as edited:
        heard = answers(edited)
        edited.save(tmp_path)
        made = edited.fingerprint
    (tmp_path / "edit.json").unlink()
    with cu.load_edit(model, tmp_path) as again:
        assert answers(again) == heard
        assert again.fingerprint not in {made, model.fingerprint}


def refused(model: object, folder: Path, says: str) -> None:
    with pytest.raises(EditError, match=says), cu.load_edit(model, folder):  # type: ignore[arg-type]
        pass


def test_what_cannot_be_loaded_is_said(tmp_path: Path) -> None:
    model = small_model("llama")
    refused(model, tmp_path / "nowhere", "there is no saved edit in")
    (tmp_path / "edit.json").write_text("{")
    refused(model, tmp_path, "cannot be read")
    refused(AnswerBook("recorded:file", {"p": ["x"]}), tmp_path, "cannot be read")
    model.module.save_pretrained(tmp_path / "whole")
    refused(model, tmp_path / "whole", "load it as the model 'hf:.*whole'")


def test_an_adapter_of_another_shape_is_refused(tmp_path: Path) -> None:
    with load_editor("lora", **QUICK["lora"]).apply(small_model("llama"), [FIRST]) as edited:
        edited.save(tmp_path)
    model = small_model("gpt_neox")
    before = state(model)
    refused(model, tmp_path, "does not fit")
    assert same(before, state(model))


def test_a_memory_whose_editor_is_gone_is_said(tmp_path: Path) -> None:
    model = small_model("llama")
    with load_editor("grace", **QUICK["grace"]).apply(model, [FIRST]) as edited:
        edited.save(tmp_path)
    record = (tmp_path / "edit.json").read_text()
    (tmp_path / "edit.json").write_text(record.replace('"grace"', '"grase"'))
    with pytest.raises(UsageError, match="did you mean 'grace'"), cu.load_edit(model, tmp_path):
        pass
