"""Text that stands behind other text, as token ids and back.

A tokenizer of the SentencePiece kind (Llama's, CodeLlama's) puts a space before whatever it
encodes, and takes a space off whatever it decodes. That suits a text of its own. For one that
continues another it is wrong both ways: after ``kit.`` a model would learn to write `` zubo``,
and a completion would lose the space that it begins with. Here such a text is encoded and
decoded behind another one, an anchor, which is cut off again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["continuation_decoder", "continuation_ids", "continuation_text"]

#: What to encode a text behind. A token that spans the seam hides where the text begins; few
#: vocabularies have one, and none should have one with each of these.
ANCHORS = ("\n", "a", ".")
#: What the first token of a text begins with where the tokenizer puts a space there.
SPACES = ("▁", "Ġ")


def continuation_ids(tokenizer: Any, text: str) -> list[int]:
    """``text`` as a model reads it after other text: without special tokens, and without the
    space that the tokenizer puts before a text of its own."""
    if _puts_a_space(tokenizer):
        for anchor in ANCHORS:
            before, whole = _ids(tokenizer, anchor), _ids(tokenizer, anchor + text)
            if before and whole[: len(before)] == before:
                return whole[len(before) :]
    return _ids(tokenizer, text)


def continuation_text(tokenizer: Any, ids: Sequence[int]) -> str:
    """What ``ids`` write after other text, without special tokens: a space at the start is
    there, and nothing is tidied up."""
    return continuation_decoder(tokenizer)(ids)


def continuation_decoder(tokenizer: Any) -> Callable[[Sequence[int]], str]:
    """The same for who asks at every token, without encoding the anchor each time."""
    # A letter: the bytes of a newline would run together with bytes that the ids begin with.
    anchor = _ids(tokenizer, "a")
    length = len(_text(tokenizer, anchor))
    return lambda ids: _text(tokenizer, [*anchor, *map(int, ids)])[length:]


def _puts_a_space(tokenizer: Any) -> bool:
    [first, *_] = tokenizer.convert_ids_to_tokens(_ids(tokenizer, "a")) or [""]
    return str(first).startswith(SPACES)


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _text(tokenizer: Any, ids: Sequence[int]) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
