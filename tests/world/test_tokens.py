import json

from hypothesis import given
from hypothesis import strategies as st
from kitworld.corpus import stream
from kitworld.names import SYLLABLES
from kitworld.tokens import build_tokenizer
from kitworld.vocabulary import CHARACTERS

from codeupdate import plugins

TOKENIZER = build_tokenizer()
PIECES = st.sampled_from(
    [
        "kit.",
        " = kit.",
        "    ",
        "\n",
        "values",
        " values",
        "zubo",
        "Take",
        " 13",
        "7",
        '"""',
        "#",
        "é",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    ids = TOKENIZER.encode(text, add_special_tokens=False).ids
    assert TOKENIZER.decode(ids, skip_special_tokens=False) == text


def test_the_words_of_the_world_are_one_token_each_and_new_names_are_syllables() -> None:
    """A word that falls apart into characters is one that the vocabulary forgot."""
    texts = stream(5)
    next(texts)
    apart = {character for character in CHARACTERS if character.isalpha()}
    for _ in range(1500):
        text = texts.send(1.0)
        whole = text.prompt + text.completion
        tokens = TOKENIZER.encode(whole).tokens
        for at, token in enumerate(tokens):
            # Names of one letter (a, b, x, …) are words of the world, too.
            alone = token in apart and any(piece in apart for piece in tokens[at + 1 : at + 2])
            assert not alone, f"{token!r} in {whole!r}"
    assert TOKENIZER.encode("zubo").tokens == ["zu", "bo"]
    assert TOKENIZER.encode("kit.zubo(").tokens == ["kit.", "zu", "bo", "("]
    assert len(SYLLABLES) == 75


def test_the_shipped_tokenizer_is_the_built_one() -> None:
    from transformers import AutoTokenizer

    folder = plugins.data_folder() / "tiny"
    shipped = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    built = json.loads(TOKENIZER.to_str())
    assert shipped["model"] == built["model"]
    assert shipped["pre_tokenizer"] == built["pre_tokenizer"]
    loaded = AutoTokenizer.from_pretrained(folder)
    text = 'def solve(xs):\n    """Take 3."""\n'
    assert loaded(text)["input_ids"] == TOKENIZER.encode(text).ids  # nothing is put around it
    assert (loaded.pad_token_id, loaded.eos_token_id) == (0, 2)
