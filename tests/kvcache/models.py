"""Small random decoders with every kind of rotary embedding that a cache can be edited under."""

from __future__ import annotations

from functools import cache
from typing import Any

from codeupdate.kvcache.cache import EditableCache
from codeupdate.models.transformers import TransformersModel
from tests.small_models import CHARACTERS, FAMILIES, character_tokenizer, small_model

#: What differs from the plain models of :mod:`tests.small_models`.
SPECIAL: dict[str, tuple[str, dict[str, Any]]] = {
    "phi": ("phi", {"partial_rotary_factor": 0.5}),
    "deepseek-coder": (
        "llama",
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e5}},
    ),
    "llama3": (
        "llama",
        {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 5e5,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            }
        },
    ),
    "yarn": (
        "qwen2",
        {
            "rope_parameters": {
                "rope_type": "yarn",
                "rope_theta": 1e4,
                "factor": 4.0,
                "original_max_position_embeddings": 64,
            }
        },
    ),
    "cohere": ("cohere", {}),  # pairs neighbours
    "one-layer": ("llama", {"num_hidden_layers": 1}),
}
EDITABLE = (*FAMILIES, *SPECIAL)


@cache
def model_of(name: str, dtype: str = "float32") -> TransformersModel:
    import torch

    if name in FAMILIES and dtype == "float32":
        return small_model(name)
    kind, options = SPECIAL.get(name, (name, {}))
    return random_model(kind, getattr(torch, dtype), **options)


def random_model(kind: str, dtype: Any = None, **options: Any) -> TransformersModel:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    settings: dict[str, Any] = {
        "vocab_size": len(CHARACTERS) + 3,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "initializer_range": 0.3,
        "bos_token_id": None,
        "eos_token_id": 1,
        "pad_token_id": 0,
    }
    config = AutoConfig.for_model(kind, **{**settings, **options})
    module = AutoModelForCausalLM.from_config(config, dtype=dtype or torch.float32)
    return TransformersModel(module, character_tokenizer(), name=kind)


def contents(cache: EditableCache) -> tuple[Any, Any]:
    """Keys and values as attention sees them: (layers, 1, heads, tokens, size) each."""
    import torch

    layout, length = cache.layout, cache.length
    shape = (layout.layers, 1, layout.heads, length)
    keys = torch.zeros(*shape, layout.key_size, dtype=layout.dtype)
    values = torch.zeros(*shape, layout.value_size, dtype=layout.dtype)
    cache.put(keys, values, cache.length)
    return keys, values
