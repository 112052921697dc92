"""``codeupdate cache``, and a run that takes from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codeupdate.models.completions_file import Completion, CompletionFile, Kept, completions_path
from tests.cli.commands import need_local_sandbox, run, run_json


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of completions of its own."""
    monkeypatch.setenv("CODEUPDATE_COMPLETIONS", str(tmp_path / "kept"))
    path = completions_path()
    assert path is not None
    return path


def fill(path: Path) -> None:
    file = CompletionFile(path)
    for name, count in (("tiny", 3), ("tiny with lora", 2)):
        rows = [
            Kept(name.encode(), str(i).encode(), 0, Completion("return 1\n", 5, 3, "stop"))
            for i in range(count)
        ]
        file.keep(name, f"{name}-fingerprint", rows, [])
    file.close()


def test_what_is_kept_is_listed_by_model(kept: Path) -> None:
    assert run_json("cache", "list") == {"file": str(kept), "size": 0, "models": []}
    fill(kept)
    listed = run_json("cache", "list")
    assert {m["name"]: m["completions"] for m in listed["models"]} == {
        "tiny": 3,
        "tiny with lora": 2,
    }
    assert listed["size"] == kept.stat().st_size
    shown = run("cache", "list").stdout
    assert "tiny with lora" in shown and "5 completions" in shown and str(kept) in shown


def test_what_would_be_removed_is_said_and_then_removed(kept: Path) -> None:
    fill(kept)
    assert run_json("cache", "prune", "--model", "tiny with", "--dry-run")["removed"] == 2
    assert "would free" in run("cache", "prune", "--all", "--dry-run").stdout
    assert run_json("cache", "prune", "--older-than", "1")["removed"] == 0
    assert run_json("cache", "prune", "--model", "tiny with")["removed"] == 2
    assert [model["name"] for model in run_json("cache", "list")["models"]] == ["tiny"]
    assert run_json("cache", "prune", "--larger-than", "0")["removed"] == 3
    assert run_json("cache", "list")["models"] == []


@pytest.mark.parametrize(
    "words, said",
    [([], "nothing says what is to be removed"), (["--all", "--model", "x"], "--all removes")],
)
def test_wrong_use_of_prune_is_one_sentence(kept: Path, words: list[str], said: str) -> None:
    result = run("cache", "prune", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_that_is_none_is_one_sentence(kept: Path) -> None:
    kept.parent.mkdir()
    kept.write_bytes(b"nothing of ours")
    result = run("cache", "list")
    assert result.exit_code == 2
    assert "delete the file" in result.stderr


def test_a_second_run_takes_its_completions_and_says_so(kept: Path, tmp_path: Path) -> None:
    need_local_sandbox()

    def evaluate(name: str, *more: str) -> dict[str, Any]:
        words = ("--limit", "1", "--max-tokens", "4", "--temperature", "0.8", *more)
        found: dict[str, Any] = run_json("eval", *words, "--output", tmp_path / name)["results"][0]
        return found

    first, again = evaluate("first", "-n", "2"), evaluate("again", "-n", "2")
    assert first["cost"]["cached_samples"] == 0
    assert again["cost"]["cached_samples"] == 2
    assert again["outcomes"] == first["outcomes"]
    assert "taken from the cache" in run("report", tmp_path / "again").stdout
    assert "taken from the cache" not in run("report", tmp_path / "first").stdout
    assert evaluate("anew", "-n", "2", "--no-cache")["cost"]["cached_samples"] == 0
    assert evaluate("more", "-n", "3")["cost"]["cached_samples"] == 2
