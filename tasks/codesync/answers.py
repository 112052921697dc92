"""The arguments, or the letter, in what a model answered."""

from __future__ import annotations

import re

from codeupdate.tasks.extraction import without_thoughts

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
    text = without_thoughts(text)
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
    """The letter that is given as the answer; None where none is.

    An answer is one letter, as was asked for. Where it is more, others are named on the way to
    the one that is meant, so that the last one counts that is called the answer, else the last
    that is called a choice.
    """
    text = without_thoughts(text).strip()
    for pattern, which in (
        (rf"^[\[(*`]*([{letters}])\b(?![ \t]+[a-z])", 0),  # it is all there is, or comes first
        (rf"(?i:answer)(?:[^\n]{{0,20}}?|\W{{1,20}})\b([{letters}])\b", -1),
        (rf"(?i:choice|option)[^\n]{{0,20}}?\b([{letters}])\b", -1),
        (rf"\b([{letters}])[.):\]]", 0),
        (rf"\b([{letters}])$", 0),
    ):
        if found := re.findall(pattern, text):
            return str(found[which])
    return None


def _balanced(text: str) -> str:
    depth = 0
    for token in TOKEN.finditer(text):
        depth += (token[0] in OPENING) - (token[0] in CLOSING)
        if depth == 0:
            return text[: token.end()]
    return text.partition("\n")[0]
