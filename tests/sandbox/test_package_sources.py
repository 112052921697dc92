"""What pip knows of indexes, local wheels and certificates reaches uv."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.package_sources import package_sources


def environ(home: Path, text: str = "", **more: str) -> dict[str, str]:
    """The variables of a user whose pip.conf says ``text``, and of nobody else."""
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    none = str(home / "none")
    return {"HOME": str(home), "XDG_CONFIG_DIRS": none, "PIP_CONFIG_FILE": str(file), **more}


def test_indexes_wheels_and_certificates_are_translated(tmp_path: Path) -> None:
    said = package_sources(
        environ(
            tmp_path,
            "[global]\nindex-url = https://one/simple\nextra_index_url =\n  https://two\n  https://three\n"
            "find-links = /wheels /more\n[install]\ntrusted-host = one\n",
            PIP_CERT="/ca.pem",
        )
    )
    assert said.options == ()
    assert said.variables == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://one/simple",
        "UV_INDEX": "https://two https://three",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INSECURE_HOST": "one",
        "SSL_CERT_FILE": "/ca.pem",
    }


def test_variables_have_the_last_word_and_install_the_one_before(tmp_path: Path) -> None:
    text = "[global]\nindex-url = global\nfind-links = global\n[install]\nindex-url = install\n"
    said = package_sources(environ(tmp_path, text, PIP_FIND_LINKS="variable"))
    assert said.variables["UV_DEFAULT_INDEX"] == "install"
    assert said.variables["UV_FIND_LINKS"] == "variable"


@pytest.mark.parametrize(("value", "options"), [("1", ("--no-index",)), ("false", ())])
def test_no_index_is_an_option(tmp_path: Path, value: str, options: tuple[str, ...]) -> None:
    assert package_sources(environ(tmp_path, PIP_NO_INDEX=value)).options == options


def test_who_told_uv_itself_is_not_overruled(tmp_path: Path) -> None:
    text = "[global]\nindex-url = https://one/simple\n"
    told = package_sources(environ(tmp_path, text, UV_DEFAULT_INDEX="https://mine"))
    assert (told.options, told.variables) == ((), {})
    set_by_hand = package_sources(environ(tmp_path, text, SSL_CERT_FILE="x", PIP_CERT="y"))
    assert "SSL_CERT_FILE" not in set_by_hand.variables


def test_no_configuration_file_at_all(tmp_path: Path) -> None:
    found = environ(tmp_path, "[global]\nindex-url = https://one/simple\n")
    said = package_sources({**found, "PIP_CONFIG_FILE": os.devnull})
    assert said.variables == {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_a_faulty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match=r"pip\.conf' cannot be read"):
        package_sources(environ(tmp_path, "no section\n"))
