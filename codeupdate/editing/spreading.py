"""Brings values about at one layer by changing the projections of several layers up to it.

The outer loop of MEMIT (arXiv 2210.07229, section 4.3, algorithm 1), which AlphaEdit keeps:
methods differ in the linear system by which one layer is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from codeupdate.editing.hooks import projections
from codeupdate.editing.keys import at_keys, beside_keys
from codeupdate.editing.projections import blocks
from codeupdate.editing.targets import Target
from codeupdate.editing.values import Value, ValueSettings, optimise
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["Solve", "Taught", "spread", "values"]

#: Layer, keys K [in, n], residuals R [out, n], the weighted second moment [in, in] of the examples'
#: other tokens → the change ΔW [out, in] of the layer's projection.
Solve = Callable[[int, "torch.Tensor", "torch.Tensor", "torch.Tensor"], "torch.Tensor"]
#: A fact's contexts, and the value that is to be added at the last layer there.
Taught = tuple[Sequence[Target], Value]


def values(
    model: WeightedModel,
    facts: Sequence[Sequence[Target]],
    last: int,
    settings: ValueSettings,
) -> list[Taught]:
    """A value for each of ``facts``, all for the model as it is now, at what block ``last``
    writes."""
    block = model.module.get_submodule(blocks(model)[last])
    return [(contexts, optimise(model, block, contexts, settings)) for contexts in facts]


def spread(
    model: WeightedModel,
    taught: Sequence[Taught],
    layers: Sequence[int],
    solve: Solve,
    beside: float,
) -> dict[int, torch.Tensor]:
    """Change the projections of ``layers``, first to last, so that the last of these blocks
    writes what it does now plus each fact's value; the K Kᵀ [in, in] of each layer.

    What is still missing is measured anew before every layer, which takes an equal share of
    it. Every context is a column of K and R; those of a fact together weigh as much as one, and
    the examples' other tokens ``beside``.
    """
    import torch

    if not taught:
        return {}
    contexts = [context for one, _ in taught for context in one]
    weight = torch.cat([torch.full((len(one),), len(one) ** -0.5) for one, _ in taught]).double()
    delta = torch.cat([value.delta.cpu().double().expand(len(one), -1) for one, value in taught])
    block = model.module.get_submodule(blocks(model)[layers[-1]])
    modules = projections(model)
    _, before = at_keys(model, contexts, reads=modules[layers[-1]], writes=block)
    wanted, products = before + delta, {}
    for left, layer in zip(range(len(layers), 0, -1), layers, strict=True):
        keys, now = at_keys(model, contexts, reads=modules[layer], writes=block)
        k = (keys * weight[:, None]).T
        r = ((wanted - now) * weight[:, None]).T / left
        parameter = modules[layer].weight
        others = torch.zeros(len(k), len(k), dtype=torch.double)
        if beside:
            others = beside * beside_keys(model, contexts, modules[layer])
        change = solve(layer, k, r, others).to(parameter.device)
        with torch.no_grad():
            parameter.copy_((parameter.double() + change).to(parameter.dtype))
        products[layer] = k @ k.T
    return products
