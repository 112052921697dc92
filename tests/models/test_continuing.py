"""Texts behind other texts, with tokenizers that put a space before a text and that do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("transformers")

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from codeupdate.models.continuing import continuation_ids, continuation_text

CODE = [
    "def take(values):\n    return kit.take(values)[0]\n\n\ndef f(x):\n    return kit.zubo(x)\n",
    "import kit\n\nfor value in kit.take(range(10)):\n    print(value, end=' ')  # return it\n",
    "class A:\n\n    def __init__(self) -> None:\n        self.a = [1, 2, 3]\n",
]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
#: The kinds of tokenizers that put a space before a text.
KINDS = ("first", "always", "legacy", "byte-level")


def wrapped(tokenizer: Tokenizer) -> Any:
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def sentencepiece(kind: str) -> Any:
    """A tokenizer like Llama's, trained on ``CODE``; other characters are bytes. ``legacy`` is
    its older form, in which the space comes from the normalizer."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    if kind == "legacy":
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=kind, split=False)
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=["<unk>", "<s>", "</s>", *BYTES], show_progress=False
    )
    # Llama's vocabulary has no token with a newline in it.
    tokenizer.train_from_iterator([line for text in CODE for line in text.split("\n")], trainer)
    whole = json.loads(tokenizer.to_str())  # the trainer takes bytes for special tokens
    whole["added_tokens"] = [t for t in whole["added_tokens"] if t["content"] not in BYTES]
    return wrapped(Tokenizer.from_str(json.dumps(whole)))


def byte_level(*, space: bool) -> Any:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<unk>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CODE, trainer)
    return wrapped(tokenizer)


TOKENIZERS = {
    **{kind: sentencepiece(kind) for kind in ("first", "always", "legacy")},
    "byte-level": byte_level(space=True),
    "byte-level, no space": byte_level(space=False),
}

texts = st.lists(
    st.sampled_from(["return", " return", "kit", ".", "zubo", " ", "    ", "\n", "\n\n", "(x)"])
    | st.text(max_size=3)
).map("".join)


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=200, deadline=None)
@given(text=texts.filter(lambda text: "▁" not in text))
def test_a_continuation_comes_back_as_it_was(name: str, text: str) -> None:
    tokenizer = TOKENIZERS[name]
    assert continuation_text(tokenizer, continuation_ids(tokenizer, text)) == text


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=200, deadline=None)
@given(before=texts.filter(bool), text=texts)
def test_ids_joined_to_a_context_write_it_and_the_continuation(
    name: str, before: str, text: str
) -> None:
    tokenizer = TOKENIZERS[name]
    ids = [*continuation_ids(tokenizer, before), *continuation_ids(tokenizer, text)]
    assert continuation_text(tokenizer, ids).replace("▁", " ") == (before + text).replace("▁", " ")


@pytest.mark.parametrize("name", KINDS)
def test_after_a_dot_there_is_no_space_before_the_name(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    [first, *_] = tokenizer.convert_ids_to_tokens(continuation_ids(tokenizer, "return"))
    assert not first.startswith(("▁", "Ġ"))
    own = tokenizer("return", add_special_tokens=False)["input_ids"]
    assert tokenizer.convert_ids_to_tokens(own)[0].startswith(("▁", "Ġ"))


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_space_at_the_start_is_kept(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    assert continuation_text(tokenizer, continuation_ids(tokenizer, " return")) == " return"
    assert continuation_ids(tokenizer, " return") != continuation_ids(tokenizer, "return")


def test_a_torn_character_is_seen_to_be_one() -> None:
    tokenizer = TOKENIZERS["legacy"]
    ids = continuation_ids(tokenizer, "é")
    assert len(ids) == 2
    assert continuation_text(tokenizer, ids[:1]) == "\ufffd"


def test_special_tokens_are_not_written() -> None:
    tokenizer = TOKENIZERS["first"]
    ids = continuation_ids(tokenizer, " return")
    assert continuation_text(tokenizer, [*ids, tokenizer.eos_token_id]) == " return"


def test_a_token_across_the_seam_is_not_torn() -> None:
    """A vocabulary may have tokens that begin with a newline."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.BpeTrainer(
        vocab_size=200, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False
    )
    tokenizer.train_from_iterator(["\n\n\n"] * 20 + CODE, trainer)
    whole = wrapped(tokenizer)
    assert "\n\n" in whole.get_vocab()
    assert continuation_text(whole, continuation_ids(whole, "\n")) == "\n"
    assert continuation_text(whole, continuation_ids(whole, "\n\n\n")) == "\n\n\n"
