"""The arguments, or the letter, in what a model answered."""

from __future__ import annotations

import re

__all__ = ["arguments", "letter"]

FENCED = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
TOKEN = re.compile(
    r"'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|.", re.DOTALL
)
OPENING, CLOSING = "([{", ")]}"


def arguments(text: str, name: str) -> str | None:
    """The parentheses after the last call of ``name``, or else the first parentheses.

    Where they are not closed they go on to the end of the line.
    """
    text = text.rpartition("</think>")[2]
    if fenced := FENCED.findall(text):
        text = fenced[-1]
    # A bare answer begins with them, and may well have a call of the same name inside.
    calls = (
        []
        if text.lstrip().startswith("(")
        else list(re.finditer(rf"\b{re.escape(name)}\s*(?=\()", text))
    )
    start = calls[-1].end() if calls else text.find("(")
    return None if start < 0 else _balanced(text[start:])


def letter(text: str, letters: str) -> str | None:
    """The letter that is given as the answer; None where none is."""
    text = text.rpartition("</think>")[2].strip()
    for pattern in (
        rf"^[\[(*`]*([{letters}])\b(?![ \t]+[a-z])",  # it is all there is, or comes first
        rf"(?i:answer|choice|option)[^\n]{{0,20}}?\b([{letters}])\b",
        rf"\b([{letters}])[.):\]]",
        rf"\b([{letters}])$",
    ):
        if found := re.search(pattern, text):
            return found[1]
    return None


def _balanced(text: str) -> str:
    depth = 0
    for token in TOKEN.finditer(text):
        depth += (token[0] in OPENING) - (token[0] in CLOSING)
        if depth == 0:
            return text[: token.end()]
    return text.partition("\n")[0]
