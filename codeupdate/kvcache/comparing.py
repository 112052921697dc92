"""One edit of one text under several strategies: what each completes, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from codeupdate.errors import UsageError
from codeupdate.kvcache.edits import Edit
from codeupdate.kvcache.session import EditSession
from codeupdate.kvcache.strategies import strategy_named
from codeupdate.models.protocol import WeightedModel

__all__ = ["Outcome", "compare_strategies"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a strategy made of an edit.

    ``agrees`` says whether the next token is the one after encoding everything anew, and
    ``divergence`` how far the expectations are apart: Kullback–Leibler, in nats, from there.
    """

    strategy: str
    edit_seconds: float
    encoded: int  # tokens
    tokens: int  # of the edited text
    completion: str
    token_seconds: float  # for each token after the first, which the edit has paid for
    agrees: bool
    divergence: float


def compare_strategies(
    model: WeightedModel,
    text: str,
    edits: Sequence[Edit],
    strategies: Sequence[str],
    max_new_tokens: int = 32,
    stop: Sequence[str] = (),
) -> Iterator[Outcome]:
    """Make ``edits`` of ``text``, which is encoded once, by each of ``strategies``.

    Raises:
        UsageError: an edit lies outside the text, or there is no such strategy.
        ModelError: the cache of this model cannot be edited, or a text does not fit into it.
    """
    for name in strategies:
        strategy_named(name)  # a wrong name is told before anything is computed
    session = EditSession(model, text, strategy="full")
    anew = session.fork()
    anew.edit(edits)
    if not anew.ids:
        raise UsageError("the edit leaves nothing of the text that could be completed")
    expected = anew.next_logits().double().log_softmax(-1)
    for name in strategies:
        # With a cache of its own: to part what is shared costs time, which no strategy takes.
        fork = session.fork(strategy=name, shares=False)
        edited = fork.edit(edits)
        found = fork.next_logits().double().log_softmax(-1)
        began = perf_counter()
        completion = fork.complete(max_new_tokens, stop)  # its text: a GPU has done its work
        seconds = perf_counter() - began
        yield Outcome(
            strategy=name,
            edit_seconds=edited.seconds,
            encoded=edited.encoded,
            tokens=edited.tokens,
            completion=completion,
            token_seconds=seconds / max(fork.passes, 1),
            agrees=bool(found.argmax() == expected.argmax()),
            divergence=max(float((expected.exp() * (expected - found)).sum()), 0.0),
        )
