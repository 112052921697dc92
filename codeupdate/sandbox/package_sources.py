"""Where packages come from: what the user has told pip, said to uv.

uv reads nothing of pip's configuration. A user's indexes, local wheels and certificates have
to be found all the same, or a machine that installs with pip could build nothing. Who has
told uv itself where packages come from has decided, and pip is not asked.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codeupdate.errors import SandboxUnavailable

__all__ = ["PackageSources", "package_sources"]

#: With one of these the user has told uv where packages come from.
TOLD_UV = (
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX",
    "UV_INDEX_URL",
)


@dataclass(frozen=True, slots=True)
class PackageSources:
    """What uv has to be given. Addresses may hold passwords, which everybody could read on a
    command line; they are variables."""

    options: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def package_sources(environ: Mapping[str, str] = os.environ) -> PackageSources:
    """What the user has told pip about indexes, local wheels and certificates.

    Raises:
        SandboxUnavailable: a configuration file of pip's cannot be read.
    """
    if any(environ.get(name) for name in TOLD_UV):
        return PackageSources()
    said = _pip_settings(environ)
    # pip takes the best version of all places; uv by itself stops at the first that has any.
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    if index := said.get("index-url"):
        variables["UV_DEFAULT_INDEX"] = index
    if indexes := said.get("extra-index-url", "").split():
        variables["UV_INDEX"] = " ".join(indexes)
    if folders := said.get("find-links", "").split():
        variables["UV_FIND_LINKS"] = ",".join(str(Path(f).expanduser()) for f in folders)
    if hosts := said.get("trusted-host", "").split():
        variables["UV_INSECURE_HOST"] = " ".join(hosts)
    if certificates := said.get("cert"):
        variables["SSL_CERT_FILE"] = certificates
    no_index = said.get("no-index", "").lower() in {"1", "true", "yes", "on"}
    return PackageSources(
        ("--no-index",) if no_index else (),
        {name: value for name, value in variables.items() if not environ.get(name)},
    )


def _pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """What ``pip install`` would take as its options; variables have the last word."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for path in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise SandboxUnavailable(
                f"pip's configuration file '{path}' cannot be read: {error}; correct or remove it"
            ) from error
        for section, settings in sections.items():
            if parser.has_section(section):
                settings.update({_option(key): value for key, value in parser.items(section)})
    told = {
        _option(name.removeprefix("PIP_")): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value
    }
    return {**sections["global"], **sections["install"], **told}


def _pip_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """The files in which pip looks on Linux, the ones with the last word last."""
    by_hand = environ.get("PIP_CONFIG_FILE")
    if by_hand == os.devnull:
        return  # pip's way of saying: none at all
    home = Path(environ.get("HOME") or Path.home())
    for folder in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)):
        yield Path(folder, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
    yield Path(sys.prefix, "pip.conf")
    if by_hand:
        yield Path(by_hand)


def _option(key: str) -> str:
    return key.strip().lower().removeprefix("--").replace("_", "-")
