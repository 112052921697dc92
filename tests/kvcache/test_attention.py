"""Under a mask heads of a group share keys and values, and the model is as it was afterwards."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from codeupdate.kvcache import EditSession, encoder
from tests.kvcache.models import contents, model_of

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

TEXT = "def take(values, count):\n    return values[:count]\n"


def edited(name: str) -> EditSession:
    session = EditSession(model_of(name), TEXT, strategy="prefix")
    session.replace(9, 13, "nothing")
    return session


@pytest.mark.parametrize("name", ["llama", "gemma", "phi", "cohere"])
def test_nothing_is_repeated_and_the_outcome_is_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.integrations import sdpa_attention

    def refuse(*_: object) -> None:
        raise AssertionError("keys are repeated")

    with monkeypatch.context() as patched:
        patched.setattr(encoder, "sharing_heads", lambda *_: nullcontext())
        expected = edited(name)
    monkeypatch.setattr(sdpa_attention, "repeat_kv", refuse)
    found = edited(name)
    for one, other in zip(contents(found.cache), contents(expected.cache), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    assert model_of(name).module.config._attn_implementation == "sdpa"


def test_the_model_is_as_it_was_after_an_error() -> None:
    model = model_of("llama")
    session = EditSession(model, TEXT)
    with pytest.raises(IndexError):
        session._encoder.encode(session.cache, [10**6, 3], [4, 9])
    assert model.module.config._attn_implementation == "sdpa"
