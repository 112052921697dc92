"""ExcessCode by hand-counted examples."""

from __future__ import annotations

import pytest

from codeupdate.scoring.excess import (
    changed_lines,
    excess_code,
    missing_lines,
)

BEFORE = "a\nb\nc\nd\n"
AFTER = "a\nB\nc\nd\ne\nf\n"  # one line altered, two added


def test_an_altered_line_counts_as_removed_and_added() -> None:
    assert changed_lines(BEFORE, AFTER) == 4
    assert changed_lines(BEFORE, "a\nb\n") == 2
    assert changed_lines(BEFORE, BEFORE) == 0


def test_lines_that_look_like_marks_of_a_comparison_do_not_count() -> None:
    assert changed_lines("- a\n+ b\n? c\n", "- a\n+ b\n? c\n") == 0


def test_uncovered_lines_for_each_changed_line() -> None:
    assert excess_code(BEFORE, AFTER, 0) == 0
    assert excess_code(BEFORE, AFTER, 3) == 3 / 4
    assert excess_code(BEFORE, AFTER, 8) == 2  # lines that were there before count as well


def test_the_released_script_counts_every_line_of_the_comparison() -> None:
    # "  a", "- b", "+ B", "  c", "  d", "+ e", "+ f"
    assert excess_code(BEFORE, AFTER, 3, counting="compared") == 3 / 7
    # "- value = 1", "?         ^", "+ value = 2", "?         ^"
    assert excess_code("value = 1\n", "value = 2\n", 1, counting="compared") == 1 / 4


def test_an_edit_that_changes_nothing_has_a_number() -> None:
    assert excess_code(BEFORE, BEFORE, 2) == 2
    assert excess_code("", "", 0, counting="compared") == 0


@pytest.mark.parametrize(
    ("report", "lines"),
    [("", 0), ("7", 1), ("4, 17-19, 26", 5), (" 4\n", 1), ("1-3,5", 4), ("8-8", 1)],
)
def test_the_column_of_missing_lines(report: str, lines: int) -> None:
    assert missing_lines(report) == lines


@pytest.mark.parametrize("report", ["Hello", "-1", "1-2-3"])
def test_what_is_no_column_of_lines_is_refused(report: str) -> None:
    with pytest.raises(ValueError):
        missing_lines(report)
