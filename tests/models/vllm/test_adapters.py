"""Adapters of every kind become the one low-rank product that vLLM serves."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import codeupdate as cu
from codeupdate.editing import load_editor
from codeupdate.errors import EditError
from codeupdate.models.vllm.adapters import served_adapter
from codeupdate.types import Prompt
from tests.editing.method import UPDATE
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

QUICK: dict[str, Any] = {"learning_rate": 0.05, "epochs": 4, "batch_size": 2, "targets": "all"}


def logits(model: Any) -> Any:
    ids = torch.tensor([model.encode(Prompt("def f(x):\n    return"))])
    with torch.inference_mode():
        return model.module(ids).logits


@pytest.mark.parametrize(
    ("editors", "rank"),
    [
        ([("lora", {"rank": 3, "alpha": 6.0})], 3),
        ([("lora", {"variant": "rslora", "rank": 3})], 3),
        ([("lora", {"variant": "pissa", "rank": 3})], 6),
        ([("adalora", {"initial_rank": 4, "final_rank": 2})], 4),
        ([("lora", {"rank": 2, "targets": "query-value"}), ("muscle", {"rank": 3})], 5),
    ],
    ids=lambda value: "+".join(name for name, _ in value) if isinstance(value, list) else "",
)
def test_what_is_served_computes_the_same(
    editors: list[tuple[str, dict[str, Any]]], rank: int, tmp_path: Path
) -> None:
    model = small_model("llama")
    plain = logits(model)
    with ExitStack() as stack:
        edited: Any = model
        for name, settings in editors:
            editor = load_editor(name, **{**QUICK, **settings})
            edited = stack.enter_context(editor.apply(edited, [UPDATE]))
        edited.save(tmp_path / "saved")
        expected = logits(edited)
    assert not torch.allclose(expected, plain, atol=0.1)
    assert served_adapter(tmp_path / "saved", tmp_path / "served") == rank
    with cu.load_edit(model, tmp_path / "served") as served:
        torch.testing.assert_close(logits(served), expected, atol=1e-3, rtol=1e-4)


def test_what_is_no_low_rank_product_is_refused(tmp_path: Path) -> None:
    editor = load_editor("lora", **{**QUICK, "variant": "dora", "rank": 2})
    with editor.apply(small_model("llama"), [UPDATE]) as edited:
        edited.save(tmp_path / "dora")
    with pytest.raises(EditError, match=r"is not \(use_dora\); use a model of the backend hf"):
        served_adapter(tmp_path / "dora", tmp_path / "served")
    config = tmp_path / "dora" / "adapter_config.json"
    config.write_text(json.dumps({"peft_type": "IA3"}))
    with pytest.raises(EditError, match=r"is not \(IA3\)"):
        served_adapter(tmp_path / "dora", tmp_path / "served")
