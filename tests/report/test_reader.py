"""The reader of samples on the page, used as a person does, in a real browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from codeupdate.evaluation.results import Result
from codeupdate.evaluation.side_by_side import side_by_side
from codeupdate.report import sample_rows, write_comparison, write_html
from tests.report.browser import Browser, browser
from tests.report.runs import HOSTILE, made


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    try:
        with browser() as found:
            found.resize(1280, 1000)
            yield found
    except FileNotFoundError as missing:
        pytest.skip(f"this machine lacks {missing}")


@pytest.fixture(scope="module")
def page(finished: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_html(finished, path)
    return path


@pytest.fixture
def opened(window: Browser, page: Path) -> Browser:
    window.open(page)
    return window


def selected(window: Browser) -> str:
    """What the chosen row of the list says; that it is the active one for a screen reader."""
    return str(
        window.run(
            "const id = document.getElementById('list').getAttribute('aria-activedescendant');"
            "const row = document.getElementById(id);"
            "return row.getAttribute('aria-selected') === 'true' ? row.textContent : ''"
        )
    )


def test_filters_narrow_the_list_and_the_count_says_so(opened: Browser, finished: Result) -> None:
    rows = list(sample_rows(finished.run))
    assert opened.text("#count") == f"{len(rows):,} samples"
    opened.choose("arm", "lora")
    opened.choose("outcome", "passed")
    lora = [row for row in rows if (row["arm"], row["outcome"]) == ("lora", "passed")]
    assert opened.text("#count") == f"{len(lora)} of {len(rows):,} samples"
    opened.choose("kind", "function-renamed")
    opened.choose("role", "efficacy")
    renamed = [row for row in lora if row["kind"] == "function-renamed"]
    assert opened.text("#count") == f"{len(renamed)} of {len(rows):,} samples"
    assert "passed" in selected(opened)
    assert opened.run("return document.getElementById('count').getAttribute('aria-live')")


def test_a_search_finds_words_wherever_they_are(opened: Browser, finished: Result) -> None:
    rows = list(sample_rows(finished.run))
    opened.search("TAKE(xs u03/1")  # in the completion; in the prompt
    wanted = [r for r in rows if "take(xs" in r["completion"] and "u03/1" in r["prompt"]]
    assert wanted
    assert opened.text("#count") == f"{len(wanted)} of {len(rows):,} samples"
    opened.search("nowhere-at-all")
    assert opened.text("#count") == f"0 of {len(rows):,} samples"
    assert opened.text("#detail") == "No sample matches."


def test_a_sample_is_shown_with_all_that_is_known_of_it(opened: Browser, finished: Result) -> None:
    opened.choose("task", "kit-update")
    opened.choose("arm", "lora")
    opened.choose("outcome", "passed")
    said = opened.text("#detail")
    row = next(
        row
        for row in sample_rows(finished.run)
        if (row["task"], row["arm"], row["outcome"]) == ("kit-update", "lora", "passed")
    )
    for text in (row["prompt"], row["completion"], row["program"], row["problem"], row["kind"]):
        assert text in said
    assert "updated: passed" in said
    assert "test_two: passed" in said
    assert "kit.take called 1 ×" in said
    assert "40 tokens read, 12 written" in said


def test_what_was_suspicious_of_a_pass_is_shown_and_found(
    opened: Browser, window: Browser, tmp_path: Path
) -> None:
    hidden = "return document.getElementById('by-suspicions').closest('label').hidden"
    assert opened.run(hidden)  # there is none to look for
    odd = ("looked at the frames of callers", HOSTILE)
    result = made(tmp_path / "odd", arms=("none", "lora"), suspicions=odd)
    write_html(result, tmp_path / "odd.html")
    window.complaints()
    window.open(tmp_path / "odd.html")
    assert not window.run(hidden)
    rows = list(sample_rows(result.run))
    suspected = [row for row in rows if row["suspicions"]]
    window.choose("suspicions", "some")
    assert window.text("#count") == f"{len(suspected)} of {len(rows)} samples"
    said = window.text("#detail")
    assert f"updated, suspicious: {odd[0]}\nupdated, suspicious: {HOSTILE}" in said
    window.choose("suspicions", "none")
    window.search("suspicious:")
    assert window.text("#count") == f"0 of {len(rows)} samples"
    assert window.complaints() == []


def test_flips_are_shown_with_both_completions_as_a_diff(opened: Browser, finished: Result) -> None:
    opened.choose("flip", "gained")
    opened.choose("arm", "lora")
    opened.choose("role", "efficacy")
    count = sum(
        one.flips.positive
        for one in finished.comparisons
        if (one.arm.editor, one.metric) == ("lora", "pass@1")
    )
    assert opened.text("#count").startswith(f"{count} of ")
    assert "gained" in selected(opened)
    assert opened.text("#detail .diff del") == "−     return take(xs, 2)\n"
    assert opened.text("#detail .diff ins") == "+     return drop(xs, 2)\n"
    assert "none: " in opened.text("#detail del")
    assert opened.text("#detail ins") == "+ lora: passed"


def test_it_can_be_used_without_a_mouse(opened: Browser) -> None:
    opened.run("document.querySelector('.skip').focus()")
    opened.press("enter")
    assert opened.run("return location.hash") == "#samples"
    opened.run("document.activeElement.blur()")
    opened.press("/")
    assert opened.run("return document.activeElement.id") == "find"
    for _ in range(12):  # past the filters, into the list
        opened.press("tab")
        if opened.run("return document.activeElement.id") == "list":
            break
    first = selected(opened)
    opened.press("j", "down")
    third = selected(opened)
    opened.press("k", "up")
    assert (selected(opened), first != third) == (first, True)
    opened.press("end")
    last = selected(opened)
    assert last not in (first, third)
    opened.press("enter")
    assert opened.run("return document.activeElement.id") == "detail"
    opened.press("escape")
    assert opened.run("return document.activeElement.id") == "list"
    opened.press("home")
    assert selected(opened) == first


def test_everything_that_can_be_operated_has_a_name(opened: Browser) -> None:
    nameless = opened.run(
        "return [...document.querySelectorAll('input, select, button, [tabindex=\"0\"]')]"
        ".filter((one) => !(one.labels?.length || one.textContent.trim()"
        " || one.getAttribute('aria-label'))).length"
    )
    assert nameless == 0


def test_only_what_is_in_view_is_drawn(opened: Browser, finished: Result) -> None:
    total = len(list(sample_rows(finished.run)))
    drawn = "return document.querySelectorAll('[role=option]').length"
    assert 0 < opened.run(drawn) < 50 < total
    opened.run("const list = document.getElementById('list'); list.scrollTop = list.scrollHeight")
    opened.until(
        "return [...document.querySelectorAll('[role=option]')]"
        ".some((one) => one.getAttribute('aria-posinset') === arguments[0])",
        str(total),
    )
    assert opened.run(drawn) < 50


def test_a_hostile_completion_stays_text(
    window: Browser, unfinished: Result, tmp_path: Path
) -> None:
    write_html(unfinished, tmp_path / "hostile.html")
    window.complaints()
    window.open(tmp_path / "hostile.html")
    window.choose("flip", "turned")
    assert HOSTILE in window.text("#detail")
    assert window.run("return document.title") == "codeupdate: kit-update, humaneval"
    assert window.run("return document.querySelectorAll('#detail script, #detail img').length") == 0
    assert window.complaints() == []


def test_colours_follow_the_reader_and_a_button_changes_them(window: Browser, page: Path) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    window.dark(True)
    window.open(page)
    dark = window.run(paper)
    assert window.text("#theme") == "Light colours"
    window.run("document.getElementById('theme').click()")
    light = window.run(paper)
    assert (window.text("#theme"), light) == ("Dark colours", "rgb(255, 255, 255)")
    assert dark != light
    window.dark(False)


def test_runs_side_by_side_have_a_page(window: Browser, finished: Result, tmp_path: Path) -> None:
    other = made(tmp_path / "other", model="larger", n=3)
    third = made(tmp_path / "third", model="largest", arms=("none", "lora"))
    runs = [finished, other, third]  # more arms than fit a legend: shades are drawn
    write_comparison(side_by_side([run.run for run in runs]), tmp_path / "compared.html")
    window.complaints()
    window.open(tmp_path / "compared.html")
    assert window.text("h1") == "3 runs side by side"
    total = Counter(row["arm"] for run in runs for row in sample_rows(run.run))
    assert window.text("#count") == f"{sum(total.values()):,} samples"
    window.choose("arm", "lora, larger")
    window.choose("flip", "turned")
    assert window.text("#detail del").startswith("− lora, tiny")
    assert window.complaints() == []
