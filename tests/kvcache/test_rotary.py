"""A turned key is the key of another position, in every precision and after any number of moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.errors import ModelError
from codeupdate.kvcache.blocks import Layout
from codeupdate.kvcache.cache import EditableCache, Run
from codeupdate.kvcache.rotary import Rotary, rotary_of
from tests.kvcache.models import EDITABLE, model_of, random_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

FREQUENCIES = 1.0 / 10_000.0 ** (torch.arange(0, 16, 2) / 16)
#: Largest error of a key of length about 1, of what one rounding of it would be.
PRECISION = {torch.float32: 1e-6, torch.bfloat16: 2**-7, torch.float16: 2**-10}


def keys_at(position: float, base: torch.Tensor, *, interleaved: bool) -> torch.Tensor:
    """``base`` turned to ``position`` in float64, by the definition: pairs as complex numbers."""
    turn = torch.polar(torch.ones(8, dtype=torch.float64), position * FREQUENCIES.double())
    wide = base.double()
    if interleaved:
        pairs = torch.complex(wide[..., 0:16:2], wide[..., 1:16:2]) * turn
        turned = torch.stack([pairs.real, pairs.imag], -1).flatten(-2)
    else:
        pairs = torch.complex(wide[..., :8], wide[..., 8:16]) * turn
        turned = torch.cat([pairs.real, pairs.imag], -1)
    return torch.cat([turned, wide[..., 16:]], -1)


@given(
    st.integers(-5000, 5000),
    st.sampled_from(list(PRECISION)),
    st.booleans(),
    st.sampled_from([16, 24]),
)
@settings(deadline=None)
def test_turning_is_multiplication_by_a_complex_number(
    by: int, dtype: torch.dtype, interleaved: bool, size: int
) -> None:
    base = torch.randn(2, 3, size, generator=torch.Generator().manual_seed(by)).to(dtype)
    turned = torch.empty_like(base)
    Rotary(FREQUENCIES, interleaved).by(by)(base, turned)
    expected = keys_at(by, base, interleaved=interleaved)
    assert (turned.double() - expected).abs().max() < 4 * PRECISION[dtype] * 4
    assert torch.equal(turned[..., 16:], base[..., 16:])  # what is not turned is the same


def test_a_turn_of_each_token_may_overlap_its_source() -> None:
    keys = torch.randn(1, 10, 16)
    by = torch.tensor([3, 3, -2, 0, 7, 1])
    expected = torch.empty(1, 6, 16)
    Rotary(FREQUENCIES).by(by)(keys[:, 2:8].clone(), expected)
    Rotary(FREQUENCIES).by(by)(keys[:, 2:8], keys[:, 4:10])
    assert torch.equal(keys[:, 4:10], expected)


@pytest.mark.parametrize("dtype", PRECISION, ids=str)
def test_a_thousand_moves_do_not_drift(dtype: torch.dtype) -> None:
    layout = Layout(2, 2, 16, 16, dtype, torch.device("cpu"))
    cache = EditableCache(layout, Rotary(FREQUENCIES), 64)
    base = torch.nn.functional.normalize(torch.randn(2, 1, 2, 40, 16), dim=-1).to(dtype)
    values = torch.randn(2, 1, 2, 40, 16).to(dtype)
    cache.open(range(40))
    for layer in range(2):
        cache.write(layer, slice(0, 40), base[layer], values[layer])
    at, draw = 0, np.random.default_rng(0)
    for _ in range(1000):
        to = int(draw.integers(0, 400))
        cache.move([Run(at, to, 40)], to + 40, rotate=True)
        at = to
    expected = torch.stack([keys_at(at, base[:, :, :, i], interleaved=False) for i in range(40)], 3)
    bound = {torch.float32: 2e-5, torch.bfloat16: 2**-8, torch.float16: 2**-11}[dtype]
    pending = cache.pending(at + 40)
    for layer in range(2):
        keys, held = cache.seen(layer, at + 40, pending)
        assert (keys[..., at:, :].double() - expected[layer]).abs().max() < bound
        assert torch.equal(held[..., at:, :], values[layer])
    assert cache.nbytes < 2.6 * 2 * base.nbytes * (at + 40 + 256) / 40  # no second set of keys


@pytest.mark.parametrize("name", EDITABLE)
def test_the_rotation_of_every_family_is_found(name: str) -> None:
    model = model_of(name)
    rotary = rotary_of(model.module, name)
    assert rotary.interleaved == (name == "cohere")
    share = {"phi": 0.5, "gpt_neox": 0.25}.get(name, 1.0)
    assert 2 * rotary.frequencies.numel() == 8 * share


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("gpt2", {}, "has no rotary embedding"),
        (
            "llama",
            {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}},
            "of the type 'dynamic'",
        ),
    ],
)
def test_what_one_rotation_cannot_move_is_refused_by_name(
    kind: str, options: dict[str, object], says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        rotary_of(random_model(kind, **options).module, kind)
