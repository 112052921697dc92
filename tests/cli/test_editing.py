"""codeupdate editing: statistics and tracing from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import run, run_json

pytest.importorskip("torch", reason="needs the extra 'transformers'")


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))


def test_statistics_are_those_that_the_editor_will_ask_for() -> None:
    found = run_json("editing", "stats", "--tokens", "600")
    assert (found["corpus"], found["tokens"]) == ("tiny", 600)
    [layer] = found["layers"]
    assert (layer["layer"], layer["width"]) == (0, 448)
    assert layer["eigenvalues"] == sorted(layer["eigenvalues"])
    assert Path(found["files"]["0"]).is_file()
    again = run("editing", "stats", "--tokens", "600", "--layers", "0,1")
    assert again.exit_code == 0
    assert "600 tokens of 'tiny'" in again.stdout
    assert again.stdout.count(".safetensors") == 2


def test_a_trace_becomes_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "trace.png"
    words = ["editing", "trace", "--update", "shift-function-renamed", "--samples", "1"]
    found = run_json(*words, "--examples", "2", "--picture", picture)
    assert found["layer"] in range(5)
    assert len(found["states"]) == len(found["mlps"]) == len(found["places"]) == 6
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["stats", "--corpus", "nowhere"], "there is no corpus 'nowhere'"),
        (["stats", "--layers", "9"], "no layer 9"),
        (["stats", "--layers", "a"], "takes whole numbers"),
        (["stats", "--editor", "lora"], "needs no statistics"),
        (["stats", "--model", "reference"], "are not at hand"),
        (["trace", "--update", "none"], "has no update 'none'"),
        (["trace", "--task", "kit-base"], "have no examples"),
        (["trace", "--picture", "trace.doc"], "a picture ends in"),
        (["trace", "--picture", "no/where.png"], "there is no folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(words: list[str], says: str) -> None:
    result = run("editing", *words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
