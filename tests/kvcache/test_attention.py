"""Attention without copies is attention, and the model is as it was afterwards."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from codeupdate.kvcache import EditSession, attention, encoder
from codeupdate.kvcache.attention import Watch
from tests.kvcache.models import contents, model_of

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

TEXT = "def take(values, count):\n    return values[:count]\n"


def edited(name: str, strategy: str) -> EditSession:
    session = EditSession(model_of(name), TEXT, strategy=strategy)
    session.replace(9, 13, "nothing")
    return session


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("heads", [4, 2, 1])
def test_two_parts_are_joined_to_one_attention(heads: int, dtype: str) -> None:
    torch.manual_seed(0)
    precision = getattr(torch, dtype)
    query = (3 * torch.randn(1, 4, 9, 16)).to(precision)
    key, value = (torch.randn(1, heads, 30, 16).to(precision) for _ in range(2))
    hidden = torch.arange(30)[None] > torch.arange(21, 30)[:, None]
    mask = torch.zeros(1, 1, 9, 30).masked_fill(hidden, -torch.inf).to(precision)
    joined, _ = attention._in_a_row(None, query, key, value, mask, scaling=0.3)
    masked, _ = attention._scattered(None, query, key, value, mask, scaling=0.3)
    close = {"float32": 1e-6, "bfloat16": 2e-2, "float16": 2e-3}[dtype]
    torch.testing.assert_close(joined, masked, rtol=0, atol=close)


@pytest.mark.parametrize("strategy", ["prefix", "selective:0.5"])  # in a row, and scattered
@pytest.mark.parametrize("name", ["llama", "gemma", "phi", "cohere"])
def test_nothing_is_repeated_and_the_outcome_is_the_same(
    name: str, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.integrations import sdpa_attention

    def refuse(*_: object) -> None:
        raise AssertionError("keys are repeated")

    with monkeypatch.context() as patched:
        patched.setattr(encoder, "without_copies", lambda *_, row: nullcontext())
        expected = edited(name, strategy)
    monkeypatch.setattr(sdpa_attention, "repeat_kv", refuse)
    found = edited(name, strategy)
    for one, other in zip(contents(found.cache), contents(expected.cache), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    assert model_of(name).module.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("name", ["llama", "gemma", "phi", "cohere"])
def test_what_the_last_tokens_attend_to_is_seen(name: str, implementation: str) -> None:
    model = model_of(name)
    session = EditSession(model, TEXT)
    last, window = len(session.ids) - 1, [7, *range(len(session.ids) - 3, len(session.ids))]
    watch = Watch(3)
    model.module.set_attn_implementation("eager")
    try:
        ids = torch.tensor([session.ids])
        with torch.inference_mode():
            whole = model.module(input_ids=ids, output_attentions=True)
        model.module.set_attn_implementation(implementation)
        encoded = [session.ids[at] for at in window]
        logits = session._encoder.encode(session.cache, encoded, window, watch)
    finally:
        model.module.set_attn_implementation("sdpa")
    torch.testing.assert_close(logits, whole.logits[0, last], rtol=1e-3, atol=1e-3)
    for one, layer in zip(watch.layers, whole.attentions, strict=True):
        torch.testing.assert_close(one, layer[0, :, -3:].sum((0, 1)), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(watch.attended(), sum(watch.layers))


def test_the_model_is_as_it_was_after_an_error() -> None:
    model = model_of("llama")
    session = EditSession(model, TEXT)
    with pytest.raises(IndexError):
        session._encoder.encode(session.cache, [10**6, 3], [4, 9])
    assert model.module.config._attn_implementation == "sdpa"
