"""Makes ``python:X.Y-slim`` from a Python that is installed here, where no registry is.

The image is what the interpreter needs and little more: its standard library under
``/usr/local``, the shared libraries that it and its extension modules are linked with, the
C and C++ runtime that packages expect, a shell, time zones and the UTF-8 locale.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from codeupdate.errors import SandboxUnavailable, UsageError
from codeupdate.sandbox.docker import connect, image_name
from codeupdate.sandbox.interpreters import Interpreter, find_interpreter
from codeupdate.sandbox.shared_libraries import RUNTIME, find_library, linked

__all__ = ["make_base_image"]

AS_THEY_ARE = (
    Path("/usr/share/zoneinfo"),
    Path("/usr/lib/locale/C.utf8"),
    Path("/usr/lib/locale/C.UTF-8"),
)
LEFT_OUT = re.compile(r"site-packages|dist-packages|ensurepip|idlelib|tests?|config-.*")
SHELL = Path("/bin/sh")
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/group": "root:x:0:\n",
}


def make_base_image(version: str, *, name: str | None = None) -> str:
    """Make the image for Python ``version`` ("3.11") and return its name.

    ``name`` is what the sandbox looks for unless it is given. An image of that name that
    the engine already has is left as it is.

    Raises:
        UsageError: ``version`` is none.
        MissingExtra: the package ``docker`` is not installed.
        SandboxUnavailable: no engine answers, this is not Linux, or that Python is not
            installed here.
    """
    if not re.fullmatch(r"3\.\d+", version):
        raise UsageError(f"'{version}' is no version of Python that has an image; write it as 3.11")
    if sys.platform != "linux":
        raise SandboxUnavailable(
            f"an image can be made from an installed Python on Linux alone, and this is "
            f"{sys.platform}; run: docker pull {image_name(version)}"
        )
    client = connect()
    name = name or image_name(version)
    if client.images.list(name=name):
        return name
    python = find_interpreter(version)
    repository, _, tag = name.partition(":")
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            _fill(archive, python, version)
        file.flush()
        client.api.import_image_from_file(
            file.name,
            repository=repository,
            tag=tag,
            changes=[
                "ENV PATH=/usr/local/bin:/usr/bin:/bin",
                "ENV LANG=C.UTF-8",
                f'CMD ["python{version}"]',
            ],
        )
    return name


def _fill(archive: tarfile.TarFile, python: Interpreter, version: str) -> None:
    for name, text in FILES.items():
        _add_text(archive, name, text)
    library = _standard_library(python)
    _add(archive, python.executable.resolve(), f"usr/local/bin/python{version}")
    _add(archive, library, f"usr/local/{library.relative_to(python.prefix)}")
    for short in ("python3", "python"):
        _add_link(archive, f"usr/local/bin/{short}", f"python{version}")
    _add(archive, SHELL.resolve(), str(SHELL))
    for path in AS_THEY_ARE:
        if path.exists():
            _add(archive, path, str(path))
    binaries = [python.executable, SHELL, *(library / "lib-dynload").glob("*.so")]
    libraries = linked([*binaries, *_runtime()]) | _runtime()
    system = next(path.parent for path in libraries if path.name.startswith("libc.so"))
    for path in sorted(libraries):
        # A library of the interpreter's own goes where every loader looks.
        place = path if str(path).startswith(("/lib", "/usr/lib")) else system / path.name
        _add(archive, path.resolve(), str(place))


def _standard_library(python: Interpreter) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    said = subprocess.run(
        [str(python.executable), "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    return Path(said.stdout.strip())


def _add(archive: tarfile.TarFile, source: Path, name: str) -> None:
    """Add a file, or a folder without what is left out; everybody may read it."""

    def adjust(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if member.isdir() and LEFT_OUT.fullmatch(Path(member.name).name):
            return None
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mode |= 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    archive.add(source, name.lstrip("/"), filter=adjust)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    archive.addfile(member, io.BytesIO(text.encode()))


def _add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    archive.addfile(member)


def _runtime() -> set[Path]:
    """Where the loader finds what packages expect of every system."""
    found = set()
    for name in RUNTIME:
        path = find_library(name)
        if path is None:
            raise SandboxUnavailable(
                f"'{name}' is not on this system, and packages need it; "
                "on Debian run: apt-get install libc6 libstdc++6"
            )
        found.add(path)
    return found
