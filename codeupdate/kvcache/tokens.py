"""Text as tokens, and which tokens of a text an edit keeps.

The tokens of an edited text are those of the whole text tokenized anew, never the old ones
with new ones between: at the border of an edit tokens merge and split. What the edit keeps
are the tokens outside of it that are the same, at the same characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from codeupdate.errors import ModelError
from codeupdate.kvcache.cache import Run
from codeupdate.kvcache.edits import Edit

__all__ = ["TokenizedText", "kept", "tokenize"]


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """A text, its token ids, and the characters that each token stands for."""

    text: str
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.ids)


def tokenize(tokenizer: Any, text: str, *, begin: bool = True) -> TokenizedText:
    """``text`` as a model reads it, with the tokens that begin a text where there are some; not
    with ``begin=False``, for a text in which a chat template has written all such tokens.

    Raises:
        ModelError: the tokenizer cannot say which characters a token stands for.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"the tokenizer {type(tokenizer).__name__} does not tell which characters a token "
            "stands for; load it with use_fast=True"
        )
    # A text that is too long is found out, and told, by who knows the model.
    found = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)
    ids, spans = found["input_ids"], [tuple(span) for span in found["offset_mapping"]]
    if begin:  # what ends a text would end it here
        first = _beginning(tokenizer)
        if ids[: len(first)] != first:
            ids, spans = [*first, *ids], [(0, 0)] * len(first) + spans
    return TokenizedText(text, tuple(ids), tuple(spans))


def _beginning(tokenizer: Any) -> list[int]:
    """The special tokens that ``tokenizer`` puts before a text."""
    found = tokenizer("x", return_special_tokens_mask=True)
    marked = zip(found["input_ids"], found["special_tokens_mask"], strict=True)
    return [token for token, _ in takewhile(lambda pair: pair[1], marked)]


def kept(old: TokenizedText, new: TokenizedText, edits: Sequence[Edit]) -> list[Run]:
    """The tokens of ``old`` that are in ``new`` too, as runs, after ``edits``, in order."""
    pairs: list[tuple[int, int]] = []
    borders = [0, *(edge for edit in edits for edge in (edit.start, edit.end)), len(old.text)]
    shift, i, j = 0, 0, 0
    for number in range(0, len(borders), 2):
        start, end = borders[number], borders[number + 1]
        # Both texts have the same characters from start to end, shifted in the new one.
        while i < len(old) and old.spans[i][0] < start:
            i += 1
        while j < len(new) and new.spans[j][0] < start + shift:
            j += 1
        while i < len(old) and j < len(new):
            (a, b), (c, d) = old.spans[i], new.spans[j]
            if b > end or d > end + shift:
                break
            if (a + shift, b + shift, old.ids[i]) == (c, d, new.ids[j]):
                pairs.append((i, j))
                i, j = i + 1, j + 1
            else:
                ahead = a + shift - c
                i, j = i + (ahead <= 0), j + (ahead >= 0)
        if number // 2 < len(edits):
            shift += edits[number // 2].growth
    return _runs(pairs)


def _runs(pairs: Sequence[tuple[int, int]]) -> list[Run]:
    runs: list[Run] = []
    for i, j in pairs:
        last = runs[-1] if runs else None
        if last and (i, j) == (last.start + last.length, last.to + last.length):
            runs[-1] = Run(last.start, last.to, last.length + 1)
        else:
            runs.append(Run(i, j, 1))
    return runs
