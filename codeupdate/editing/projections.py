"""Finds the parts of a decoder that methods change, by structure and not by model name."""

from __future__ import annotations

from typing import Any, Literal

from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel

__all__ = ["Which", "attention_outputs", "bare", "blocks", "linear_projections", "mlp_outputs"]

Which = Literal["all", "attention", "query-value", "mlp"]

#: What the query and value projections are called, fused ones included.
QUERY_VALUE = {"q_proj", "v_proj", "query_key_value", "qkv_proj", "c_attn", "Wqkv"}


def blocks(model: WeightedModel) -> list[str]:
    """Names of the decoder's blocks, first to last: the longest list of modules there is that
    lies within no other (a block may have more experts than the model has blocks).

    Raises:
        EditError: there is no such list.
    """
    import torch

    lists: dict[str, Any] = {}
    for name, part in model.module.named_modules():
        within = any(name.startswith(f"{other}.") for other in lists)
        if isinstance(part, torch.nn.ModuleList) and not within:
            lists[name] = part
    name, longest = max(lists.items(), key=lambda named: len(named[1]), default=("", ()))
    if not longest:
        raise EditError(
            f"'{model.name}' has no blocks that could be found; its architecture is not one of "
            "a decoder that stacks blocks of attention and MLP"
        )
    return [f"{name}.{number}" for number in range(len(longest))]


def linear_projections(model: WeightedModel, which: Which) -> list[str]:
    """Names of the linear layers inside the decoder's blocks, in order.

    What lies outside the blocks (embeddings, output layer) is never among them.

    Raises:
        EditError: there are none, they are quantized, or the MLP is among ``which`` and is a
            mixture of experts.
    """
    import torch
    from transformers.pytorch_utils import Conv1D

    if which in {"all", "mlp"} and (experts := _experts(model)):
        raise EditError(
            f"'{model.name}' is a mixture of experts, whose weights lie in one tensor for all of "
            f"them ('{experts}') and not in linear layers that could be adapted; use --set "
            "targets=attention or targets=query-value"
        )
    stack = blocks(model)[0].rpartition(".")[0]
    found = []
    for name, part in model.module.named_modules():
        # A layer that already carries an adapter is met as a whole, not piece by piece.
        within_adapter = ".base_layer" in name or ".lora_" in name
        if not name.startswith(f"{stack}.") or within_adapter:
            continue
        layer = bare(part)
        if isinstance(layer, torch.nn.Linear | Conv1D) and _wanted(name, which):
            if not layer.weight.dtype.is_floating_point:
                raise EditError(
                    f"the weights of '{model.name}' are quantized ({name}: {layer.weight.dtype}); "
                    "load it in float32, bfloat16 or float16"
                )
            found.append(name)
    if not found:
        raise EditError(
            f"'{model.name}' has no {which} projections that could be found in its blocks; "
            "its architecture is not one of a decoder with attention and MLP modules"
        )
    return found


def mlp_outputs(model: WeightedModel) -> list[str]:
    """Names of the projection by which each block's MLP writes to the residual stream, one a
    block: the linear associative memory of the locate-and-edit methods.

    Raises:
        EditError: a block has none or several (a mixture of experts), or they are quantized.
    """
    import torch

    if experts := _experts(model):
        raise EditError(
            f"'{model.name}' is a mixture of experts ('{experts}'), and this method edits the one "
            "projection by which the MLP of a block writes to the residual stream; use an editor "
            "that trains an adapter, with --set targets=attention"
        )
    module, width = model.module, model.module.config.hidden_size
    found = []
    for block in blocks(model):
        # Of the MLP's linear layers the last that maps to the width of the residual stream.
        named = [n for n in linear_projections(model, "mlp") if n.startswith(f"{block}.")]
        layers = {name: bare(module.get_submodule(name)) for name in named}
        outputs = [
            name
            for name, layer in layers.items()
            if isinstance(layer, torch.nn.Linear)
            and layer.out_features == width
            and layer.in_features != width
        ]
        if len(outputs) != 1:
            raise EditError(
                f"block '{block}' of '{model.name}' has {len(outputs)} projections from its MLP "
                "to the residual stream, and this method edits exactly one a block (it cannot "
                "edit a mixture of experts); use an editor that trains an adapter"
            )
        found += outputs
    return found


def attention_outputs(model: WeightedModel) -> list[str]:
    """Names of the projection by which each block's attention writes what its heads read to
    the residual stream, one a block.

    Raises:
        EditError: a block has none that could be found, or they are quantized.
    """
    import torch

    module, width = model.module, model.module.config.hidden_size
    heads = module.config.num_attention_heads
    named = linear_projections(model, "attention")
    found = []
    for block in blocks(model):
        outputs = [
            name
            for name in named
            if name.startswith(f"{block}.")
            and isinstance(layer := bare(module.get_submodule(name)), torch.nn.Linear)
            and layer.out_features == width
            and layer.in_features % heads == 0
        ]
        if not outputs:
            raise EditError(
                f"block '{block}' of '{model.name}' has no projection from its attention heads to "
                "the residual stream that could be found; use an editor that trains an adapter"
            )
        found.append(outputs[-1])  # queries, keys and values come before it
    return found


def bare(layer: Any) -> Any:
    """``layer`` without the adapter around it, if there is one."""
    return getattr(layer, "base_layer", layer)


def _experts(model: WeightedModel) -> str:
    """The first tensor in a block that holds a matrix for each of its experts; "" where there
    is none. The kernels of a convolution have three dimensions too."""
    from torch.nn.modules.conv import _ConvNd

    for block in blocks(model):
        for name, part in model.module.get_submodule(block).named_modules():
            for own, parameter in part.named_parameters(recurse=False):
                if parameter.ndim == 3 and not isinstance(part, _ConvNd):
                    return f"{block}.{name}.{own}"
    return ""


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
