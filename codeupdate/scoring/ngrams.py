"""What texts are compared by: words, and runs of words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

__all__ = ["ngrams", "tokens", "words"]

_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


def tokens(code: str) -> list[str]:
    """Names, numbers and single marks, for code: ``f(a_1)`` is f, (, a_1, )."""
    return _TOKEN.findall(code)


def words(text: str) -> list[str]:
    """Words in small letters and single marks, for prose; an underscore is a mark."""
    return _WORD.findall(text.lower())


def ngrams(items: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of ``n`` neighbours occurs."""
    return Counter(tuple(items[i : i + n]) for i in range(len(items) - n + 1))
