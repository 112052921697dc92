"""Text from elsewhere, made such that it can be kept."""

from __future__ import annotations

__all__ = ["whole"]


def whole(text: str) -> str:
    """``text`` with U+FFFD for every half of a surrogate pair that lacks its other half.

    A server that cuts an answer within an emoji leaves such a half, and JSON can hold it; UTF-8
    cannot, and so neither can a store or a file.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
