"""Every strategy on every family: exact where it says so, and where theory says so."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeupdate.errors import ModelError, UsageError
from codeupdate.kvcache import Edit, encoder
from codeupdate.kvcache.encoder import Encoder
from codeupdate.kvcache.session import EditSession
from codeupdate.kvcache.strategies import STRATEGIES, strategy_named
from tests.kvcache.models import EDITABLE, contents, model_of, random_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

TEXT = "def take(values, count):\n    return values[:count]\n\nprint(take([1, 2, 3], 2))\n"
#: What rounding may do to a key of the last of three layers.
CLOSE = {"float32": 1e-4, "bfloat16": 0.15, "float16": 0.02}


def apart(one: EditSession, other: EditSession) -> float:
    """The largest difference of two caches, relative to what they hold."""
    assert one.ids == other.ids and one.cache.length == other.cache.length == len(one.ids)
    pairs = zip(contents(one.cache), contents(other.cache), strict=True)
    return max(float((x.float() - y.float()).abs().max() / y.float().abs().max()) for x, y in pairs)


EDITS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 8), st.sampled_from(["", "x", "count", "\n  y"])),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("strategy", ["prefix", "selective:1"])
@pytest.mark.parametrize("name", EDITABLE)
@given(edits=EDITS)
@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_exact_strategies_equal_encoding_everything(
    name: str, strategy: str, edits: list[tuple[int, int, str]]
) -> None:
    session = EditSession(model_of(name), TEXT, strategy=strategy)
    for start, length, text in edits:
        session.replace(start, min(start + length, len(session.text)), text)
    anew = EditSession(model_of(name), session.text)
    assert apart(session, anew) < CLOSE["float32"]


@pytest.mark.parametrize("strategy", ["prefix", "selective:1"])
@given(
    at=st.lists(st.integers(0, len(TEXT)), min_size=2, max_size=4, unique=True),
    texts=st.lists(st.sampled_from(["zz", "QWERTYUIOP", "\n"]), min_size=5, max_size=5),
)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_exact_strategies_are_so_after_several_edits_at_once(
    strategy: str, at: list[int], texts: list[str]
) -> None:
    """New tokens may be among the last ones, of which some are encoded anew in any case."""
    session = EditSession(model_of("llama"), TEXT, strategy=strategy)
    session.edit([Edit(place, place, text) for place, text in zip(at, texts, strict=False)])
    assert apart(session, EditSession(model_of("llama"), session.text)) < CLOSE["float32"]


@pytest.mark.parametrize("strategy", ["full", "prefix", "selective:1"])
def test_an_exact_fork_of_what_is_not_is_exact(strategy: str) -> None:
    model = model_of("llama")
    pie = EditSession(model, TEXT)
    pie.replace(4, 8, "choose_some")
    before = pie.next_logits().clone()
    anew = EditSession(model, pie.text)
    assert apart(pie, anew) > CLOSE["float32"]
    fork = pie.fork(strategy=strategy)
    assert apart(fork, anew) < CLOSE["float32"]
    torch.testing.assert_close(fork.next_logits(), anew.next_logits(), rtol=0, atol=1e-4)
    assert torch.equal(pie.next_logits(), before)
    assert apart(pie, anew) > CLOSE["float32"]
    fork.insert(len(fork.text), "# more\n")
    assert apart(fork, EditSession(model, fork.text)) < CLOSE["float32"]


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("strategy", ["prefix", "selective:1"])
def test_exact_strategies_in_every_precision(strategy: str, dtype: str) -> None:
    model = model_of("qwen2", dtype)
    session = EditSession(model, TEXT, strategy=strategy)
    session.replace(9, 13, "nothing")
    assert apart(session, EditSession(model, session.text)) < CLOSE[dtype]


@pytest.mark.parametrize("strategy", ["prefix", "selective:1", "selective:0.5"])
@pytest.mark.parametrize("name", ["llama", "phi", "gemma2"])
def test_in_how_many_passes_tokens_are_encoded_makes_no_difference(
    name: str, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = EditSession(model_of(name), TEXT, strategy=strategy)
    at_once.replace(9, 13, "nothing")
    monkeypatch.setattr(encoder, "CHUNK", (7, 7))
    some_at_a_time = EditSession(model_of(name), TEXT, strategy=strategy)
    some_at_a_time.replace(9, 13, "nothing")
    assert apart(some_at_a_time, at_once) < CLOSE["float32"]
    difference = some_at_a_time.next_logits() - at_once.next_logits()
    assert difference.abs().max() < CLOSE["float32"]


@pytest.mark.parametrize("name", EDITABLE)
def test_pie_is_exact_at_the_end_and_where_nothing_changes(name: str) -> None:
    session = EditSession(model_of(name), TEXT)
    session.insert(len(TEXT), "# more\n")
    session.replace(10, 10, "")
    session.delete(len(TEXT), len(session.text))
    assert session.text == TEXT
    assert apart(session, EditSession(model_of(name), TEXT)) < CLOSE["float32"]


@pytest.mark.parametrize("name", EDITABLE)
def test_the_first_layer_is_exact_under_pie_and_not_in_conflict(name: str) -> None:
    """Its keys and values depend on the tokens alone, once they are turned."""
    pie = EditSession(model_of(name), TEXT)
    conflict = EditSession(model_of(name), TEXT, strategy="conflict")
    for session in (pie, conflict):
        session.replace(4, 8, "choose_some")
    keys, values = contents(EditSession(model_of(name), pie.text).cache)
    found_keys, found_values = contents(pie.cache)
    torch.testing.assert_close(found_keys[0], keys[0], rtol=0, atol=1e-4)
    assert torch.equal(found_values[0], values[0])
    assert (contents(conflict.cache)[0][0] - keys[0]).abs().max() > 1e-2


def test_pie_is_exact_with_one_layer() -> None:
    session = EditSession(model_of("one-layer"), TEXT)
    session.replace(4, 8, "choose_some")
    session.delete(0, 4)
    assert apart(session, EditSession(model_of("one-layer"), session.text)) < CLOSE["float32"]


def test_selective_comes_closer_the_more_it_encodes() -> None:
    model = model_of("llama")
    distances = []
    for strategy in ("pie", "selective:0.2", "selective:0.6", "selective:1"):
        total = 0.0
        draw = random.Random(0)
        for _ in range(8):
            session = EditSession(model, TEXT, strategy=strategy)
            at = draw.randrange(30)
            session.replace(at, at + 3, "other")
            _, anew = contents(EditSession(model, session.text).cache)
            total += float((contents(session.cache)[1] - anew).norm())
        distances.append(total)
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 1e-2 * distances[0]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_how_many_tokens_are_encoded(strategy: str) -> None:
    session = EditSession(model_of("llama"), TEXT, strategy=strategy)
    found = session.replace(4, 8, "choose")
    after = len(TEXT) - 8
    expected = {
        "full": found.tokens,
        "prefix": 6 + after,
        "conflict": 7,
        "pie": 7,
        # Half of the share and the last token see the rest, when that is encoded a second time.
        "selective": 7 + (share := round(0.15 * (after - 1))) + share // 2 + 1,
    }
    assert found.encoded == expected[strategy]
    assert session.replace(0, 0, "").encoded == (found.tokens if strategy == "full" else 0)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("gpt2", {}, "no rotary embedding"),
        ("gemma2", {"sliding_window": 32}, "only a window of the text .32 of 512"),
        ("mistral", {"sliding_window": 64}, "only a window"),
    ],
)
def test_models_that_cannot_be_edited_are_refused(
    kind: str, options: dict[str, object], says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        Encoder(random_model(kind, **options))


def test_an_attention_that_takes_no_mask_of_numbers_is_refused() -> None:
    model = random_model("llama")
    model.module.config._attn_implementation = "flash_attention_2"
    with pytest.raises(ModelError, match=r"'flash_attention_2'.*load it with attention=sdpa"):
        Encoder(model)


@pytest.mark.parametrize("name", ["pi", "pie:0.5", "selective:2", "selective:x"])
def test_unknown_strategies_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name if name != "selective:x" else "number from 0 to 1"):
        strategy_named(name)
