"""Attention through a mask in which query heads share the keys of a group, without copies of them.

Under a mask transformers repeats keys and values for every query head. With grouped queries that
is more memory than the layer's part of the cache, and time for writing it. PyTorch's attention on
the CPU shares them under a mask as well; on a GPU it would fall back to a slower one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["sharing_heads"]

NAME = "codeupdate_grouped"


@contextmanager
def sharing_heads(module: Any, mask: Any) -> Iterator[None]:
    """For the length of one masked pass on the CPU, a model that uses PyTorch's attention uses it
    without repeating keys and values; everything else goes as ever."""
    config = module.config
    implementation = config._attn_implementation
    if mask is None or mask.is_cuda or implementation != "sdpa":
        yield
        return
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(NAME, _attention)
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = implementation


def _attention(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **options: Any
) -> tuple[Any, None]:
    """As transformers calls it: (batch, heads, tokens, size) each → (batch, tokens, heads, size)."""
    import torch

    found = torch.nn.functional.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=attention_mask,
        scale=options.get("scaling"),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return found.transpose(1, 2).contiguous(), None
