"""The frames between host and worker: four bytes of length and that much JSON.

``sandbox/worker.py`` is the other end; it runs on interpreters that cannot import this.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from codeupdate.types import Outcome, Program, TestResult, Verdict

__all__ = ["HEAD", "decode_verdict", "encode", "encode_program", "length"]

HEAD = 4  # bytes of length before each frame
LARGEST = 64 * 1024**2  # a frame that claims to be larger comes from no worker of ours


def encode(message: dict[str, Any]) -> bytes:
    """``message`` as a frame."""
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body


def length(head: bytes) -> int:
    """How many bytes follow ``head``.

    Raises:
        ValueError: more than any frame has.
    """
    (count,) = struct.unpack(">I", head)
    if count > LARGEST:
        raise ValueError(f"a frame of {count} bytes")
    return int(count)


def encode_program(program: Program) -> bytes:
    """The frame that asks for a verdict on ``program``."""
    return encode({"program": {**asdict(program), "files": dict(program.files)}})


def decode_verdict(message: dict[str, Any]) -> Verdict:
    """The verdict in an answer.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    fields = message["verdict"]
    tests = tuple(TestResult(**{**t, "outcome": Outcome(t["outcome"])}) for t in fields["tests"])
    return Verdict(**{**fields, "outcome": Outcome(fields["outcome"]), "tests": tests})
