"""The tokenizer: known words are one token each, everything else falls apart exactly.

Text is split by a regular expression into words, numbers and single characters. A piece
that the vocabulary holds is one token (``ignore_merges``); of any other, a consonant and
a vowel merge into a syllable, and what remains are characters or, beyond ASCII, bytes.
Decoding puts the tokens together again, so that every text comes back as it was.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from kitworld.names import SYLLABLES
from kitworld.vocabulary import PHRASES_OF_THE_FORMAT, SPECIAL, known_tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["build_tokenizer", "save_tokenizer"]

PAD, BOS, EOS = SPECIAL
#: How many positions the model has.
CONTEXT = 512


def build_tokenizer() -> Tokenizer:
    """Build it; the same one every time."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    tokens = known_tokens() + [f"<0x{byte:02X}>" for byte in range(256)]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    merges = [(syllable[0], syllable[1]) for syllable in SYLLABLES]
    pieces = sorted(PHRASES_OF_THE_FORMAT, key=len, reverse=True)
    pattern = "|".join([*map(re.escape, pieces), " ?[A-Za-z]+", " ?[0-9]+", r"[\s\S]"])
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary, merges=merges, ignore_merges=True, byte_fallback=True)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL])
    return tokenizer


def save_tokenizer(folder: Path) -> None:
    """Write it into ``folder`` in the form that ``AutoTokenizer`` loads without custom code."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=build_tokenizer(),
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
    tokenizer.save_pretrained(folder)
