"""Edits lead from one text to the other and back, however they are given."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.errors import UsageError
from codeupdate.kvcache.edits import Edit, applied, differences, in_order, inverted, parse_diff

LINES = st.lists(st.sampled_from(["a = 1", "b = 2", "    c", "", "é = '…'"]), max_size=12)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))


@given(TEXTS, TEXTS)
def test_differences_make_the_new_text_and_go_back(old: str, new: str) -> None:
    edits = in_order(differences(old, new), len(old))
    assert applied(old, edits) == new
    assert applied(new, inverted(old, edits)) == old
    assert bool(edits) == (old != new)


@given(LINES, LINES)
def test_a_unified_diff_is_applied_like_any_edit(old: list[str], new: list[str]) -> None:
    before, after = "".join(f"{x}\n" for x in old), "".join(f"{x}\n" for x in new)
    diff = "\n".join(difflib.unified_diff(old, new, "a.py", "b.py", lineterm="", n=1))
    if diff:
        assert applied(before, in_order(parse_diff(before, diff), len(before))) == after


@pytest.mark.parametrize(
    ("old", "diff", "new"),
    [
        ("x\n", "@@ -1 +1,2 @@\n x\n+y = \n\\ No newline at end of file", "x\ny = "),
        ("foo", "@@ -1 +1 @@\n-foo\n\\ No newline at end of file\n+foo\n", "foo\n"),
        ("a\nb", "@@ -1,2 +0,0 @@\n-a\n-b\n\\ No newline at end of file\n", ""),
        ("a\fb\nc\n", "@@ -1,2 +1,2 @@\n a\fb\n-c\n+d\n", "a\fb\nd\n"),
        ("a\r\nb\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n", "a\r\nc\r\n"),
        ("a\n", "@@ -1 +1 @@\n-a\n+b\n-- \n2.40.1\n\n", "b\n"),  # as git sends it
        ("a\n\nb\n", "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n", "a\n\nc\n"),  # a blank lost its space
        ("", "@@ -0,0 +1 @@\n+x\n", "x\n"),
        ("foo", "@@ -1 +1,2 @@\n-foo\n+foo\n+bar\n", "foo\nbar"),  # it does not say: no new line
        ("a\nb", "@@ -2,0 +3 @@\n+c\n", "a\nb\nc"),
    ],
)
def test_a_diff_is_read_to_the_letter(old: str, diff: str, new: str) -> None:
    assert applied(old, in_order(parse_diff(old, diff), len(old))) == new


def test_an_edit_is_as_small_as_it_can_be() -> None:
    assert differences("x = foo(1)\ny\n", "x = foo(1, 2)\ny\n") == [Edit(9, 9, ", 2")]


def test_edits_come_in_order_and_empty_ones_go() -> None:
    assert in_order([Edit(5, 6), Edit(1, 1), Edit(0, 2, "x")], 9) == [Edit(0, 2, "x"), Edit(5, 6)]


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ([Edit(3, 9)], "characters 3 to 9 lies outside the text, which has 5"),
        ([Edit(-1, 2)], "outside the text"),
        ([Edit(0, 3), Edit(2, 4)], "overlap; give them as one"),
        ([Edit(2, 2, "a"), Edit(2, 2, "b")], "overlap"),
    ],
)
def test_impossible_edits_are_refused(edits: list[Edit], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        in_order(edits, 5)


@pytest.mark.parametrize(
    ("diff", "says"),
    [
        ("just words", "no hunks"),
        ("@@ -1 +1 @@\n-b\n+c\n", "in line 1 it expects 'b' where there is 'a'"),
        ("@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "in line 2 it expects 'b' where there is the end"),
        ("@@ -7 +7 @@\n-b\n+c\n", "a hunk for line 7, and the text 1 lines"),
        ("@@ -50,0 +51 @@\n+b\n", "a hunk for line 51, and the text 1 lines"),
        ("@@ -1,2 +1 @@\n a\n", "not have as many lines as its hunk '@@ -1,2 .1 @@' says"),
    ],
)
def test_a_diff_that_does_not_fit_is_refused(diff: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_diff("a\n", diff)
