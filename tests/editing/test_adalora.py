"""AdaLoRA: ranks that change, and singular vectors that are nearly orthonormal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codeupdate.editing import load_edit, load_editor
from codeupdate.errors import UsageError
from tests.editing.method import UPDATE
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")


def adapted(model: Any) -> list[Any]:
    return [part for part in model.module.modules() if hasattr(part, "lora_E")]


@pytest.mark.parametrize(("warmup", "settle"), [(0.1, 0.3), (0.0, 0.0), (0.5, 0.4)])
def test_ranks_fall_to_the_budget_and_differ_by_matrix(warmup: float, settle: float) -> None:
    model = small_model("llama")
    editor = load_editor(
        "adalora",
        initial_rank=6,
        final_rank=3,
        epochs=10,
        learning_rate=0.02,
        warmup=warmup,
        settle=settle,
    )
    with editor.apply(model, [UPDATE]) as edited:
        triplets = [
            p
            for layer in adapted(model)
            for name, p in layer.named_parameters()
            if name.startswith("lora_")
        ]
        assert edited.cost.parameters == sum(part.numel() for part in triplets)
        ranks = [int((layer.lora_E["default"] != 0).sum()) for layer in adapted(model)]
        assert len(ranks) == 14
        assert sum(ranks) == 3 * 14
        assert len(set(ranks)) > 1


def test_singular_vectors_become_orthonormal() -> None:
    model = small_model("llama")
    distances = {}
    for weight in (0.0, 0.5):
        editor = load_editor(
            "adalora",
            epochs=20,
            learning_rate=0.05,
            decay=True,
            orthogonality=weight,
            targets="mlp",
        )
        with editor.apply(model, [UPDATE]):
            distances[weight] = max(
                float((v @ v.T - torch.eye(len(v))).norm())
                for layer in adapted(model)
                for v in (layer.lora_A["default"].detach(), layer.lora_B["default"].detach().T)
            )
    assert distances[0.5] < 0.5 < 5 < distances[0.0]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"initial_rank": 4, "final_rank": 4},
            "'final_rank' like this: value error, it must be smaller",
        ),
        ({"initial_rank": 6}, "'final_rank' like this: value error, it must be smaller"),
        (
            {"warmup": 0.5, "settle": 0.5},
            "'settle' like this: value error, with warmup it leaves no steps",
        ),
        ({"rank": 4}, "no setting 'rank'"),
    ],
)
def test_settings_that_leave_nothing_to_prune(settings: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        load_editor("adalora", **settings)


def test_ranks_are_counted_and_not_trained_in_half_precision() -> None:
    model = small_model("llama")
    model.module.bfloat16()
    editor = load_editor("adalora", initial_rank=6, final_rank=3, epochs=10, learning_rate=0.02)
    with editor.apply(model, [UPDATE]):
        ranks = [int((layer.lora_E["default"] != 0).sum()) for layer in adapted(model)]
        assert sum(ranks) == 3 * 14
        kept = [layer.ranknum["default"] for layer in adapted(model)]
        assert [float(rank) for rank in kept] == [6.0] * 14  # the product is scaled by them
        assert not any(rank.requires_grad for rank in kept)


def test_what_was_saved_in_half_precision_is_what_was_trained(tmp_path: Path) -> None:
    model = small_model("llama")
    model.module.bfloat16()
    editor = load_editor("adalora", initial_rank=6, final_rank=3, epochs=10, learning_rate=0.02)

    def adapter() -> dict[str, Any]:
        """What the adapter adds to the weight of each matrix, computed in float32."""
        return {
            name: layer.get_delta_weight("default").float()
            for name, layer in model.module.named_modules()
            if hasattr(layer, "lora_E")
        }

    with editor.apply(model, [UPDATE]) as edited:
        trained = adapter()
        edited.save(tmp_path / "saved")
    with load_edit(model, tmp_path / "saved"):
        loaded = adapter()
        assert {p.dtype for n, p in model.module.named_parameters() if ".lora_" in n} == {
            torch.float32
        }
    assert len(trained) == len(loaded) == 14
    for ours, theirs in zip(trained.values(), loaded.values(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
