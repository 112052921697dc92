"""Forks share memory until an edit parts them, and never each other's content."""

from __future__ import annotations

import gc
import random

import pytest

from codeupdate.kvcache import STRATEGIES, EditSession, complete_together
from codeupdate.kvcache.cache import EditableCache
from tests.kvcache.models import contents, model_of

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

TEXT = "def take(values, count):\n    return values[:count]\n\nprint(take([1, 2, 3], 2))\n"


def storages(cache: EditableCache) -> set[int]:
    """Where the memory begins that what is in the cache lies in."""
    blocks = [block for block, size in cache._parts(cache.length) if size]
    return {tensor.untyped_storage().data_ptr() for b in blocks for tensor in (b.keys, b.values)}


def tokens_of_own(session: EditSession) -> int:
    """For how many tokens a session holds memory that no other has."""
    layout = session.cache.layout
    numbers = layout.layers * layout.heads * (layout.key_size + layout.value_size)
    return session.cache.own_nbytes // (numbers * layout.dtype.itemsize)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_fork_holds_nothing_of_its_own(dtype: str) -> None:
    session = EditSession(model_of("llama", dtype), TEXT)
    fork = session.fork()
    assert storages(fork.cache) == storages(session.cache)
    assert fork.cache.own_nbytes == session.cache.own_nbytes == 0
    for one, other in zip(contents(fork.cache), contents(session.cache), strict=True):
        assert torch.equal(one, other)


def test_a_fork_that_shares_nothing_has_nothing_to_part() -> None:
    """As strategies are compared: not one of them pays for what others hold, too."""
    session = EditSession(model_of("llama"), TEXT)
    fork = session.fork(shares=False)
    assert not storages(fork.cache) & storages(session.cache)
    held = storages(fork.cache)
    fork.insert(4, "x")
    fork.complete(3)
    assert storages(fork.cache) == held


def test_what_is_completed_together_needs_room_for_its_context_at_most() -> None:
    session = EditSession(model_of("llama"), TEXT)
    assert complete_together([session], 10**9) == [session.complete(10**9)]


def test_an_edit_of_a_fork_copies_what_stands_after_it() -> None:
    long = "a = 1\n" * 70  # 420 tokens
    session = EditSession(model_of("deepseek-coder"), long)
    before = storages(session.cache)
    fork = session.fork()
    fork.replace(300, 301, "bc")
    assert storages(session.cache) == before < storages(fork.cache)
    assert fork.cache._start == 300
    assert tokens_of_own(fork) == 121 + 256  # and room for more
    again = fork.fork()  # of three parts
    again.replace(400, 401, "")
    assert again.cache._start == 400 and len(again.cache._shared) == 2
    assert storages(fork.cache) < storages(again.cache)
    # The original is edited in turn: the forks keep what it was.
    kept = [contents(some.cache) for some in (fork, again)]
    session.replace(2, 3, "===")
    for some, (keys, values) in zip((fork, again), kept, strict=True):
        assert torch.equal(contents(some.cache)[0], keys)
        assert torch.equal(contents(some.cache)[1], values)


def test_who_is_left_alone_writes_in_place_again() -> None:
    session = EditSession(model_of("llama"), TEXT)
    memory = storages(session.cache)
    fork = session.fork()
    session.replace(40, 44, "choose")
    assert storages(session.cache) > memory
    del fork
    gc.collect()
    session.replace(4, 8, "choose")
    assert storages(session.cache) == memory


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_forks_equal_sessions_of_their_own(strategy: str, dtype: str) -> None:
    model = model_of("llama", dtype)
    draw = random.Random(strategy)
    pairs = [
        (EditSession(model, TEXT, strategy=strategy), EditSession(model, TEXT, strategy=strategy))
    ]
    for _ in range(14):
        shared, apart = draw.choice(pairs)
        if draw.random() < 0.3 and len(pairs) < 5:
            twin = EditSession(model, TEXT, strategy=strategy)
            twin._cache, twin._tokens = apart.cache.copy(), apart._tokens
            twin._next, twin._undo, twin._exact = apart._next, list(apart._undo), apart._exact
            pairs.append((shared.fork(), twin))
        elif draw.random() < 0.3 and shared._undo:
            shared.undo(), apart.undo()
        else:
            at = draw.randrange(len(shared.text))
            end = min(at + draw.randrange(5), len(shared.text))
            text = draw.choice(["", "x", "count", "\n  y"])
            assert shared.replace(at, end, text).encoded == apart.replace(at, end, text).encoded
        if len(pairs) == 5 and draw.random() < 0.3:
            del pairs[draw.randrange(5)]
    for shared, apart in pairs:
        assert shared.ids == apart.ids
        for one, other in zip(contents(shared.cache), contents(apart.cache), strict=True):
            assert torch.equal(one, other)
        assert torch.equal(shared.next_logits(), apart.next_logits())
        assert shared.complete(6) == apart.complete(6)
    together = complete_together([shared for shared, _ in pairs], 6)
    if dtype == "float32":  # where another order of sums cannot change what is likeliest
        assert together == [apart.complete(6) for _, apart in pairs]


def test_completing_leaves_a_fork_as_it_was() -> None:
    session = EditSession(model_of("llama"), TEXT)
    fork = session.fork()
    fork.insert(40, "xy")
    before, held = contents(fork.cache), fork.cache.own_nbytes
    assert fork.complete(20) == fork.complete(20)
    assert fork.cache.own_nbytes == held
    assert all(torch.equal(a, b) for a, b in zip(before, contents(fork.cache), strict=True))
