"""Every shape in which a model answers, and properties that hold for any text."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.tasks.extraction import extract, without_thoughts

PROMPT = 'def area(r):\n    """The area of a circle."""\n'
BODY = "    return 3 * r * r\n"
WHOLE = PROMPT + BODY

ANSWERS = [
    ("a continuation", BODY, "continuation"),
    ("a continuation and prose", BODY + "\nThis function multiplies.\n", "continuation"),
    ("the prompt again and code", WHOLE, "continuation"),
    ("bare code and prose", "import math\n" + WHOLE + "\nIt multiplies, you see.\n", "code"),
    ("prose and bare code", "Here is the code:\n\n" + WHOLE, "code"),
    ("indented bare code", "".join("  " + line + "\n" for line in WHOLE.splitlines()), "code"),
    ("a fence", f"Sure!\n```python\n{WHOLE}```\nDone.", "fenced"),
    ("a fence without language", f"```\n{WHOLE}```", "fenced"),
    ("a tilde fence", f"~~~py\n{WHOLE}~~~", "fenced"),
    ("a long fence", f"````python\n{WHOLE}````", "fenced"),
    ("a fence with CRLF", f"```python\n{WHOLE}```".replace("\n", "\r\n"), "fenced"),
    ("an indented fence", "  ```python\n" + WHOLE.replace("\n", "\n  ") + "```", "fenced"),
    ("a fence with the body only", f"```python\n{BODY}```", "fenced"),
    ("an unclosed fence", f"Here:\n```python\n{WHOLE}", "unclosed"),
    ("tags", f"[PYTHON]\n{WHOLE}[/PYTHON]", "fenced"),
    ("unclosed tags", f"[PYTHON]\n{WHOLE}", "fenced"),
    ("unclosed tags and prose", f"[PYTHON]\n{WHOLE}\nIt multiplies, you see.", "fenced"),
    ("opening tags for closing ones", f"[PYTHON]\n{WHOLE}[PYTHON]", "fenced"),
    ("tags around the body only", f"[PYTHON]\n{BODY}[/PYTHON]", "fenced"),
    ("a fence inside of tags", f"[PYTHON]\n```python\n{WHOLE}```\n[/PYTHON]", "fenced"),
    ("a fence inside of unclosed tags", f"[PYTHON]\n```python\n{WHOLE}```", "fenced"),
    (
        "tags in the prose before a fence",
        f"Here is the code between [PYTHON] and [/PYTHON]:\n```python\n{WHOLE}```",
        "fenced",
    ),
    (
        "tags around dots before a fence",
        f"As asked, [PYTHON]...[/PYTHON]:\n[PYTHON]\n```python\n{WHOLE}```",
        "fenced",
    ),
    (
        "tags in the prose before bare code",
        f"The code, without [PYTHON] and [/PYTHON]:\n\n{WHOLE}",
        "code",
    ),
    (
        "tags and then some that were cut off",
        f"[PYTHON]\n{WHOLE}[/PYTHON]\nOr shorter:\n[PYTHON]\ndef area(r):\n    return 3 *",
        "fenced",
    ),
    (
        "tags around what no line defines",
        "[PYTHON]\narea, x = lambda r: 3 * r * r, 1\n[/PYTHON]",
        "fenced",
    ),
    ("thoughts", f"<think>def area(r): maybe</think>\n```python\n{WHOLE}```", "fenced"),
    ("the end of a thought", f"hm ```python\nno\n```</think>\n```python\n{WHOLE}```", "fenced"),
    ("a usage block after it", f"```python\n{WHOLE}```\n```python\narea(2)\n```", "fenced"),
    (
        "a correction after it",
        f"```python\ndef area(r):\n    return 0\n```\nNo, wait:\n```python\n{WHOLE}```",
        "fenced",
    ),
]


@pytest.mark.parametrize(
    ("answer", "outcome"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS]
)
def test_the_code_is_found_and_works(answer: str, outcome: str) -> None:
    found = extract(answer, prompt_text=PROMPT, entry_point="area")
    namespace: dict[str, object] = {}
    exec(found.code, namespace)
    assert namespace["area"](2) == 12  # type: ignore[operator]
    assert found.outcome == outcome


def test_a_fence_inside_a_docstring_does_not_end_the_block() -> None:
    code = 'def area(r):\n    """Use it so:\n\n    ```python\n    area(2)\n    ```\n    """\n    return 3 * r * r\n'
    found = extract(f"```python\n{code}```", prompt_text="", entry_point="area")
    assert found.code == code


def test_an_echoed_prompt_is_not_doubled() -> None:
    found = extract(WHOLE, prompt_text=PROMPT, entry_point="area")
    assert found.code.count("def area") == 1


def test_a_fence_inside_a_docstring_between_tags_stays_there() -> None:
    code = 'def area(r):\n    """\n    ```python\n    def area(r): ...\n    ```\n    """\n'
    found = extract(f"[PYTHON]\n{code}[/PYTHON]", prompt_text="", entry_point="area")
    assert found.code == code


def test_tags_around_nothing_are_no_code() -> None:
    said = "I put no code between [PYTHON] and [/PYTHON]."
    assert extract(said, prompt_text="Write area.", entry_point="area").outcome == "none"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a</think>b<thinking>c</thinking>d", "bd"),
        ("a</think>b", "b"),
        ("a</thinking>b", "b"),
        ("a<think>b", "a"),
        ("a", "a"),
    ],
)
def test_thoughts_are_cut(text: str, left: str) -> None:
    assert without_thoughts(text) == left


@pytest.mark.parametrize("again", ["-", "1+", "lambda:"])
def test_what_no_parser_can_follow_is_no_code(again: str) -> None:
    """From some depth on, Python's parser says that memory or the stack has run out."""
    assert extract(again * 20_000, prompt_text="", entry_point="area").outcome == "none"


def test_only_thoughts_is_no_code() -> None:
    found = extract("<think>def area(r): return", prompt_text="Write area.", entry_point="area")
    assert found.outcome == "none"


def test_prose_stays_in_the_denominator_as_it_came() -> None:
    found = extract("I cannot help.", prompt_text="Write area.", entry_point="area")
    assert found.outcome == "none"
    assert "I cannot help." in found.code


def test_a_class_is_an_entry_point() -> None:
    found = extract("```\nclass Pile:\n    pass\n```", prompt_text="", entry_point="Pile")
    assert found.code == "class Pile:\n    pass\n"


@given(st.text(), st.text())
def test_no_text_breaks_it(text: str, prompt: str) -> None:
    extract(text, prompt_text=prompt, entry_point="area")


@given(
    st.integers(-99, 99), st.sampled_from(["```", "~~~", "````"]), st.sampled_from(["", "python"])
)
def test_a_fence_gives_back_what_was_put_in(number: int, fence: str, language: str) -> None:
    code = f"def area(r):\n    return r * {number}\n"
    found = extract(f"{fence}{language}\n{code}{fence}\n", prompt_text=PROMPT, entry_point="area")
    assert found.code == code


@given(st.sampled_from([WHOLE, "import math\n\n" + WHOLE, "x = 1\n" + WHOLE]))
def test_complete_code_is_left_alone(code: str) -> None:
    found = extract(code, prompt_text="Write area.", entry_point="area")
    assert ast.dump(ast.parse(found.code)) == ast.dump(ast.parse(code))
