"""Edits on disk, and what is said of folders that hold none."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import codeupdate as cu
from codeupdate.editing import load_editor
from codeupdate.errors import EditError, UsageError
from codeupdate.models.answers import AnswerBook
from codeupdate.models.transformers import TransformersModel
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


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model.module(input_ids=torch.arange(2, 30)[None], use_cache=False).logits


def test_a_shorter_sequence_is_saved_over_a_longer_one(tmp_path: Path) -> None:
    model = small_model("llama")
    editor = load_editor("lora", **QUICK["lora"])
    wider = load_editor("lora", **{**QUICK["lora"], "rank": 4})
    (tmp_path / "edit1").mkdir(), (tmp_path / "checkpoint-9").mkdir()
    (tmp_path / "edit1" / "notes.txt").write_text("mine")
    with editor.apply(model, [FIRST]) as once, wider.apply(once, [SECOND]) as twice:
        twice.save(tmp_path)
        twice.save(tmp_path / "checkpoint-9")  # which is no part of it
        assert (tmp_path / "edit1" / "adapter_config.json").exists()
    with editor.apply(model, [FIRST]) as once:
        heard = logits(once)
        once.save(tmp_path)
        fingerprint = once.fingerprint
    assert (tmp_path / "edit1" / "notes.txt").read_text() == "mine"
    with cu.load_edit(model, tmp_path) as again:
        assert torch.equal(logits(again), heard)
        assert again.fingerprint == fingerprint


@pytest.mark.parametrize("ranks", [(4, 4, 4), (4, 4, 2, 2), (4, 2, 2, 2)])
def test_what_the_weights_carried_they_carry_again(tmp_path: Path, ranks: tuple[int, ...]) -> None:
    """In half precision the rounded sum of two adapters answers otherwise than they do beside."""
    whole = small_model("llama")
    model = TransformersModel(whole.module.bfloat16(), whole.tokenizer, name="half")
    before = state(model)
    with ExitStack() as stack:
        edited: Any = model
        for number, rank in enumerate(ranks):
            editor = load_editor("lora-sb", **{**QUICK["lora-sb"], "rank": rank})
            update = (FIRST, SECOND)[number % 2]
            edited = stack.enter_context(editor.apply(edited, [update]))
        heard, fingerprint = logits(edited), edited.fingerprint
        edited.save(tmp_path / "edit")
    with cu.load_edit(model, tmp_path / "edit") as again:
        assert torch.equal(logits(again), heard)
        assert again.fingerprint == fingerprint
        again.save(tmp_path / "copy")
    assert same(before, state(model))
    with cu.load_edit(model, tmp_path / "copy") as copy:
        assert torch.equal(logits(copy), heard)


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


@pytest.mark.parametrize("method", ["grace", "conpet-dynamic"])
def test_a_memory_is_of_the_model_and_not_of_its_prompts(tmp_path: Path, method: str) -> None:
    model = small_model("llama")
    editor, alone = (load_editor(n, **QUICK[method]) for n in (f"docs+{method}", method))
    with editor.apply(model, [FIRST]) as once, editor.apply(once, [SECOND]) as twice:
        heard = answers(twice)
        twice.save(tmp_path)
    with cu.load_edit(model, tmp_path) as again:
        assert answers(again) == heard
        assert again.fingerprint != model.fingerprint
    with load_editor("docs").apply(model, [FIRST]) as shown, cu.load_edit(shown, tmp_path) as again:
        assert answers(again) == heard
    with alone.apply(model, [FIRST]) as other:
        refused(other, tmp_path, "was made on another model")


@pytest.mark.parametrize("error", [ValueError("mine"), OSError("mine"), RuntimeError("mine")])
def test_what_is_raised_while_an_edit_is_in_force_stays_what_it_is(
    tmp_path: Path, error: Exception
) -> None:
    model = small_model("llama")
    before = state(model)
    with load_editor("lora", **QUICK["lora"]).apply(model, [FIRST]) as edited:
        edited.save(tmp_path)
    with pytest.raises(type(error)) as raised, cu.load_edit(model, tmp_path):
        raise error
    assert raised.value is error
    assert same(before, state(model))


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


def test_a_setting_that_an_editor_does_not_take_any_more_is_said(tmp_path: Path) -> None:
    model = small_model("llama")
    with load_editor("grace", **QUICK["grace"]).apply(model, [FIRST]) as edited:
        edited.save(tmp_path)
    record = json.loads((tmp_path / "edit.json").read_text())
    record["settings"]["nope"] = 1
    (tmp_path / "edit.json").write_text(json.dumps(record))
    with (
        pytest.raises(EditError, match="has settings that 'grace' does not take"),
        cu.load_edit(model, tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (("lora", "rome"), "rome"),
        (("lora", "ft"), "ft"),
        (("lora", "s2ft"), "s2ft"),
        (("lora-sb", "merge"), "merge"),
        (("grace", "rome"), "rome"),
        (("conpet-dynamic", "rome"), "rome"),
        (("rome", "lora"), "rome"),
        (("grace", "lora"), "lora"),
    ],
)
def test_nothing_is_saved_that_would_lack_an_edit(
    tmp_path: Path, names: tuple[str, str], first: str
) -> None:
    model = small_model("llama")
    below, above = (load_editor(name, **QUICK[name]) for name in names)
    with below.apply(model, [FIRST]) as one, above.apply(one, [SECOND]) as two:
        with load_editor("docs").apply(two, [FIRST]) as shown, pytest.raises(EditError):
            shown.save(tmp_path / "edit")
        with pytest.raises(EditError, match=f"does not hold what '{names[0]}'.*apply '{first}' by"):
            two.save(tmp_path / "edit")
        one.save(tmp_path / "below")
    assert not (tmp_path / "edit").exists()


def test_an_adapter_is_saved_on_top_of_a_saved_checkpoint(tmp_path: Path) -> None:
    model = small_model("llama")
    rome, lora = (load_editor(name, **QUICK[name]) for name in ("rome", "lora"))
    with rome.apply(model, [FIRST]) as one:
        one.save(tmp_path / "whole")
    whole = cu.load_model(f"hf:{tmp_path / 'whole'}")
    with lora.apply(whole, [SECOND]) as two:
        heard = answers(two)
        two.save(tmp_path / "adapter")
    with cu.load_edit(cu.load_model(f"hf:{tmp_path / 'whole'}"), tmp_path / "adapter") as again:
        assert answers(again) == heard
