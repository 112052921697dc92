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
