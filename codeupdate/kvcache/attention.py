"""Attention of tokens in the middle of a text on the CPU, where a mask is dear.

Under a mask PyTorch computes also what the mask hides, and adds the mask for every head; before
that, transformers repeats keys and values for every query head of a group. Tokens in a row need
no mask: they see all that stands before the first of them, and each other causally. The two parts
are joined by the logarithms of the sums of their exponentials, as flash attention joins blocks
(arXiv 2205.14135). Scattered tokens do need one; they share keys and values all the same. On a
GPU, where PyTorch would fall back to a slower attention, everything goes as transformers has it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

__all__ = ["Watch", "watched", "without_copies"]

ROW, SCATTERED, WATCHED = "codeupdate_row", "codeupdate_scattered", "codeupdate_watched"


@contextmanager
def without_copies(module: Any, mask: Any, *, row: bool) -> Iterator[None]:
    """For the length of one masked pass on the CPU, a model that uses PyTorch's attention uses it
    as above; ``row`` says that the tokens stand in a row. Everything else goes as ever."""
    config = module.config
    implementation = config._attn_implementation
    if mask is None or mask.is_cuda or implementation != "sdpa":
        yield
        return
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(ROW, _in_a_row)
    ALL_ATTENTION_FUNCTIONS.register(SCATTERED, _scattered)
    config._attn_implementation = ROW if row else SCATTERED
    try:
        yield
    finally:
        config._attn_implementation = implementation


class Watch:
    """How much the last ``window`` tokens that are encoded attend to each that they see."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.layers: list[Any] = []  # (tokens,) of each, summed over heads and over the window

    def add(self, layer: int, weights: Any) -> None:
        """``weights``, (tokens,): those of one pass, which sees more than the passes before."""
        if layer == len(self.layers):
            self.layers.append(weights)
        else:
            earlier = self.layers[layer]
            weights[: len(earlier)] += earlier
            self.layers[layer] = weights

    def attended(self) -> Any:
        """Summed over the layers, too: (tokens,)."""
        return sum(self.layers[1:], start=self.layers[0])


@contextmanager
def watched(module: Any, watch: Watch, tokens: int) -> Iterator[None]:
    """For the length of one pass under a mask, ``watch`` what its last ``tokens`` attend to."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    config = module.config
    implementation = config._attn_implementation
    layers, last = count(), slice(-tokens, None)

    def attend(
        layer: Any, query: Any, key: Any, value: Any, attention_mask: Any, **options: Any
    ) -> Any:  # models may name the mask
        groups = query[0, :, last].unflatten(0, (key.shape[1], -1))  # those that share keys
        found = sum(
            (options["scaling"] * of_one.float() @ keys.float().mT + attention_mask[0, :, last])
            .softmax(-1)
            .sum((0, 1))
            for of_one, keys in zip(groups, key[0], strict=True)  # one at a time: it is less memory
        )
        watch.add(next(layers), found)
        home = sys.modules[type(layer).__module__]
        plain = ALL_ATTENTION_FUNCTIONS.get(implementation) or home.eager_attention_forward
        return plain(layer, query, key, value, attention_mask, **options)

    ALL_ATTENTION_FUNCTIONS.register(WATCHED, attend)
    config._attn_implementation = WATCHED
    try:
        yield
    finally:
        config._attn_implementation = implementation


def _scattered(
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


def _in_a_row(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **options: Any
) -> tuple[Any, None]:
    """The same where the queries are those of the last keys; the mask is not needed."""
    import torch

    attend = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None)
    if attend is None or key.shape[-1] != value.shape[-1]:
        return _scattered(module, query, key, value, attention_mask, **options)
    first, scale = key.shape[-2] - query.shape[-2], options.get("scaling")
    before, own = slice(0, first), slice(first, None)
    among, log_among = attend(
        query, key[..., own, :], value[..., own, :], is_causal=True, scale=scale
    )
    if not first:  # the kernel must not be asked about no keys at all
        return among.transpose(1, 2).contiguous(), None
    seen, log_seen = attend(query, key[..., before, :], value[..., before, :], scale=scale)
    share = torch.sigmoid(log_seen - log_among)[..., None]
    found = torch.lerp(among.float(), seen.float(), share).to(query.dtype)
    return found.transpose(1, 2).contiguous(), None
