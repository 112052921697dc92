"""The page: one file, complete, inert whatever a model wrote, and read in a real browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from codeupdate.errors import StoreError
from codeupdate.evaluation.results import Result, read_result
from codeupdate.evaluation.side_by_side import side_by_side
from codeupdate.evaluation.store import Store
from codeupdate.report import (
    check_page,
    embedded,
    headline,
    sample_rows,
    write_comparison,
    write_html,
)
from codeupdate.report.embedded import LONGEST
from codeupdate.report.html import HERE
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
    assert not {"link", "iframe", "img", "object"} & set(found.tags)
    loading = [v for n, v in found.attributes if n in ("src", "href", "xlink:href", "data")]
    assert all(value and value.startswith("#") for value in loading)
    assert not re.search(r"url\((?!#)", page.read_text())
    assert "@import" not in page.read_text()


def test_the_only_script_that_may_run_is_the_reports_own(page: Path) -> None:
    text = page.read_text()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    (own,) = [content for attributes, content in scripts if "octet-stream" not in attributes]
    assert own == (HERE / "page.js").read_text()
    assert base64.b64encode(hashlib.sha256(own.encode()).digest()).decode() in text
    assert "innerHTML" not in own
    assert "insertAdjacent" not in own


def test_tables_and_pictures_can_be_read_aloud(page: Path) -> None:
    found = Page(page)
    assert found.tags.count("h1") == 1
    assert found.tags.count("table") == found.tags.count("caption")
    assert found.tags.count("svg") == sum(
        (name, value) == ("role", "img") for name, value in found.attributes
    )
    assert ("scope", "row") in found.attributes
    assert ("lang", "en") in found.attributes


def samples(page: Path) -> dict[str, Any]:
    """What the page carries, unpacked."""
    data = re.search(r'id="samples-data">([^<]*)<', page.read_text())
    assert data is not None
    found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(data[1])))
    return found


def test_it_carries_every_sample_and_every_flip(page: Path, finished: Result) -> None:
    found, rows = samples(page), list(sample_rows(finished.run))
    columns, texts = found["columns"], found["texts"]
    assert f"{len(rows):,} samples with their prompts" in page.read_text()
    for name, column in (("completion", "completion"), ("prompt", "prompt"), ("code", "program")):
        assert [texts[place] for place in columns[name]] == [row[column] for row in rows]
    arms = [found["names"]["arm"][number] for number in columns["arm"]]
    assert arms == [row["arm"] for row in rows]
    kinds = [found["names"]["kind"][number] for number in columns["kind"]]
    assert kinds == [row["kind"] for row in rows]
    passed = [found["names"]["outcome"][number] == "passed" for number in columns["outcome"]]
    counted = [one for one in finished.comparisons if one.metric in ("pass@1", "specificity")]
    assert len(found["flips"]) == sum(c.flips.positive + c.flips.negative for c in counted)
    for before, after, gained in found["flips"]:
        assert (passed[before], passed[after]) == (not gained, bool(gained))
        assert columns["problem"][before] == columns["problem"][after]
        assert arms[before] == "none"


def test_a_long_completion_is_cut_and_says_so(tmp_path: Path) -> None:
    result = made(tmp_path / "run", tasks=("humaneval",), arms=("none",), hostile="x" * 50_000)
    write_html(result, tmp_path / "report.html")
    texts = samples(tmp_path / "report.html")["texts"]
    assert max(map(len, texts)) < LONGEST + 100
    assert any(text.endswith("more characters are in the run folder)") for text in texts)
    text = (tmp_path / "report.html").read_text()
    assert "long texts are cut" in text
    assert len(text) < 200_000


def test_what_does_not_fit_is_left_out_and_said(
    finished: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "MOST", 10)
    monkeypatch.setattr(embedded, "BUDGET", 100)
    monkeypatch.setattr(embedded, "BRIEF", 20)
    write_html(finished, tmp_path / "report.html")
    found = samples(tmp_path / "report.html")
    assert len(found["columns"]["arm"]) == 10
    assert all(after < 10 for _, after, _ in found["flips"])
    assert any(text.startswith("```python\n    return") for text in found["texts"])
    assert (
        f"{len(list(sample_rows(finished.run))) - 10:,} more are left out"
        in (tmp_path / "report.html").read_text()
    )


def test_a_completion_is_nowhere_but_in_the_data(hostile: Path) -> None:
    found = Page(hostile)
    assert any(HOSTILE in text for text in samples(hostile)["texts"])
    assert HOSTILE not in hostile.read_text()
    assert "img" not in found.tags
    assert found.tags.count("script") == 2
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


def test_arms_of_different_problems_have_no_star(finished: Result, tmp_path: Path) -> None:
    path = tmp_path / "compared.html"
    for updates, star in ((8, True), (5, False)):
        other = made(tmp_path / f"run-{updates}", model="larger", k=(2,), updates=updates)
        write_comparison(side_by_side([finished.run, other.run]), path)
        text = Page(path).text
        assert ("★" in text, "Best on" in text) == (star, star)
        assert ("none is marked as the best" in text) == (not star)
    assert "15 to 24 problems" in text


def test_what_a_page_cannot_be_written_to_is_found_out_before(tmp_path: Path) -> None:
    for path in (tmp_path, Path(), Path("..")):
        with pytest.raises(StoreError, match="is a folder; name a file in it"):
            check_page(path)
    check_page(tmp_path / "new" / "report.html")
    assert list(tmp_path.iterdir()) == []


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


def test_a_browser_shows_all_plots_and_has_nothing_to_complain_of(page: Path) -> None:
    done = browse(page, "--enable-logging=stderr", "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<svg") == 7


def test_without_its_script_the_tables_and_plots_are_there(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    still = tmp_path / "still.html"
    still.write_text(text.replace("'sha256-", "'sha256-not"))  # the policy now allows no script
    seen = browse(still, "--dump-dom").stdout
    assert seen.count("<svg") == 7
    assert '<div id="explorer" hidden="">' in seen
    assert "loads nothing from anywhere" in seen


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
