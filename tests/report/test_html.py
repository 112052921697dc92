"""The page: one file, complete, inert whatever a model wrote, and read in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from codeupdate.errors import StoreError
from codeupdate.evaluation.results import Result, read_result
from codeupdate.evaluation.store import Store
from codeupdate.report import headline, write_html
from codeupdate.report.html import EXAMPLES, LONGEST
from tests.report.runs import HOSTILE, made


class Page(HTMLParser):
    """Elements, text, and what a browser would load, as the parser sees them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page(finished: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_html(finished, path)
    return path


@pytest.fixture(scope="module")
def hostile(unfinished: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_html(unfinished, path)
    return path


def test_it_says_what_was_found_and_how(page: Path, finished: Result) -> None:
    text = " ".join(Page(page).text.split())
    assert headline(finished) in text
    for arm in finished.results:
        metric = arm.metrics["pass@1"]
        assert metric.value is not None
        assert f"{100 * metric.value:.1f} %" in text
        assert f"{100 * metric.low:.1f}–{100 * metric.high:.1f}" in text
    assert "codeupdate eval --editor none,docs,lora --set 'note=it'\"'\"'s'" in text
    for known in ("sha256:feed", "0123abc", '"temperature": 0.8', "function-renamed", "1,250,304"):
        assert known in text


def test_it_needs_nothing_else(page: Path) -> None:
    found = Page(page)
    assert not {"script", "link", "iframe", "img", "object"} & set(found.tags)
    loading = [v for n, v in found.attributes if n in ("src", "href", "xlink:href", "data")]
    assert all(value and value.startswith("#") for value in loading)
    assert not re.search(r"url\((?!#)", page.read_text())
    assert "@import" not in page.read_text()


def test_tables_and_pictures_can_be_read_aloud(page: Path) -> None:
    found = Page(page)
    assert found.tags.count("h1") == 1
    assert found.tags.count("table") == found.tags.count("caption")
    assert found.tags.count("svg") == sum(
        (name, value) == ("role", "img") for name, value in found.attributes
    )
    assert ("scope", "row") in found.attributes
    assert ("lang", "en") in found.attributes


def test_examples_are_few_and_what_is_left_out_is_said(page: Path, finished: Result) -> None:
    arms = finished.results
    text = Page(page).text
    assert Page(page).tags.count("details") == EXAMPLES * len(arms) + 1  # and the settings
    assert f"{EXAMPLES} shown, {arms[0].samples - EXAMPLES} left out" in text
    assert text.index("kit-update, none") < text.index("kit-update, lora")
    assert "test_two: AssertionError: [1] != [1, 2]" in text
    assert "    return drop(xs, 2)" in text


def test_a_long_completion_is_cut_and_says_so(tmp_path: Path) -> None:
    result = made(tmp_path / "run", tasks=("humaneval",), arms=("none",), hostile="x" * 50_000)
    write_html(result, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "more characters)" in text
    assert "x" * LONGEST not in text
    assert len(text) < 200_000


def test_a_completion_is_text_and_nothing_else(hostile: Path) -> None:
    found = Page(hostile)
    assert HOSTILE in found.text
    assert not {"script", "img"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]


def test_an_unfinished_run_says_so(hostile: Path, unfinished: Result) -> None:
    text = Page(hostile).text
    assert f"{unfinished.unknown} planned samples are not judged yet" in text
    assert f"{unfinished.failures} of the samples could not be judged" in text
    assert "unknown" in text


def test_runs_with_nothing_in_them_have_a_page(planned_only: Path, tmp_path: Path) -> None:
    write_html(read_result(planned_only), tmp_path / "planned.html")
    assert "is not finished" in Page(tmp_path / "planned.html").text
    Store.create(tmp_path / "run", {"k": [1], "provenance": {}}).close()
    write_html(read_result(tmp_path / "run"), tmp_path / "empty.html")
    text = Page(tmp_path / "empty.html").text
    assert "Nothing has been evaluated yet." in text
    assert "started from Python" in text


def test_it_is_written_whole_or_not_at_all(finished: Result, tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        write_html(finished, tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


# ------------------------------------------------------------------- in a browser


def browse(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium on this machine")
    profile = f"--user-data-dir={page.parent / 'profile'}"
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", profile, *options, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_browser_runs_nothing_of_a_completion(hostile: Path) -> None:
    seen = browse(hostile, "--dump-dom").stdout
    assert "<title>codeupdate: kit-update, humaneval</title>" in seen
    assert "<script" not in seen


def test_a_browser_shows_all_plots_and_has_nothing_to_complain_of(page: Path) -> None:
    done = browse(page, "--enable-logging=stderr", "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<svg") == 7


@pytest.mark.parametrize("width", [500, 1280])
@pytest.mark.parametrize(("name", "scheme"), [("light", 1), ("dark", 0)])
def test_the_page_follows_the_colours_of_its_reader(
    page: Path, width: int, name: str, scheme: int
) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = page.parent / f"{name}-{width}.png"
    browse(
        page,
        "--hide-scrollbars",
        f"--window-size={width},900",
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--screenshot={picture}",
    )
    with image.open(picture) as opened:
        shades = sorted(opened.convert("L").tobytes())
    paper, darkest, lightest = shades[len(shades) // 2], shades[0], shades[-1]
    assert (paper > 240) == (name == "light")
    assert lightest - darkest > 180  # ink stands out from paper
