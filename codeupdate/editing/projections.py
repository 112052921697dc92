"""Finds the matrices of a decoder that methods change, by structure and not by model name."""

from __future__ import annotations

from typing import Any, Literal

from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel

__all__ = ["Which", "linear_projections"]

Which = Literal["all", "attention", "query-value", "mlp"]

#: What the query and value projections are called, fused ones included.
QUERY_VALUE = {"q_proj", "v_proj", "query_key_value", "qkv_proj", "c_attn", "Wqkv"}


def linear_projections(model: WeightedModel, which: Which) -> list[str]:
    """Names of the linear layers inside the decoder's blocks, in order.

    A block is an element of the longest list of modules; what lies outside (embeddings,
    output layer) is never among them.

    Raises:
        EditError: there are none, or they are quantized.
    """
    import torch

    module = model.module
    blocks = max(
        ((name, part) for name, part in module.named_modules() if _is_list(part)),
        key=lambda named: len(named[1]),
        default=(None, ()),
    )[0]
    found = []
    for name, part in module.named_modules():
        inside = blocks is not None and name.startswith(f"{blocks}.")
        # A layer that already carries an adapter is met as a whole, not piece by piece.
        weight = getattr(getattr(part, "base_layer", part), "weight", None)
        within_adapter = ".base_layer" in name or ".lora_" in name
        if not inside or within_adapter or not isinstance(weight, torch.Tensor):
            continue
        if weight.ndim == 2 and _wanted(name, which):
            if not weight.dtype.is_floating_point:
                raise EditError(
                    f"the weights of '{model.name}' are quantized ({name}: {weight.dtype}); "
                    "load it in float32, bfloat16 or float16"
                )
            found.append(name)
    if not found:
        raise EditError(
            f"'{model.name}' has no {which} projections that could be found in its blocks; "
            "its architecture is not one of a decoder with attention and MLP modules"
        )
    return found


def _is_list(part: Any) -> bool:
    import torch

    return isinstance(part, torch.nn.ModuleList)


def _wanted(name: str, which: Which) -> bool:
    path = name.split(".")
    in_attention = any("attn" in part or "attention" in part for part in path[:-1])
    if which == "query-value":
        return path[-1] in QUERY_VALUE
    if which == "attention":
        return in_attention
    if which == "mlp":
        return not in_attention
    return True
