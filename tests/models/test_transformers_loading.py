"""Checkpoints that are not whole, do not fit, or cannot be computed with: refused with a sentence,
where transformers would go on with random weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codeupdate.errors import ModelError
from codeupdate.models.context import UNLIMITED, context_of
from codeupdate.models.transformers_loading import _check_widths, load_transformers
from codeupdate.types import Prompt
from tests.small_models import FAMILIES, character_tokenizer, small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
transformers = pytest.importorskip("transformers", reason="needs the extra 'transformers'")

WEIGHTS = "model.safetensors"


def saved(module: Any, place: Path) -> str:
    module.save_pretrained(place)
    character_tokenizer().save_pretrained(place)
    return str(place)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    saved(small_model("llama").module, tmp_path)
    return tmp_path


def renamed(folder: Path, change: Callable[[str], str | None]) -> None:
    """Store each weight under the name that ``change`` gives; None: not at all."""
    from safetensors.torch import load_file, save_file

    named = {change(name): tensor for name, tensor in load_file(folder / WEIGHTS).items()}
    kept = {name: tensor for name, tensor in named.items() if name is not None}
    save_file(kept, folder / WEIGHTS, metadata={"format": "pt"})


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as raised:
        load_transformers(str(folder), name="hf:saved")
    message = str(raised.value)
    assert "\n" not in message and "hf:saved" in message
    return message


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_whole_is_loaded(family: str, tied: bool, tmp_path: Path) -> None:
    config = small_model(family).module.config
    config.tie_word_embeddings = tied
    module = transformers.AutoModelForCausalLM.from_config(config).eval()
    loaded = load_transformers(saved(module, tmp_path), name="hf:saved")
    ids = torch.tensor([loaded.encode(Prompt("def f"))])
    with torch.no_grad():
        assert torch.equal(loaded.module(ids).logits, module(ids).logits)


@pytest.mark.parametrize("prefix", ["_orig_mod.", "module.", "module._orig_mod."])
def test_weights_of_a_wrapper_are_refused(folder: Path, prefix: str) -> None:
    renamed(folder, lambda name: prefix + name)
    message = refused(folder)
    assert "lacks 21 of its 21 weights" in message
    assert "'model.embed_tokens.weight'" in message and "torch.compile or DDP" in message


def test_a_checkpoint_that_lacks_a_weight_is_refused(folder: Path) -> None:
    renamed(folder, lambda name: None if name == "model.layers.1.mlp.up_proj.weight" else name)
    message = refused(folder)
    assert "lacks 1 of its 21 weights" in message and "'model.layers.1.mlp.up_proj" in message


def test_weights_that_do_not_fit_are_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": 100}), encoding="utf-8")
    message = refused(folder)
    assert "is stored as (99, 32) and has to be (100, 32)" in message


def test_a_file_that_broke_off_is_refused(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    for size in (len(content) // 2, 100, 4):
        (folder / WEIGHTS).write_bytes(content[:size])
        assert "damaged" in refused(folder)


def test_a_device_without_room_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nMore.")

    monkeypatch.setattr(transformers.LlamaForCausalLM, "to", full)
    assert "not enough memory for the weights of the model 'hf:saved'" in refused(folder)


def test_widths_that_4_bit_on_a_cpu_cannot_have(monkeypatch: pytest.MonkeyPatch) -> None:
    module = torch.nn.ModuleDict(
        {"narrow": torch.nn.Linear(96, 8), "wide": torch.nn.Linear(128, 8)}
    )
    _check_widths(module, "hf:x")
    module["wide"].weight.quant_state = SimpleNamespace(blocksize=64)
    _check_widths(module, "hf:x")
    module["narrow"].weight.quant_state = SimpleNamespace(blocksize=64)
    with pytest.raises(ModelError, match="widths that 64 divides, and 'narrow' has 96; use quant"):
        _check_widths(module, "hf:x")
    _check_widths(module.to("meta"), "hf:x")  # elsewhere it can


def test_the_context_of_a_model_with_parts_is_that_of_its_text() -> None:
    parts = transformers.Gemma3Config(text_config={"max_position_embeddings": 77})
    assert context_of(SimpleNamespace(config=parts)) == 77
    endless = transformers.MambaConfig()
    assert context_of(SimpleNamespace(config=endless)) == UNLIMITED


def test_a_folder_without_a_model_is_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"the folder '{tmp_path}' has no config.json; name one"):
        load_transformers(str(tmp_path), name="m")
