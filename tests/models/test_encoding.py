"""Prompts as token ids: computed once for all who ask."""

from __future__ import annotations

import pytest

from codeupdate.models.encoding import Encoding
from codeupdate.types import Message, Prompt


class Characters:
    """A tokenizer without a chat template; ``texts`` are what it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str) -> dict[str, list[int]]:
        self.texts.append(text)
        return {"input_ids": [ord(character) for character in text]}


def test_ids_of_the_last_prompts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codeupdate.models.encoding.REMEMBERED", 10)
    tokenizer = Characters()
    encoding = Encoding(tokenizer)
    first = encoding.encode(Prompt("def f", problem="a"))
    assert first == encoding.encode(Prompt("def f", problem="b")) == [ord(c) for c in "def f"]
    first.append(0)  # whoever has them may change them
    assert encoding.encode(Prompt("def f")) == [ord(c) for c in "def f"]
    assert tokenizer.texts == ["def f"]
    encoding.encode(Prompt("def f", (Message("user", "hello"),)))  # may be other ids
    encoding.encode(Prompt("def g"))
    encoding.encode(Prompt("def f"))  # too many tokens ago
    assert tokenizer.texts == ["def f", "def f", "def g", "def f"]
