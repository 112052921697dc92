"""Small random models of the architectures that editors have to work on, made on the spot."""

from __future__ import annotations

from typing import Any

from codeupdate.models.transformers import TransformersModel

CHARACTERS = [chr(i) for i in range(32, 127)] + ["\n"]
FAMILIES = ("llama", "qwen2", "qwen3", "mistral", "gemma", "gpt_neox")


def character_tokenizer() -> Any:
    """One token a printable character."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {token: i for i, token in enumerate(["<pad>", "<eos>", "<unk>", *CHARACTERS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )


def small_model(family: str) -> TransformersModel:
    """A random decoder of ``family`` with two layers, the same one every time."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config = AutoConfig.for_model(
        family,
        vocab_size=len(CHARACTERS) + 3,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=128,
        initializer_range=0.6,  # spread out, so that no two logits are nearly equal
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    module = AutoModelForCausalLM.from_config(config)
    return TransformersModel(module, character_tokenizer(), name="small")
