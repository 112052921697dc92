"""Where the variants of LoRA start, and what they train."""

from __future__ import annotations

from typing import Any

import pytest

from codeupdate.editing import load_editor
from tests.editing.method import UPDATE, state_of
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

STILL: dict[str, Any] = {"learning_rate": 1e-12, "epochs": 1, "dropout": 0.0, "targets": "all"}
NAME = "model.layers.1.mlp.down_proj"


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model.module(input_ids=torch.arange(5, 25)[None]).logits


def product(layer: Any) -> Any:
    """What the adapter adds to the weight."""
    return layer.get_delta_weight("default").detach()


@pytest.mark.parametrize("variant", ["lora", "rslora", "dora", "pissa"])
def test_every_variant_starts_at_the_model_itself(variant: str) -> None:
    model = small_model("llama")
    before = logits(model)
    with load_editor("lora", variant=variant, **STILL).apply(model, [UPDATE]):
        torch.testing.assert_close(logits(model), before, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("variant", "scale"), [("lora", 16 / 4), ("rslora", 16 / 2)])
def test_the_product_is_scaled_by_alpha_over_the_rank_or_its_root(
    variant: str, scale: float
) -> None:
    model = small_model("llama")
    editor = load_editor("lora", variant=variant, rank=4, alpha=16, **STILL)
    with editor.apply(model, [UPDATE]):
        assert model.module.get_submodule(NAME).scaling["default"] == scale


def test_dora_trains_a_magnitude_for_each_output() -> None:
    model = small_model("llama")
    plain = load_editor("lora", epochs=1, targets="mlp")
    dora = load_editor("lora", epochs=1, targets="mlp", variant="dora")
    with plain.apply(model, [UPDATE]) as edited:
        parameters = edited.cost.parameters
    with dora.apply(model, [UPDATE]) as edited:
        assert edited.cost.parameters == parameters + 2 * (64 + 64 + 32)


@pytest.mark.parametrize("optimizer", ["adamw", "lion", "frugal"])
def test_pissa_trains_the_principal_part_and_keeps_the_residual(optimizer: str) -> None:
    model = small_model("llama")
    before = state_of(model)
    weight = before[f"{NAME}.weight"]
    u, s, vh = torch.linalg.svd(weight, full_matrices=False)
    principal = u[:, :4] * s[:4] @ vh[:4]
    settings = {**STILL, "learning_rate": 0.01, "epochs": 3, "weight_decay": 0.1}
    editor = load_editor("lora", variant="pissa", rank=4, alpha=2, optimizer=optimizer, **settings)
    with editor.apply(model, [UPDATE]):
        layer = model.module.get_submodule(NAME)
        # The bits of the weight itself are never written to.
        assert torch.equal(layer.get_base_layer().weight, weight)
        a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        trained = layer.scaling["default"] * b[:, :4] @ a[:4]
        torch.testing.assert_close(product(layer), trained - principal, rtol=1e-3, atol=1e-3)
        assert not torch.allclose(trained, principal, atol=1e-2)


def test_what_pissa_holds_still_is_counted_too() -> None:
    model, costs = small_model("llama"), {}
    for variant in ("lora", "pissa"):
        with load_editor("lora", variant=variant, rank=4, **STILL).apply(model, [UPDATE]) as edited:
            costs[variant] = edited.cost.parameters
    assert costs["pissa"] == 2 * costs["lora"]


def test_pissa_starts_at_the_best_approximation_of_its_rank() -> None:
    model = small_model("gpt_neox")
    editor = load_editor("lora", variant="pissa", rank=4, alpha=8, **STILL)
    with editor.apply(model, [UPDATE]):
        for layer in model.module.modules():
            if hasattr(layer, "lora_A"):
                a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
                start = layer.scaling["default"] * b[:, :4] @ a[:4]
                weight = layer.get_base_layer().weight
                left_over = torch.linalg.svdvals(weight)[4:].norm()
                torch.testing.assert_close((weight - start).norm(), left_over, rtol=1e-4, atol=0)
