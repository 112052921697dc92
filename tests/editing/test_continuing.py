"""An edit on top of another by the same method continues its adapter, or folds it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codeupdate.editing import load_edit, load_editor
from codeupdate.models.transformers import TransformersModel
from tests.editing.test_contract import FIRST, QUICK, REPLAY, SECOND, answers, same, state
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
peft_layers = pytest.importorskip("peft.tuners.tuners_utils", reason="needs the extra 'training'")

CONTINUED = (
    *("lora", "adalora", "lora-sb", "muscle", "orpo", "conpet"),
    *("docs+lora", "lora+docs", "docs+lora-sb", "docs+orpo"),
)


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return small_model("llama")


def in_force(model: TransformersModel) -> set[tuple[str, ...]]:
    """The adapters that each layer computes."""
    return {
        tuple(layer.active_adapters)
        for layer in model.module.modules()
        if isinstance(layer, peft_layers.BaseTunerLayer)
    }


@pytest.mark.parametrize("name", CONTINUED)
def test_however_many_updates_one_adapter_is_computed(model: TransformersModel, name: str) -> None:
    [method] = {*name.split("+")} - {"docs"}
    editor = load_editor(name, **QUICK[method])
    with editor.apply(model, [FIRST], REPLAY) as one:
        once, heard = state(model), answers(one)
        with editor.apply(one, [SECOND], REPLAY) as two:
            with editor.apply(two, [FIRST], REPLAY):
                assert [len(names) for names in in_force(model)] == [1]
            assert [len(names) for names in in_force(model)] == [1]
            assert answers(two) != heard
        assert answers(one) == heard and same(once, state(model))


@pytest.mark.parametrize("variant", ["lora", "dora", "pissa"])
def test_it_begins_where_the_edit_before_it_ended(model: TransformersModel, variant: str) -> None:
    settings: dict[str, Any] = {**QUICK["lora"], "variant": variant}
    first = load_editor("lora", **settings)
    # A rate so small that nothing is learned: what is left is what was learned before.
    second = load_editor("lora", **{**settings, "learning_rate": 1e-12})
    with first.apply(model, [FIRST], REPLAY) as one:
        heard = answers(one)
        assert heard != answers(small_model("llama"))
        with second.apply(one, [SECOND], REPLAY) as two:
            assert answers(two) == heard


def test_an_adapter_that_trains_for_longer_goes_on_all_the_same(model: TransformersModel) -> None:
    """AdaLoRA's configuration also says how many steps a training takes."""
    editor = load_editor("adalora", **QUICK["adalora"])
    longer = replace(SECOND, examples=SECOND.examples * 3)
    with editor.apply(model, [FIRST], REPLAY) as one, editor.apply(one, [longer], REPLAY) as two:
        assert two.cost.tokens > one.cost.tokens
        assert [len(names) for names in in_force(model)] == [1]


def test_other_settings_of_peft_begin_an_adapter_of_their_own(model: TransformersModel) -> None:
    first = load_editor("lora", **QUICK["lora"])
    wider = load_editor("lora", **{**QUICK["lora"], "rank": 4})
    with first.apply(model, [FIRST], REPLAY) as one, wider.apply(one, [SECOND], REPLAY):
        assert [len(names) for names in in_force(model)] == [2]


def test_what_a_sequence_saves_is_the_one_adapter(model: TransformersModel, tmp_path: Path) -> None:
    editor = load_editor("lora", **QUICK["lora"])
    with editor.apply(model, [FIRST], REPLAY) as one, editor.apply(one, [SECOND], REPLAY) as two:
        heard = answers(two)
        two.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == []
    assert (tmp_path / "adapter_config.json").exists()
    with load_edit(small_model("llama"), tmp_path) as again:
        assert answers(again) == heard


def test_what_is_folded_into_the_weights_is_saved_all_the_same(
    model: TransformersModel, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        edited: Any = model
        for name, update in [
            ("lora-sb", FIRST),
            ("lora-sb", SECOND),
            ("lora-sb", FIRST),
            ("lora", SECOND),
        ]:
            editor = load_editor(name, **QUICK[name])
            edited = stack.enter_context(editor.apply(edited, [update], REPLAY))
        heard = answers(edited)
        edited.save(tmp_path)
    assert len(list(tmp_path.rglob("adapter_config.json"))) == 4
    with load_edit(small_model("llama"), tmp_path) as again:
        assert answers(again) == heard


def test_edits_of_weights_between_two_folds_stay(model: TransformersModel) -> None:
    with ExitStack() as stack:
        edited: Any = model
        for name in ("lora-sb", "lora-sb", "ft", "lora-sb", "lora-sb"):
            stack.callback(require_same, model, state(model))
            editor = load_editor(name, **QUICK[name])
            edited = stack.enter_context(editor.apply(edited, [FIRST], REPLAY))


def require_same(model: TransformersModel, kept: dict[str, Any]) -> None:
    assert same(kept, state(model))
