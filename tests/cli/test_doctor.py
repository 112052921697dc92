"""codeupdate doctor: what it finds is so, and what is missing comes with its fix."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, requires, version
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
    assert found["extra transformers"]["detail"] == "torch 0.0.1 is older than 2.9"
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
    ("installed", "detail"),
    [
        ("1.15.9", "trl 1.15.9 is older than 1.16"),
        ("1.16.0", ""),
        ("1.16.3+local", ""),
        ("1.17.0", "trl 1.17.0 is too new, it has to be below 1.17"),
        ("2.0", "trl 2.0 is too new, it has to be below 1.17"),
    ],
)
@pytest.mark.parametrize(
    "requirement",
    [
        "trl<1.17,>=1.16; extra == 'preference'",
        'trl >=1.16, <1.17 ; python_version < "4" and extra == "preference"',
        "trl[peft] (>=1.16,<1.17); extra == 'preference'",
    ],
)
def test_a_package_that_is_held_is_neither_too_old_nor_too_new(
    monkeypatch: pytest.MonkeyPatch, requirement: str, installed: str, detail: str
) -> None:
    monkeypatch.setattr(doctor, "requires", lambda _: ["numpy>=1.26", requirement])
    monkeypatch.setattr(doctor, "version", lambda _: installed)
    (found,) = doctor._extras()
    assert (found.name, found.status) == ("extra preference", "broken" if detail else "ok")
    assert found.detail == (detail or f"trl {installed}")
    assert bool(found.fix) == bool(detail)


def test_a_package_that_is_installed_and_cannot_be_imported_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('libgomp.so.1: no such file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(doctor, "requires", lambda _: ["torch>=2.9; extra == 'transformers'"])
    monkeypatch.setattr(doctor, "version", lambda _: "2.9.0")
    (found,) = doctor._extras()
    assert (found.name, found.status, found.needed) == ("extra transformers", "broken", True)
    assert found.detail == "torch cannot be imported: OSError: libgomp.so.1: no such file"
    assert found.fix == 'pip install "codeupdate[transformers]" --force-reinstall'
    assert doctor._gpu().detail == "not looked for: libgomp.so.1: no such file"


def test_what_this_distribution_asks_for_is_understood() -> None:
    """trl is held in its metadata, in whatever order that names the bounds."""
    asked = [one for one in requires("codeupdate") or () if one.startswith("trl")]
    assert asked
    for requirement in asked:
        versions = requirement.removeprefix("trl").partition(";")[0]
        assert list(doctor._misfits("1.15", versions)) == ["older than 1.16"]
        assert list(doctor._misfits("1.17.1", versions)) == ["too new, it has to be below 1.17"]


@pytest.mark.parametrize(
    ("text", "numbers"), [("2.13.0+cpu", (2, 13, 0)), ("4.57", (4, 57)), ("rc1", ())]
)
def test_versions_are_compared_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert doctor._numbers(text) == numbers
    assert doctor._numbers("2.10") > doctor._numbers("2.4")
