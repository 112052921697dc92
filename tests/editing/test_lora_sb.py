"""LoRA-SB: the start, what trains, and what is left of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import load_editor, training
from codeupdate.editing.projections import linear_projections
from codeupdate.editing.training import lessons, likelihood, tokenized
from tests.editing.method import UPDATE, code_of
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

lora_sb = code_of("lora-sb")


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 12), st.integers(0, 10**6))
@settings(deadline=None)
def test_the_start_is_the_best_approximation_of_its_rank(
    outputs: int, inputs: int, rank: int, seed: int
) -> None:
    stream = torch.Generator().manual_seed(seed)
    step = torch.randn(outputs, inputs, generator=stream, dtype=torch.float64).sign()
    b, core, a = lora_sb.best_approximation(step, rank)
    # Eckart and Young: what no matrix of this rank can reach are the other singular values.
    left_over = torch.linalg.svdvals(step)[rank:].square().sum().sqrt()
    torch.testing.assert_close((step - b @ core @ a).norm(), left_over, atol=1e-9, rtol=0)
    one = torch.eye(len(core), dtype=torch.float64)
    torch.testing.assert_close(b.T @ b, one)
    torch.testing.assert_close(a @ a.T, one)


def test_the_first_step_is_the_one_that_adamw_takes() -> None:
    model = small_model("llama")
    chosen = lora_sb.Settings(batch_size=1)
    names = linear_projections(model, "all")
    rows = tokenized(model, lessons([UPDATE], (), chosen))
    found = lora_sb.first_step(model, names, rows, 0.01, chosen)
    weights = [model.module.get_submodule(name).weight for name in names]
    before = [weight.detach().clone() for weight in weights]
    optimizer = torch.optim.AdamW(weights, lr=0.01, weight_decay=0.0)
    loss = likelihood(model.module)
    torch.stack([loss([row]) for row in rows]).mean().backward()
    optimizer.step()
    for name, weight, start in zip(names, weights, before, strict=True):
        clear = weight.grad.abs() > 1e-5  # against eps, and rounding of a sum near 0
        torch.testing.assert_close(
            found[name][clear], (weight - start)[clear], rtol=1e-2, atol=1e-5
        )
        assert clear.float().mean() > 0.9


def test_only_r_by_r_numbers_train_and_a_plain_adapter_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small_model("llama")
    trained: list[int] = []

    def train(module: Any, parameters: Sequence[Any], *rest: Any) -> int:
        trained.extend(parameter.numel() for parameter in parameters)
        return training.train(module, parameters, *rest)

    monkeypatch.setattr(lora_sb, "train", train)
    editor = load_editor("lora-sb", rank=4, learning_rate=0.05)
    with editor.apply(model, [UPDATE]) as edited:
        assert trained == [4 * 4] * 14
        # What it costs is what is kept: an A and a B for each matrix.
        shapes = [
            model.module.get_submodule(name).get_base_layer().weight.shape
            for name in linear_projections(model, "all")
        ]
        assert edited.cost.parameters == sum(4 * (rows + columns) for rows, columns in shapes)
        for name in linear_projections(model, "all"):
            layer = model.module.get_submodule(name)
            a = layer.lora_A["default"].weight
            torch.testing.assert_close(a @ a.T, torch.eye(4), rtol=0, atol=1e-5)
            assert layer.scaling["default"] == 1
            assert not layer.lora_A["default"]._forward_hooks
        edited.save(tmp_path)
    assert json.loads((tmp_path / "adapter_config.json").read_text())["peft_type"] == "LORA"
