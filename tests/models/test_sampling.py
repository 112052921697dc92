"""Which token is chosen: by a look at the most likely ones, as if all had been put in order."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.models import sampling as module
from codeupdate.models.sampling import RANKED, Row, choose, stream
from codeupdate.types import Sampling

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")


def rows(count: int) -> list[Row]:
    return [Row((), stream(0, [1, 2], index)) for index in range(count)]


def by_the_book(logits: np.ndarray, sampling: Sampling, uniform: float) -> int:
    """One row, token by token."""
    scaled = logits.astype(np.float64) / sampling.temperature
    probabilities = np.exp(scaled - scaled.max())
    probabilities /= probabilities.sum()
    ranked = sorted(range(len(logits)), key=lambda token: (-probabilities[token], token))
    kept, mass = [], 0.0
    for token in ranked:
        if mass >= sampling.top_p:
            break
        kept.append(token)
        mass += probabilities[token]
    target, reached = uniform * mass, 0.0
    for token in kept:
        reached += probabilities[token]
        if reached > target:
            return token
    return kept[-1]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    vocabulary=st.sampled_from([3, RANKED, RANKED + 1, 500]),
    spread=st.sampled_from([0.1, 1.0, 5.0]),
    temperature=st.sampled_from([0.3, 1.0]),
    top_p=st.sampled_from([0.2, 0.9, 1.0]),
    coarse=st.booleans(),
)
def test_as_by_the_book(
    seed: int, vocabulary: int, spread: float, temperature: float, top_p: float, coarse: bool
) -> None:
    """``coarse`` logits, as in bfloat16, make many tokens equal."""
    logits = np.random.default_rng(seed).normal(size=(6, vocabulary)) * spread
    logits = np.round(logits) if coarse else logits
    sampling = Sampling(temperature=temperature, top_p=top_p)
    found = choose(torch.tensor(logits), rows(6), sampling)
    uniform = [row.stream.random() for row in rows(6)]
    assert found == [
        by_the_book(line, sampling, u) for line, u in zip(logits, uniform, strict=True)
    ]
    one = [choose(torch.tensor(logits[i : i + 1]), [rows(6)[i]], sampling)[0] for i in range(6)]
    assert one == found  # whatever is beside it


@pytest.mark.parametrize("temperature", [0.0, 0.8])
@pytest.mark.parametrize("vocabulary", [5, RANKED + 36])
def test_logits_that_are_no_numbers_end_in_a_token_all_the_same(
    temperature: float, vocabulary: int, caplog: pytest.LogCaptureFixture
) -> None:
    module._say_that_they_are_no_numbers.cache_clear()
    sampling = Sampling(temperature=temperature, top_p=0.9)
    whole = torch.tensor(np.random.default_rng(0).normal(size=(4, vocabulary)))
    broken = whole.clone()
    broken[1], broken[2, 3] = float("nan"), float("nan")
    with caplog.at_level(logging.WARNING):
        found = choose(broken, rows(4), sampling)
        again = choose(broken, rows(4), sampling)
    expected = choose(whole, rows(4), sampling)
    assert found == again == [expected[0], 0, 3, expected[3]]  # others are as without them
    assert [record.getMessage().count("NaN") for record in caplog.records] == [1]


def test_nothing_is_said_of_numbers(caplog: pytest.LogCaptureFixture) -> None:
    module._say_that_they_are_no_numbers.cache_clear()
    logits = torch.tensor([[0.0, float("-inf"), 1.0]])
    for temperature in (0.0, 1.0):
        choose(logits, rows(1), Sampling(temperature=temperature))
    assert not caplog.records
