"""codeupdate editors: what there is and which settings each has."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands import run, run_json


def test_the_list_says_what_each_changes() -> None:
    found = {row["name"]: row["changes"] for row in run_json("editors", "list")["editors"]}
    assert found.items() >= {"none": "nothing", "docs": "prompt", "lora": "adapter"}.items()
    assert run("editors", "list").stdout.splitlines()[0].split() == ["NAME", "CHANGES", "SUMMARY"]


def test_settings_come_with_type_default_and_presets() -> None:
    card = run_json("editors", "show", "lora")
    settings = {setting["name"]: setting for setting in card["settings"]}
    assert settings["rank"] == {"name": "rank", "type": "integer, at least 1", "default": 8}
    assert settings["dropout"]["type"] == "number, at least 0, below 1"
    assert settings["max_steps"]["type"] == "integer, at least 1 or none"
    assert settings["learn"]["type"].startswith("one of ")
    assert set(card["presets"]["tiny"]) <= set(settings)
    said = run("editors", "show", "lora").stdout
    assert "arXiv 2106.09685" in said
    assert "--set learn=examples" in said


def test_an_editor_without_settings_says_so() -> None:
    assert "It has no settings." in run("editors", "show", "none").stdout


def test_editors_of_one_s_own_are_listed_and_a_faulty_one_hides_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "editors" / "mine"
    folder.mkdir(parents=True)
    (folder / "editor.yaml").write_text("name: mine\n")
    rows = {r["name"]: r for r in run_json("editors", "list", "--include", tmp_path)["editors"]}
    assert "is not an editor" in rows["mine"]["summary"]
    assert "lora" in rows
    result = run("editors", "show", "mine", "--include", tmp_path)
    assert result.exit_code == 2
    assert "is not an editor" in result.stderr
