"""Optimizers by name. AdamW is torch's; no well-kept library has both of the others.

This module needs torch when it is imported, and is imported by whoever trains.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from codeupdate.editing.training import TrainingSettings

__all__ = ["Frugal", "Lion", "optimizer_for"]


def optimizer_for(
    parameters: Sequence[torch.Tensor], settings: TrainingSettings
) -> torch.optim.Optimizer:
    """The optimizer that ``settings`` name, over ``parameters`` as one group."""
    shared: dict[str, Any] = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    if settings.optimizer == "lion":
        return Lion(parameters, **shared)
    if settings.optimizer == "frugal":
        return Frugal(
            parameters, density=settings.frugal_density, gap=settings.frugal_gap, **shared
        )
    return torch.optim.AdamW(parameters, fused=True, **shared)


class Lion(torch.optim.Optimizer):  # type: ignore[misc]
    """Evolved sign momentum (Chen et al. 2023, arXiv 2302.06675, Algorithm 2): every weight
    moves by the rate, in the direction of the sign of an interpolated momentum."""

    def __init__(
        self,
        parameters: Sequence[torch.Tensor],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def step(self, closure: None = None) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self._update(p, group)

    def _update(self, p: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["momentum"] = torch.zeros_like(p)
        beta1, beta2 = group["betas"]
        direction = torch.lerp(p.grad, state["momentum"], beta1).sign_()
        p.mul_(1 - group["lr"] * group["weight_decay"])
        p.add_(direction, alpha=-group["lr"])
        state["momentum"].lerp_(p.grad, 1 - beta2)


class Frugal(torch.optim.Optimizer):  # type: ignore[misc]
    """Full-rank updates with gradient splitting (Zmushko et al. 2024, arXiv 2411.07837,
    Algorithm 1): AdamW in a subspace, signSGD, which needs no state, outside of it.

    The subspace of a matrix is a random share ``density`` of its columns, chosen anew every
    ``gap`` steps; the moments of the columns before are then dropped (the RandK projection
    over columns). Tensors that are no matrices belong to the subspace as a whole.
    """

    def __init__(
        self,
        parameters: Sequence[torch.Tensor],
        lr: float,
        density: float = 0.25,
        gap: int = 200,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(parameters, {**defaults, "density": density, "gap": gap})

    def step(self, closure: None = None) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self._update(p, group)

    def _update(self, p: torch.Tensor, group: dict[str, Any]) -> None:
        state, grad = self.state[p], p.grad
        assert grad is not None
        if state.get("age", group["gap"]) >= group["gap"]:
            columns = self._columns(p, group["density"])
            inside = p[..., columns]
            state.update(
                age=0, columns=columns, m=torch.zeros_like(inside), v=torch.zeros_like(inside)
            )
        state["age"] += 1
        beta1, beta2 = group["betas"]
        columns, m, v = state["columns"], state["m"], state["v"]
        inside = grad[..., columns]
        m.lerp_(inside, 1 - beta1)
        v.mul_(beta2).addcmul_(inside, inside, value=1 - beta2)
        m_hat = m / (1 - beta1 ** state["age"])
        v_hat = v / (1 - beta2 ** state["age"])
        direction = grad.sign()
        direction[..., columns] = m_hat / (v_hat.sqrt() + group["eps"])
        p.mul_(1 - group["lr"] * group["weight_decay"])
        p.add_(direction, alpha=-group["lr"])

    @staticmethod
    def _columns(p: torch.Tensor, density: float) -> torch.Tensor:
        width = p.shape[-1]
        inside = width if p.ndim < 2 else round(density * width)
        # Drawn on the CPU, so that the choice is the same on every device.
        return torch.randperm(width)[:inside].sort().values.to(p.device)
