"""One edit under several strategies, against what encoding everything anew gives."""

from __future__ import annotations

import pytest

from codeupdate.errors import UsageError
from codeupdate.kvcache import STRATEGIES, Edit, EditSession, compare_strategies
from tests.kvcache.models import model_of

pytest.importorskip("torch", reason="needs the extra 'transformers'")

TEXT = "def take(values, count):\n    return values[:count]\n"


def test_exact_strategies_agree_and_the_others_are_measured() -> None:
    model = model_of("llama")
    edits = [Edit(4, 8, "choose_some")]
    asked = [*STRATEGIES, "selective:0.9"]
    found = {one.strategy: one for one in compare_strategies(model, TEXT, edits, asked)}
    assert list(found) == asked
    text = TEXT.replace("take", "choose_some")
    expected = EditSession(model, text).complete(32)
    for name in ("full", "prefix"):
        assert found[name].completion == expected
        assert found[name].agrees and found[name].divergence == pytest.approx(0, abs=1e-6)
    assert found["conflict"].divergence > found["pie"].divergence > 1e-4
    assert found["selective:0.9"].divergence < found["pie"].divergence
    assert {one.tokens for one in found.values()} == {len(text)}
    assert found["pie"].encoded < found["selective"].encoded < found["prefix"].encoded


def test_what_cannot_be_compared_is_told() -> None:
    model = model_of("llama")
    with pytest.raises(UsageError, match="is called 'pi'"):
        list(compare_strategies(model, TEXT, [Edit(0, 1)], ["full", "pi"]))
    with pytest.raises(UsageError, match="nothing of the text"):
        list(compare_strategies(model, TEXT, [Edit(0, len(TEXT))], ["pie"]))
