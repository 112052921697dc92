"""A text that is edited and completed while its key-value cache is kept."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codeupdate.errors import ModelError, UsageError
from codeupdate.kvcache.cache import EditableCache
from codeupdate.kvcache.edits import Edit, applied, differences, in_order, inverted, parse_diff
from codeupdate.kvcache.encoder import Encoder
from codeupdate.kvcache.strategies import strategy_named
from codeupdate.kvcache.tokens import TokenizedText, kept, tokenize
from codeupdate.models.context import context_of
from codeupdate.models.protocol import WeightedModel, has_weights
from codeupdate.models.sampling import end_tokens

if TYPE_CHECKING:
    import torch

__all__ = ["EditSession", "Edited", "check_length"]


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit came to: how many tokens the text has, how many of them were encoded, and
    how long it took, in seconds."""

    tokens: int
    encoded: int
    seconds: float


class EditSession:
    """``text`` in the cache of ``model``; ``strategy`` says what an edit does to the cache.
    Sessions of one model may share its ``encoder``, which takes a moment to make. With
    ``begin=False`` the model's token that begins a text is not written: ``text`` has it already.

    ::

        session = EditSession(model, source)
        session.replace(start, end, "new code")
        session.complete(max_new_tokens=64)

    Raises:
        ModelError: the cache of this model cannot be edited, or the text does not fit into its
            context.
        UsageError: there is no such strategy, or ``model`` is the name of one.
    """

    def __init__(
        self,
        model: WeightedModel,
        text: str,
        *,
        strategy: str = "pie",
        encoder: Encoder | None = None,
        begin: bool = True,
    ) -> None:
        if isinstance(model, str):
            raise UsageError(f"a session edits a model that is loaded: load_model('{model}')")
        if not has_weights(model):
            raise ModelError(
                f"the model '{model.name}' has no cache that could be edited; use tiny or "
                "hf:NAME-OR-PATH"
            )
        self.model = model
        self.passes = 0  # of the model, in the last completion
        self._strategy = strategy_named(strategy)
        self._encoder = encoder or Encoder(model)
        self.begin = begin
        self._tokens = self._tokenized(text)
        self._undo: list[list[Edit]] = []
        self._version = 0  # counts what makes a completion that is under way void
        self._encode_all()

    def _encode_all(self) -> None:
        ids = self._tokens.ids
        self._cache = self._encoder.new_cache(len(ids))
        self._next: torch.Tensor | None = None  # logits of the token after the text
        if ids:
            self._next = self._encoder.encode(self._cache, ids, range(len(ids)))
        self._exact = len(ids)  # so many tokens are as if they had been encoded just now
        self._whole = True  # the cache is that of the text

    @property
    def cache(self) -> EditableCache:
        """Keys and values of the text. Where an edit was broken off, nobody knows how far it
        came: then everything is encoded anew."""
        if not self._whole:
            self._encode_all()
        return self._cache

    @property
    def text(self) -> str:
        return self._tokens.text

    @property
    def ids(self) -> tuple[int, ...]:
        """The token ids of the text, the same as if it had been tokenized whole just now."""
        return self._tokens.ids

    @property
    def strategy(self) -> str:
        return self._strategy.name

    # ---------------------------------------------------------------------------- editing

    def insert(self, at: int, text: str) -> Edited:
        """Put ``text`` before character ``at``."""
        return self.edit([Edit(at, at, text)])

    def delete(self, start: int, end: int) -> Edited:
        """Remove the characters from ``start`` to ``end``."""
        return self.edit([Edit(start, end)])

    def replace(self, start: int, end: int, text: str) -> Edited:
        """Put ``text`` in place of the characters from ``start`` to ``end``."""
        return self.edit([Edit(start, end, text)])

    def replace_tokens(self, start: int, end: int, text: str) -> Edited:
        """Put ``text`` in place of the characters of the tokens from ``start`` to ``end``."""
        spans = self._tokens.spans
        if not 0 <= start <= end <= len(spans):
            raise UsageError(f"there are no tokens {start} to {end}; the text has {len(spans)}")
        first = spans[start][0] if start < len(spans) else len(self.text)
        last = spans[end - 1][1] if end > start else first
        return self.replace(first, last, text)

    def apply_diff(self, diff: str) -> Edited:
        """Apply a unified diff that was made for the text as it is.

        Raises:
            UsageError: it has no hunks, or one does not fit.
        """
        return self.edit(parse_diff(self.text, diff))

    def become(self, text: str) -> Edited:
        """Make the text ``text``; the edits are found by comparing the two."""
        return self.edit(differences(self.text, text))

    def edit(self, edits: Sequence[Edit]) -> Edited:
        """Make several edits at once; their ranges are those of the text as it is.

        Raises:
            UsageError: an edit lies outside the text, or two overlap.
            ModelError: the edited text does not fit into the model's context.
        """
        ordered = in_order(edits, len(self.text))
        back = inverted(self.text, ordered)
        found = self._edit(ordered)
        if ordered:
            self._undo.append(back)
        return found

    def undo(self) -> Edited:
        """Take the last edit back, by the strategy of the session.

        Raises:
            UsageError: there is none.
        """
        if not self._undo:
            raise UsageError("there is no edit to take back")
        found = self._edit(self._undo[-1])
        self._undo.pop()
        return found

    def fork(self, strategy: str | None = None, *, shares: bool = True) -> EditSession:
        """A session of the same text that goes its own way, by its own ``strategy`` where one
        is given. The two share what they hold until one of them is edited, and then still what
        stands before the edit. While one of them completes, it holds a copy of its own; without
        ``shares``, for who measures, from the beginning. Where the strategy is exact and this
        session is not, what is not exact is encoded anew now.

        Raises:
            UsageError: there is no such strategy.
        """
        other = object.__new__(EditSession)
        other.model, other._encoder, other.begin = self.model, self._encoder, self.begin
        other._strategy = strategy_named(strategy) if strategy else self._strategy
        cache = self.cache
        other._cache, other._next = cache.fork() if shares else cache.copy(), self._next
        other._tokens, other._exact, other._whole = self._tokens, self._exact, True
        other._cache.cut(len(self._tokens))  # without what is being completed
        other._undo, other._version, other.passes = list(self._undo), 0, 0
        if other._strategy.exact and other._exact < len(other._tokens):
            other._edit([])
        return other

    def _edit(self, edits: Sequence[Edit]) -> Edited:
        self._encoder.wait()
        began = time.perf_counter()
        new = self._tokenized(applied(self.text, edits))
        self._version += 1
        cache = self.cache
        cache.cut(len(self._tokens))  # what was being completed is void
        self._whole = False
        found = self._strategy.update(
            self._encoder, cache, new.ids, kept(self._tokens, new, edits), self._exact
        )
        if found.encoded or not new.ids:
            self._next = found.logits
        self._tokens, self._exact, self._whole = new, found.exact, True
        self._encoder.wait()
        return Edited(len(new), found.encoded, time.perf_counter() - began)

    def _tokenized(self, text: str) -> TokenizedText:
        tokens = tokenize(self.model.tokenizer, text, begin=self.begin)
        context = context_of(self.model.module)
        if len(tokens) > context:
            raise ModelError(
                f"the text has {len(tokens)} tokens and the context of '{self.model.name}' "
                f"{context}; shorten the text"
            )
        return tokens

    # -------------------------------------------------------------------------- completing

    def complete(self, max_new_tokens: int = 64, stop: Sequence[str] = ()) -> str:
        """The greedy continuation of the text, up to the first of ``stop`` or the model's end.

        Raises:
            ModelError: the text is empty, so that there is nothing to continue.
            UsageError: ``max_new_tokens`` is below 1, or a stop string is empty.
        """
        return "".join(self.stream(max_new_tokens, stop))

    def stream(self, max_new_tokens: int = 64, stop: Sequence[str] = ()) -> Iterator[str]:
        """The same, piece by piece, as soon as a piece is certain."""
        check_length(max_new_tokens)
        stop = (stop,) if isinstance(stop, str) else stop
        if "" in stop:
            raise UsageError("a stop string is empty, and would end every completion")
        tokens: list[int] = []
        said = ""
        for token in self._continuation(max_new_tokens):
            tokens.append(token)
            whole = self.model.decode(tokens)
            if cuts := [at for end in stop if (at := whole.find(end)) >= 0]:
                whole = whole[: min(cuts)]
                yield whole[len(said) :]
                return
            # What may still turn into a stop string or a character of several tokens waits.
            sure = whole[: _certain(whole, stop)]
            if len(sure) > len(said):
                yield sure[len(said) :]
                said = sure
        yield self.model.decode(tokens)[len(said) :]

    def next_logits(self) -> torch.Tensor:
        """What the model expects after the text, (vocabulary,).

        Raises:
            ModelError: the text is empty, so that there is nothing to continue.
        """
        if not self._whole:
            self._encode_all()
        if self._next is None:
            raise ModelError("the text is empty: there is nothing that could be continued")
        return self._next

    def following(self) -> Generator[torch.Tensor, int, None]:
        """Logits after the text, then after each token that is sent: whoever samples chooses.

        It ends where the context is full; the cache is that of the text again afterwards. An
        edit, and another completion, make it void.

        Raises:
            ModelError: the text is empty, so that there is nothing to continue.
            UsageError: the text was edited, or another completion of it begun, meanwhile.
        """
        logits = self.next_logits()
        self._version += 1
        version, length = self._version, len(self._tokens)
        self.cache.cut(length)  # without what was being completed before
        cache = self.cache.settled()
        context = context_of(self.model.module)
        self.passes = 0
        try:
            for at in range(length, context):
                token = yield logits
                if self._version != version:
                    raise UsageError(
                        "the text was edited, or another completion of it begun, before this one "
                        "had ended; complete it anew"
                    )
                if at + 1 == context:
                    return
                logits = self._encoder.encode(cache, [token], [at])
                self.passes += 1
        finally:
            if self._version == version:
                cache.cut(length)

    def _continuation(self, count: int) -> Iterator[int]:
        """At most ``count`` greedy tokens after the text."""
        ends = end_tokens(self.model.module, self.model.tokenizer)
        following = self.following()
        logits = next(following, None)
        for left in range(count, 0, -1):
            if logits is None:  # the context is full
                break
            token = int(logits.argmax())
            if token in ends:
                break
            yield token
            if left > 1:
                try:
                    logits = following.send(token)
                except StopIteration:
                    break
        following.close()


def check_length(max_new_tokens: int) -> None:
    """Whether a completion may be as long as that.

    Raises:
        UsageError: it may not.
    """
    if max_new_tokens < 1:
        raise UsageError(f"max_new_tokens is {max_new_tokens}, and a completion has at least 1")


def _certain(text: str, stop: Sequence[str]) -> int:
    """How much of ``text`` later tokens cannot change."""
    length = len(text.rstrip("\ufffd"))  # the beginning of a character
    for end in stop:
        for size in range(min(len(end) - 1, length), 0, -1):
            if text[:length].endswith(end[:size]):
                length -= size
                break
    return length
