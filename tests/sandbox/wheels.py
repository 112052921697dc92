"""Packages made up on the spot, so that environments can be built without an index."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

BACKEND = """
import os, time, zipfile

def build_wheel(folder, settings=None, metadata=None):
    time.sleep({seconds})
    value = os.environ[{variable!r}] if {variable!r} else None
    name = "{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("{name}.py", "value = %r\\n" % value)
        for file, text in {info!r}.items():
            wheel.writestr(file, text)
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def make_wheel(folder: Path, name: str, version: str, source: str) -> Path:
    """A wheel of one module; returns its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", source)
        for file, text in _info(name, version).items():
            wheel.writestr(file, text)
    return path


def make_source(
    folder: Path, name: str, version: str, *, seconds: float = 0, variable: str = ""
) -> Path:
    """A source distribution whose build takes ``seconds``; its ``value`` is what the
    environment ``variable`` says while it is built."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    backend = BACKEND.format(
        name=name, version=version, seconds=seconds, variable=variable, info=_info(name, version)
    )
    files = {
        "PKG-INFO": _info(name, version)[f"{name}-{version}.dist-info/METADATA"],
        "pyproject.toml": PROJECT,
        "backend.py": backend,
    }
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            member = tarfile.TarInfo(f"{name}-{version}/{file}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def _info(name: str, version: str) -> dict[str, str]:
    info = f"{name}-{version}.dist-info"
    return {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
