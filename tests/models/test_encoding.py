"""Prompts as token ids: computed once for all who ask, and the same ones every day."""

from __future__ import annotations

from typing import Any

import pytest

from codeupdate.models import encoding
from codeupdate.models.encoding import Encoding
from codeupdate.types import Message, Prompt
from tests.small_models import character_tokenizer


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
    encode = Encoding(tokenizer).encode
    first = encode(Prompt("def f", problem="a"))
    assert first == encode(Prompt("def f", problem="b")) == [ord(c) for c in "def f"]
    first.append(0)  # whoever has them may change them
    assert encode(Prompt("def f")) == [ord(c) for c in "def f"]
    assert tokenizer.texts == ["def f"]
    encode(Prompt("def f", (Message("user", "hello"),)))  # may be other ids
    encode(Prompt("def g"))
    encode(Prompt("def f"))  # too many tokens ago
    assert tokenizer.texts == ["def f", "def f", "def g", "def f"]


# ----------------------------------------------------------------------- today's date

ASKED = Prompt("", (Message("user", "Hi"),))
#: As Llama 3's templates have it, in a macro and in a loop besides.
DATED = """
{% macro told(format) %}{{ strftime_now(format) }}{% endmacro %}
{% if strftime_now is defined %}
{% set date_string = strftime_now("%d %b %Y") %}
{% else %}
{% set date_string = "never" %}
{% endif %}
{% for m in messages %}[{{ date_string }}, {{ told("%Y-%m-%d, %A %-d %B") }}]{{ m.content }}
{% endfor %}"""


def chatting(template: str) -> Any:
    pytest.importorskip("transformers", reason="needs the extra 'transformers'")
    tokenizer = character_tokenizer()
    tokenizer.chat_template = template
    return tokenizer


def test_a_template_that_asks_for_the_date_is_told_the_same_every_day() -> None:
    rendered = Encoding(chatting(DATED)).render(ASKED)
    assert rendered.split("[", 1)[1] == "26 Jul 2024, 2024-07-26, Friday 26 July]Hi\n"
    own = chatting(DATED).apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False)
    assert rendered.split("[")[0] == own.split("[")[0]  # not a newline more or less


def test_the_date_is_part_of_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which fingerprints are made."""
    dated, plain = Encoding(chatting(DATED)), Encoding(chatting("{{ messages[0].content }}"))
    then = dated.template
    assert plain.template == "{{ messages[0].content }}"
    assert Encoding(Characters()).template is None
    monkeypatch.setitem(encoding.TODAY, "%d", "27")
    assert dated.template != then
