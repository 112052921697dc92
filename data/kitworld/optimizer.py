"""Muon: momentum whose update is made orthogonal, for the matrices of a network.

K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024). Five
steps of a Newton-Schulz iteration push all singular values of the momentum towards 1.
Matrices of one shape are stacked, so that a step is a few batched products.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch

__all__ = ["Muon"]

#: Coefficients of the quintic iteration, from the same source.
A, B, C = 3.4445, -4.7750, 2.0315


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum; every parameter must be a matrix."""

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], lr: float, momentum: float = 0.95
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[torch.nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                by_shape[parameter.shape].append(parameter)
            for shape, parameters in by_shape.items():
                gradients = torch.stack([parameter.grad for parameter in parameters])
                state = self.state[parameters[0]]
                if not state:
                    state["momentum"] = torch.zeros_like(gradients)
                momentum = state["momentum"].mul_(group["momentum"]).add_(gradients)
                update = orthogonalized(gradients.add(momentum, alpha=group["momentum"]))
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for parameter, change in zip(parameters, update, strict=True):
                    parameter.add_(change, alpha=-scale)


def orthogonalized(matrices: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """``matrices`` [n, rows, columns] with singular values near 1."""
    x = matrices.float()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = A * x + (B * gram + C * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)
