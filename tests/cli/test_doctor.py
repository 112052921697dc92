"""codeupdate doctor: what it finds is so, and what is missing comes with its fix."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from codeupdate import doctor, plugins
from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import local
from tests.cli.commands import need_local_sandbox, run, run_json


def findings(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["name"]: finding for finding in said["findings"]}


def test_here_everything_that_an_evaluation_needs_works() -> None:
    need_local_sandbox()
    said = run_json("doctor")
    found = findings(said)
    assert said["ok"] is True
    assert found["sandbox local"]["status"] == "ok"
    assert f"torch {version('torch')}" in found["extra transformers"]["detail"]
    assert found["model tiny"]["status"] == "ok"
    assert found["codeupdate eval"]["status"] == "ok"
    assert all(f["fix"] for f in said["findings"] if f["status"] != "ok")


def test_what_is_missing_is_said_with_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_peft(package: str) -> str:
        if package == "peft":
            raise PackageNotFoundError(package)
        return "0.0.1" if package == "torch" else version(package)

    def refuse() -> None:
        raise SandboxUnavailable("no namespaces here; use --sandbox docker")

    monkeypatch.setattr(doctor, "version", without_peft)
    monkeypatch.setattr(local, "check", refuse)
    monkeypatch.setattr(plugins, "data_folder", lambda: tmp_path / "nothing")
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    result = run("doctor", "--json")
    assert result.exit_code == 1
    found = findings(run_json("doctor"))
    assert found["extra training"]["status"] == "broken"  # torch is too old, too
    assert found["extra transformers"]["detail"] == "torch 0.0.1 is older than 2.4"
    assert found["extra transformers"]["fix"] == 'pip install "codeupdate[transformers]" --upgrade'
    assert found["sandbox local"]["status"] == "broken"
    assert "no namespaces here" in found["sandbox local"]["detail"]
    assert found["sandbox docker"]["status"] == "missing"
    assert found["environment arena"]["status"] == "missing"
    assert found["environment arena"]["fix"] == "codeupdate sandbox build arena"
    assert found["environment python"]["status"] == "ok"
    assert found["model tiny"]["status"] == "missing"
    assert list(tmp_path.iterdir()) == []  # it only looks
    said = run("doctor").stdout
    assert "it lacks: " in said
    assert "codeupdate sandbox build arena" in said


@pytest.mark.parametrize(
    ("text", "numbers"), [("2.13.0+cpu", (2, 13, 0)), ("4.57", (4, 57)), ("rc1", ())]
)
def test_versions_are_compared_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert doctor._numbers(text) == numbers
    assert doctor._numbers("2.10") > doctor._numbers("2.4")
