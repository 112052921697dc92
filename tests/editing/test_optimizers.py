"""Lion and FRUGAL against their definitions, in float64."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

from codeupdate.editing.optimizers import Frugal, Lion, optimizer_for  # noqa: E402
from codeupdate.editing.training import TrainingSettings  # noqa: E402

SEEDS = st.integers(0, 10**6)
RATES = st.sampled_from([1e-3, 0.1])
DECAYS = st.sampled_from([0.0, 0.5])


def draw(seed: int, steps: int = 5) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """A matrix and a gradient for each step."""
    stream = torch.Generator().manual_seed(seed)
    shape = (3, 8)
    weight, *gradients = (
        torch.randn(shape, dtype=torch.float64, generator=stream) for _ in range(steps + 1)
    )
    return weight, gradients


def trained(
    optimizer: type, weight: torch.Tensor, gradients: list[torch.Tensor], **options: object
) -> list[torch.Tensor]:
    """The weights after each step."""
    parameter = torch.nn.Parameter(weight.clone())
    stepping = optimizer([parameter], **options)
    states = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        stepping.step()
        states.append(parameter.detach().clone())
    return states


@given(SEEDS, RATES, DECAYS)
@settings(deadline=None)
def test_lion_moves_by_the_sign_of_the_interpolated_momentum(
    seed: int, rate: float, decay: float
) -> None:
    weight, gradients = draw(seed)
    found = trained(Lion, weight, gradients, lr=rate, betas=(0.9, 0.99), weight_decay=decay)
    momentum = torch.zeros_like(weight)
    for gradient, after in zip(gradients, found, strict=True):
        update = torch.sign(0.9 * momentum + 0.1 * gradient)
        weight = weight - rate * (update + decay * weight)
        momentum = 0.99 * momentum + 0.01 * gradient
        torch.testing.assert_close(after, weight)


@given(SEEDS, RATES, DECAYS)
@settings(deadline=None)
def test_frugal_at_full_density_is_adamw_and_at_none_is_sign_descent(
    seed: int, rate: float, decay: float
) -> None:
    weight, gradients = draw(seed)
    options = {"lr": rate, "weight_decay": decay}
    whole = trained(Frugal, weight, gradients, density=1.0, **options)
    adamw = trained(torch.optim.AdamW, weight, gradients, **options)
    none = trained(Frugal, weight, gradients, density=0.0, **options)
    for step, gradient in enumerate(gradients):
        torch.testing.assert_close(whole[step], adamw[step])
        weight = weight * (1 - rate * decay) - rate * gradient.sign()
        torch.testing.assert_close(none[step], weight)


@given(SEEDS)
@settings(deadline=None)
def test_frugal_splits_the_gradient_and_chooses_columns_anew(seed: int) -> None:
    gap, rounds, rate = 3, 20, 0.01
    weight, gradients = draw(seed, gap * rounds)
    torch.manual_seed(seed)
    found = trained(Frugal, weight, gradients, lr=rate, density=0.5, gap=gap)
    chosen = []
    for start in range(0, gap * rounds, gap):
        before = found[start - 1] if start else weight
        here = gradients[start : start + gap]
        adamw = trained(torch.optim.AdamW, before, here, lr=rate, weight_decay=0.0)
        last = found[start + gap - 1]
        full = torch.isclose(last, adamw[-1]).all(0)  # fresh moments since this round's start
        sign = torch.isclose(last, before - rate * sum(g.sign() for g in here)).all(0)
        assert (full ^ sign).all()
        assert int(full.sum()) == 4
        chosen.append(tuple(full.tolist()))
    assert len(set(chosen)) > 1


def test_frugal_keeps_moments_for_its_share_only() -> None:
    parameter = torch.nn.Parameter(torch.zeros(10, 100))
    vector = torch.nn.Parameter(torch.zeros(7))
    stepping = Frugal([parameter, vector], lr=0.1, density=0.25)
    for each in (parameter, vector):
        each.grad = torch.ones_like(each)
    stepping.step()
    assert stepping.state[parameter]["m"].shape == (10, 25)
    assert stepping.state[vector]["m"].shape == (7,)


@pytest.mark.parametrize("name", ["adamw", "lion", "frugal"])
def test_every_name_minimizes(name: str) -> None:
    parameter = torch.nn.Parameter(torch.full((4, 4), 3.0))
    chosen = TrainingSettings(optimizer=name, learning_rate=0.005, frugal_gap=10)
    stepping = optimizer_for([parameter], chosen)
    for _ in range(1000):
        parameter.grad = 2 * parameter.detach()
        stepping.step()
    assert parameter.abs().max() < 0.2
