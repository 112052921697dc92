"""Fine-tuning: what may change, and how far."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codeupdate.editing import load_editor
from codeupdate.errors import EditError
from codeupdate.models.transformers import TransformersModel
from codeupdate.types import Example, Prompt
from tests.editing.method import UPDATE, code_of, state_of
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")


def changed(before: dict[str, Any], model: TransformersModel) -> dict[str, Any]:
    """Name → change of the tensors that are not what they were, in float64."""
    after = model.module.state_dict()
    return {
        name: after[name].double() - value.double()
        for name, value in before.items()
        if not torch.equal(after[name], value)
    }


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("bound", [5e-4, 0.013])
def test_no_weight_leaves_the_bound_in_any_precision(dtype: Any, bound: float) -> None:
    model = small_model("llama")
    model.module.to(dtype)
    before = state_of(model)
    editor = load_editor("ft", variant="layer", bound=bound, learning_rate=0.01, epochs=5)
    with editor.apply(model, [UPDATE]):
        [(name, change)] = changed(before, model).items()
        assert name == "model.layers.1.mlp.down_proj.weight"
        assert 0 < change.abs().max() <= bound


def test_layers_are_chosen_by_number() -> None:
    model = small_model("gpt_neox")
    before = state_of(model)
    with load_editor("ft", variant="layer", layers=[0], epochs=1).apply(model, [UPDATE]):
        assert list(changed(before, model)) == ["gpt_neox.layers.0.mlp.dense_4h_to_h.weight"]
    with load_editor("ft", layers=[0], epochs=1, variant="full").apply(model, [UPDATE]):
        assert all(name.startswith("gpt_neox.layers.0.") for name in changed(before, model))
    with (
        pytest.raises(EditError, match="has no layer 2; its layers are 0 to 1"),
        load_editor("ft", layers=[2]).apply(model, [UPDATE]),
    ):
        pass


def test_rate_and_epochs_follow_the_variant_where_they_are_not_set() -> None:
    said = {
        variant: load_editor("ft", variant=variant, epochs=epochs).settings_for("llama")
        for variant, epochs in (("full", 7), ("layer", 25))
    }
    assert (said["full"]["learning_rate"], said["full"]["epochs"]) == (2e-5, 7)
    assert (said["layer"]["learning_rate"], said["layer"]["epochs"]) == (5e-4, 25)


def test_tied_embeddings_train_once_and_stay_tied() -> None:
    model = small_model("gemma")
    head, embeddings = model.module.get_output_embeddings(), model.module.get_input_embeddings()
    assert head.weight is embeddings.weight
    before = state_of(model)
    with load_editor("ft", variant="full", epochs=1).apply(model, [UPDATE]) as edited:
        assert head.weight is embeddings.weight
        assert "lm_head.weight" in changed(before, model)
        assert edited.cost.parameters == sum(p.numel() for p in model.module.parameters())


def test_masked_learns_what_the_model_does_not_write_by_itself() -> None:
    model = small_model("llama")
    ft = code_of("ft")
    settings = ft.Settings(variant="masked", replay=1)
    kept = Example("def g():\n", "    return 1\n")
    *rows, last = ft.what_is_learned(model, [UPDATE], [kept], settings)
    assert last.prompt == len(model.encode(Prompt(kept.prompt)))
    for row, example in zip(rows, UPDATE.examples, strict=True):
        prompt = len(model.encode(Prompt(example.prompt)))
        with torch.no_grad():
            greedy = model.module(input_ids=torch.tensor([row.ids])).logits[0].argmax(-1)
        assert row.prompt >= prompt
        assert all(greedy[at - 1] == row.ids[at] for at in range(prompt, row.prompt))
        assert greedy[row.prompt - 1] != row.ids[row.prompt]
        assert greedy[-2] != row.ids[-1]


def test_what_a_model_writes_already_is_refused() -> None:
    model = small_model("llama")
    [token] = model.tokenizer("a")["input_ids"]
    with torch.no_grad():
        # Whatever it reads, the end is what it writes.
        model.module.get_input_embeddings().weight.fill_(1.0)
        head = model.module.get_output_embeddings().weight
        head.copy_(torch.zeros_like(head))
        head[model.tokenizer.eos_token_id] = model.module(
            input_ids=torch.tensor([[token]]), output_hidden_states=True
        ).hidden_states[-1][0, -1]
    known = replace(UPDATE, examples=(Example("def f(x):\n", ""),))
    with (
        pytest.raises(EditError, match="already writes every example of the updates"),
        load_editor("ft", variant="masked").apply(model, [known]),
    ):
        pass
