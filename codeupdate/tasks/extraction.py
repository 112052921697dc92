"""The code in a completion: one function for every shape in which models answer.

Models continue the prompt, answer with whole code, put it into fences of every kind,
forget to close them, think aloud before, explain themselves afterwards and repeat the
question. What is found and how is recorded with the sample; nothing is ever dropped:
where there is no code, the text itself goes to the sandbox and fails there.
"""

from __future__ import annotations

import re
import textwrap

from codeupdate.syntax import parsed
from codeupdate.types import Extraction

__all__ = ["extract", "without_thoughts"]

_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_OPEN_THOUGHT = re.compile(r"<think(?:ing)?>.*\Z", re.DOTALL)
_END_OF_THOUGHT = re.compile(r"</think(?:ing)?>")
_TAGGED = re.compile(r"\[PYTHON\](.*?)(\[/PYTHON\]|(?=\[PYTHON\])|\Z)", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+.-]*)[^\n`]*$")


def extract(text: str, *, prompt_text: str, entry_point: str) -> Extraction:
    """Find the code in ``text``, the completion of ``prompt_text``.

    In order: thoughts are cut; code between tags wins where it defines ``entry_point``;
    then a fenced block (of several the last one that defines ``entry_point``, as a
    correction follows what it corrects, else the first); then bare code that defines
    ``entry_point``; then any code between tags; what is left continues the prompt. Prose
    after code that has no end is cut where the code stops parsing.
    """
    text = without_thoughts(text.replace("\r\n", "\n"))

    found = _TAGGED.findall(text)
    tagged = [_unfenced(block, entry_point) for block, end in found if end]
    if defining := _defining(tagged, entry_point):
        return Extraction(_tidy(defining[-1]), "fenced")
    cut_short = [_unfenced(block, entry_point) for block, end in found if not end]
    if defining := _defining(cut_short, entry_point):
        return Extraction(_cut_prose(_tidy(defining[-1])), "fenced")
    closed, unclosed = _fenced_blocks(text)
    if closed:
        return Extraction(
            _complete(_choose(closed, entry_point), prompt_text, entry_point), "fenced"
        )
    if unclosed is not None:
        code = _cut_prose(_complete(unclosed, prompt_text, entry_point))
        return Extraction(code, "unclosed")

    if prompt_text.strip() and text.startswith(prompt_text):
        text = text[len(prompt_text) :]  # the model repeated the question
    bare = _from_first_code_line(text, entry_point)
    if bare is not None:
        return Extraction(_cut_prose(bare), "code")
    for block in tagged:
        if block.strip() and _parses(code := _complete(block, prompt_text, entry_point)):
            return Extraction(code, "fenced")
    continued = prompt_text + text
    if _defines(cut := _cut_prose(continued), entry_point):
        return Extraction(cut, "continuation")
    return Extraction(continued if text.strip() else prompt_text, "none")


def without_thoughts(text: str) -> str:
    """What a model says in ``text`` when it has thought: nothing, where it never ended that."""
    text = _OPEN_THOUGHT.sub("", _THOUGHT.sub("", text))
    # Some templates put the opening tag into the prompt: only the closing one is left.
    return _END_OF_THOUGHT.split(text)[-1]


def _unfenced(block: str, entry_point: str) -> str:
    """Without the fence that some models put between the tags as well."""
    if _parses(_tidy(block)):
        return block  # what fences there are stand in a docstring
    closed, unclosed = _fenced_blocks(block)
    inner = closed if unclosed is None else [*closed, unclosed]
    return [block, *_defining(inner, entry_point)][-1]


def _fenced_blocks(text: str) -> tuple[list[str], str | None]:
    """The closed blocks, and the text after a fence that was never closed."""
    blocks: list[str] = []
    fence = ""
    nested = 0
    lines: list[str] = []
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if not fence:
            if mark:
                fence, lines, nested = mark[1], [], 0
            continue
        same = mark is not None and mark[1][0] == fence[0] and len(mark[1]) >= len(fence)
        if mark is not None and same and mark[2]:
            nested += 1  # a fence with a language opens a block inside a docstring
        elif same and nested:
            nested -= 1
        elif same:
            blocks.append("\n".join(lines))
            fence = ""
            continue
        lines.append(line)
    return blocks, ("\n".join(lines) if fence else None)


def _choose(blocks: list[str], entry_point: str) -> str:
    defining = _defining(blocks, entry_point)
    return defining[-1] if defining else blocks[0]


def _defining(blocks: list[str], entry_point: str) -> list[str]:
    return [block for block in blocks if _defines_textually(block, entry_point)]


def _complete(block: str, prompt_text: str, entry_point: str) -> str:
    """A block that holds only the body continues the prompt."""
    tidy = _tidy(block)
    if _defines_textually(tidy, entry_point):
        return tidy
    continued = prompt_text + block
    return continued if _defines(continued, entry_point) else tidy


def _from_first_code_line(text: str, entry_point: str) -> str | None:
    """Bare code that defines the entry point, without the prose in front of it."""
    start = re.compile(r"^(?:import |from \w|@|def |async def |class |[A-Za-z_]\w*\s*(?::.*)?=)")
    lines = textwrap.dedent(text).strip("\n").split("\n")
    if not _defines_textually("\n".join(lines), entry_point):
        return None
    for number, line in enumerate(lines):
        if start.match(line):
            return "\n".join(lines[number:])
    return None


def _cut_prose(code: str) -> str:
    """The longest run of lines from the start that parses, where the whole does not."""
    lines = code.split("\n")
    if _parses(code):
        return code
    # Only a line at the margin can begin the prose, so only those are tried.
    margins = [n for n, line in enumerate(lines) if line and not line[0].isspace()]
    for number in reversed(margins[1:]):
        if _parses(head := "\n".join(lines[:number])):
            return head.rstrip() + "\n"
    return code


def _tidy(block: str) -> str:
    return textwrap.dedent(block).strip("\n") + "\n"


def _parses(code: str) -> bool:
    return parsed(code) is not None


def _defines(code: str, entry_point: str) -> bool:
    return _parses(code) and _defines_textually(code, entry_point)


def _defines_textually(code: str, entry_point: str) -> bool:
    name = re.escape(entry_point)
    return (
        re.search(
            rf"^(?:async def|def|class)\s+{name}\b|^{name}\s*(?::[^=\n]+)?=",
            textwrap.dedent(code),
            re.M,
        )
        is not None
    )
