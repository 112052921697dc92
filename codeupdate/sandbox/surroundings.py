"""What a worker finds around itself, the same in every sandbox: verdicts must not hang on it."""

from __future__ import annotations

__all__ = ["WORKER", "command", "environment_variables"]

WORKER = "/worker"  # the folder of the worker, inside


def command(python: str) -> list[str]:
    """How a worker is started. Not isolated (-I), because that would leave the seed of
    hashes to chance; its variables are ours and its folder is not on the path for long."""
    return [python, "-s", "-S", "-B", WORKER]


def environment_variables() -> dict[str, str]:
    """Its environment variables, before those of ``Environment.variables``."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "RAYON")
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "USER": "sandbox",
        "PYTHONHASHSEED": "0",
        **{f"{library}_NUM_THREADS": "1" for library in threads},
    }
