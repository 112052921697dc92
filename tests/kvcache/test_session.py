"""A session as an editor would use it."""

from __future__ import annotations

import difflib
import random

import pytest

import codeupdate as cu
from codeupdate.errors import ModelError, UsageError
from codeupdate.kvcache import STRATEGIES, Edit, EditSession, complete_together
from codeupdate.types import Prompt, Sampling
from tests.kvcache.models import contents, model_of
from tests.kvcache.tokenizers import byte_pairs

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

SOURCE = 'def work(row):\n    """Drop duplicates in row."""\n    result = kit.unique(row, keep="first")\n    return'


@pytest.fixture(scope="module")
def tiny() -> cu.Model:
    return cu.load_model("tiny")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_completing_is_greedy_generation(tiny: cu.Model, strategy: str) -> None:
    session = EditSession(tiny, SOURCE, strategy=strategy)
    [[sample]] = tiny.batches([Prompt(SOURCE)], Sampling(max_tokens=24))
    assert session.complete(24) == sample.text
    assert session.complete(24) == sample.text  # it leaves nothing behind
    assert session.text == SOURCE and len(session.ids) == session.cache.length


def test_pieces_are_the_completion_and_a_stop_string_ends_it(tiny: cu.Model) -> None:
    session = EditSession(tiny, SOURCE)
    whole = session.complete(24)
    assert "".join(session.stream(24)) == whole
    stop = whole[3:6]
    assert session.complete(24, stop=[stop]) == whole[: whole.index(stop)]
    assert "".join(session.stream(24, stop=[stop])) == whole[: whole.index(stop)]
    assert session.complete(24, stop=stop) == whole[: whole.index(stop)]  # not at a letter of it
    with pytest.raises(UsageError, match="a stop string is empty"):
        session.complete(24, stop=[""])


@pytest.mark.parametrize("length", [0, -5])
def test_a_completion_has_at_least_one_token(tiny: cu.Model, length: int) -> None:
    session = EditSession(tiny, SOURCE)
    said = f"max_new_tokens is {length}, and a completion has at least 1"
    with pytest.raises(UsageError, match=said):
        session.complete(max_new_tokens=length)
    with pytest.raises(UsageError, match=said):
        next(session.stream(length))
    with pytest.raises(UsageError, match=said):
        complete_together([session], length)


def test_what_is_no_model_with_weights_has_no_session() -> None:
    with pytest.raises(UsageError, match=r"a model that is loaded: load_model\('tiny'\)"):
        EditSession("tiny", SOURCE)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="'reference' has no cache that could be edited"):
        EditSession(cu.load_model("reference"), SOURCE)


def test_an_edit_in_the_middle_is_noticed(tiny: cu.Model) -> None:
    text = SOURCE.replace("row.", "row and then scale that with the factor 4.")
    session = EditSession(tiny, text, strategy="prefix")
    before = session.complete(12)
    assert "4" in before
    at = text.index("4.")
    session.replace(at, at + 1, "9")
    assert session.complete(12) != before
    session.undo()
    assert session.text == text and session.complete(12) == before


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whatever_way_an_edit_is_given_the_tokens_are_those_of_the_text(strategy: str) -> None:
    model = model_of("llama")
    tokenizer = model.tokenizer
    text = "def f(a):\n    return a\n"
    new = "def f(a, b=1):\n    return a * b\n\n\nf(2)\n"
    diff = "".join(difflib.unified_diff(text.splitlines(True), new.splitlines(True), n=1))
    by_diff = EditSession(model, text, strategy=strategy)
    by_diff.apply_diff(diff)
    by_text = EditSession(model, text, strategy=strategy)
    by_text.become(new)
    by_tokens = EditSession(model, text, strategy=strategy)
    by_tokens.replace_tokens(7, len(by_tokens.ids), new[7:])
    at_once = EditSession(model, text, strategy=strategy)
    at_once.edit([Edit(22, 23, " * b\n\n\nf(2)\n"), Edit(7, 7, ", b=1")])
    for session in (by_diff, by_text, by_tokens, at_once):
        assert session.text == new
        assert list(session.ids) == tokenizer(new)["input_ids"]


def test_a_long_session_stays_that_of_its_text(tiny: cu.Model) -> None:
    draw = random.Random(0)
    session = EditSession(tiny, SOURCE, strategy="prefix")
    for _ in range(60):
        at = draw.randrange(len(session.text) + 1)
        end = min(at + draw.randrange(4), len(session.text))
        session.replace(at, end, draw.choice(["", "x", "row", "\n", "kit."]))
    assert list(session.ids) == tiny.tokenizer(session.text)["input_ids"]
    anew = EditSession(tiny, session.text)
    torch.testing.assert_close(contents(session.cache), contents(anew.cache), rtol=1e-3, atol=1e-3)
    while session._undo:
        session.undo()
    assert session.text == SOURCE


def test_forks_go_their_own_ways(tiny: cu.Model) -> None:
    session = EditSession(tiny, SOURCE)
    before = session.complete(12)
    fork = session.fork()
    fork.replace(4, 8, "other_name")
    assert fork.text != session.text == SOURCE
    assert session.complete(12) == before
    session.insert(0, "# note\n")
    assert fork.undo() and fork.text == SOURCE


def test_tokenizers_whose_tokens_merge_at_borders() -> None:
    model = model_of("llama")
    merging = type(model)(model.module, byte_pairs(), name="small")
    merging.module.resize_token_embeddings(len(merging.tokenizer), mean_resizing=False)
    try:
        session = EditSession(merging, "x = val + 1\n", strategy="prefix")
        session.insert(7, "ues")
        assert list(session.ids) == merging.tokenizer("x = values + 1\n")["input_ids"]
    finally:
        model_of.cache_clear()


@pytest.mark.parametrize("name", ["llama", "cohere", "phi"])
def test_sessions_are_completed_together_as_each_alone(name: str) -> None:
    model = model_of(name)
    texts = ["def f(x):", "a", "class Longer:\n    def method(self):\n        return 1\n"]
    sessions = [EditSession(model, text) for text in texts]
    sessions[2].replace(6, 12, "Short")
    alone = [session.complete(20) for session in sessions]
    assert complete_together(sessions, 20) == alone
    assert [session.complete(20) for session in sessions] == alone
    assert complete_together([]) == []
    with pytest.raises(UsageError, match="of the same model"):
        complete_together([sessions[0], EditSession(model_of("qwen2"), "a")])


def test_wrong_use_is_told(tiny: cu.Model) -> None:
    with pytest.raises(ModelError, match="nothing that could be continued"):
        EditSession(tiny, "").complete()
    session = EditSession(tiny, SOURCE)
    with pytest.raises(UsageError, match="no edit to take back"):
        session.undo()
    with pytest.raises(UsageError, match="outside the text"):
        session.delete(0, 10_000)
    with pytest.raises(UsageError, match="there are no tokens"):
        session.replace_tokens(5, 10_000, "")
    before = session.complete(8)
    with pytest.raises(ModelError, match="context"):
        session.insert(0, "x = 1\n" * 200)
    assert session.text == SOURCE and session.complete(8) == before


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("shared", [False, True])
def test_what_comes_in_between_ends_a_completion_and_spoils_nothing(
    dtype: str, shared: bool
) -> None:
    def begun() -> EditSession:
        session = EditSession(model_of("llama", dtype), SOURCE, strategy="prefix")
        session.insert(8, "er")
        others.extend([session.fork()] if shared else [])
        return session

    others: list[EditSession] = []
    expected = begun().complete(12)
    for disturb in (
        lambda s: s.complete(5),
        lambda s: s.insert(4, "hard"),
        lambda s: complete_together([s, begun()], 5),
        lambda s: s.fork(),
    ):
        session = begun()
        stream = session.stream(12)
        next(stream)
        disturb(session)
        try:
            for _ in stream:  # no matter whether it goes on
                pass
        except UsageError as error:
            assert "complete it anew" in str(error)
        del stream
        clean = EditSession(model_of("llama", dtype), session.text, strategy="full")
        assert len(session.ids) == session.cache.length
        assert session.complete(12) == clean.complete(12)
        assert session.fork().complete(12) == clean.complete(12)
        session.insert(0, "x")
        session.undo()
        assert session.complete(12) == clean.complete(12)
    assert begun().complete(12) == expected


def test_a_fork_of_a_session_that_completes_is_of_its_text() -> None:
    session = EditSession(model_of("llama"), SOURCE)
    expected = session.complete(12)
    stream = session.stream(12)
    said = next(stream)
    fork = session.fork()
    assert len(fork.ids) == fork.cache.length
    assert fork.complete(12) == expected
    assert complete_together([session, fork], 12) == [expected, expected]
    assert said + "".join(stream) == expected  # it goes on beside its fork


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_edit_that_was_broken_off_is_made_good(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = EditSession(model_of("llama"), SOURCE, strategy=strategy)
    session.insert(4, "over")
    before = session.text
    fresh = EditSession(model_of("llama"), before, strategy=strategy)
    for broken in (lambda: session.insert(9, "xy"), session.undo):
        with monkeypatch.context() as patched:
            patched.setattr(session._encoder, "encode", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                broken()
        assert session.text == before
        assert session.complete(12) == fresh.complete(12)
    session.undo()
    assert session.text == SOURCE


@pytest.mark.parametrize("approximate", ["pie", "conflict", "selective"])
def test_an_exact_strategy_does_not_build_on_what_is_approximate(approximate: str) -> None:
    model, text = model_of("llama"), SOURCE
    session = EditSession(model, text, strategy=approximate)
    session.insert(10, "x(new)\n")
    fork = session.fork(strategy="prefix")
    fork.insert(len(fork.text), "x")
    anew = EditSession(model, fork.text, strategy="full")
    torch.testing.assert_close(fork.next_logits(), anew.next_logits(), rtol=1e-4, atol=1e-5)
    assert fork.insert(len(fork.text), "y").encoded <= 2  # all of it is exact now
    at_the_end = EditSession(model, text, strategy=approximate)
    at_the_end.insert(len(text), "x")  # after which nothing is approximate
    assert at_the_end.fork(strategy="prefix").insert(len(text) + 1, "y").encoded <= 2


def test_a_text_that_fills_the_context_has_no_continuation() -> None:
    model = model_of("llama")
    context = model.module.config.max_position_embeddings
    session = EditSession(model, "x" * context)
    assert len(session.ids) == context
    assert session.complete(3) == ""
    assert complete_together([session], 3) == [""]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_text_from_nothing_is_as_if_it_had_been_there(strategy: str) -> None:
    session = EditSession(model_of("llama"), "", strategy=strategy)
    session.insert(0, SOURCE)
    whole = EditSession(model_of("llama"), SOURCE, strategy="full")
    torch.testing.assert_close(session.next_logits(), whole.next_logits(), rtol=1e-4, atol=1e-5)


def test_passes_are_those_of_the_model() -> None:
    session = EditSession(model_of("llama"), SOURCE)
    whole = session.complete(10)
    assert session.passes == 9  # the first token was there
    session.complete(10, stop=[whole[0]])
    assert session.passes < 9
