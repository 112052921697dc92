"""Quantized weights: they answer, and editors say that they cannot change them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codeupdate.editing import load_editor
from codeupdate.errors import EditError, MissingExtra
from codeupdate.models import load_model, transformers_loading
from codeupdate.types import ChangeKind, Prompt, Sampling, Update
from tests.small_models import character_tokenizer

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
transformers = pytest.importorskip("transformers", reason="needs the extra 'transformers'")

UPDATE = Update("u", "kit", "kit.a", ChangeKind.FUNCTION_RENAMED, "", "a()", "b()", "a is now b")
PROMPTS = [Prompt("def f(x):\n" * times) for times in (1, 2, 3)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=99,
        hidden_size=64,  # a block of 4-bit weights
        intermediate_size=128,
        num_hidden_layers=1,
        num_attention_heads=4,
        max_position_embeddings=128,
        initializer_range=0.3,
        eos_token_id=1,
        pad_token_id=0,
    )
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(place)
    character_tokenizer().save_pretrained(place)
    return place


@pytest.mark.parametrize("bits", ["8bit", "4bit"])
def test_it_answers_and_is_not_edited(folder: Path, bits: str) -> None:
    pytest.importorskip("bitsandbytes", reason="needs the extra 'quantization'")
    name, settings = f"hf:{folder}", {"quantization": bits, "dtype": "float32"}
    model = load_model(name, settings=settings)
    samples = [s for batch in model.batches(PROMPTS, Sampling(n=2, max_tokens=6)) for s in batch]
    assert len(samples) == 6 and all(0 < s.completion_tokens <= 6 for s in samples)
    assert model.fingerprint == load_model(name, settings=settings).fingerprint
    assert model.fingerprint != load_model(name).fingerprint
    for editor in ("lora", "ft", "grace"):
        with (
            pytest.raises(EditError, match="are quantized; leave the setting quantization out"),
            load_editor(editor).apply(model, [UPDATE]),
        ):
            pass
    with load_editor("docs").apply(model, [UPDATE]) as shown:
        assert shown.documents("a") == (UPDATE,)


@pytest.mark.parametrize(
    ("setting", "package", "extra"),
    [("quantization: 4bit", "bitsandbytes", "quantization"), ("device_map: auto", "accelerate", "transformers")],
)  # fmt: skip
def test_what_is_not_installed_is_said(
    folder: Path, setting: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformers_loading, "find_spec", lambda _: None)
    key, value = setting.split(": ")
    with pytest.raises(MissingExtra, match=rf"'{package}', which is not installed.*\[{extra}\]"):
        load_model(f"hf:{folder}", settings={key: value})
