"""The frames between host and worker: two lengths, that much JSON, that many bytes.

The bytes are the sources of the tests on the way in, and names and messages of the tests on
the way out: what must not become an object in the process that programs are forked from.
``sandbox/worker/frames.py`` is the other end; it runs on interpreters that cannot import
this.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import asdict
from typing import Any

from codeupdate.sandbox.controls import control_of
from codeupdate.types import Outcome, Program, TestResult, Verdict

__all__ = ["HEAD", "decode_verdict", "encode", "encode_program", "lengths"]

HEAD = struct.Struct(">II")  # before each frame
#: A test that may end its process as a script does; in all others that is an error.
ENDS_ITSELF = re.compile(r"\b(exit|quit|SystemExit|main)\b")
LARGEST = 64 * 1024**2  # a frame that claims to be larger comes from no worker of ours


def encode(message: dict[str, Any], blob: bytes = b"") -> bytes:
    """``message`` as a frame, with ``blob`` behind it."""
    body = json.dumps(message).encode()
    return HEAD.pack(len(body), len(blob)) + body + blob


def lengths(head: bytes) -> tuple[int, int]:
    """How many bytes of JSON and of others follow ``head``.

    Raises:
        ValueError: more than any frame has.
    """
    body, blob = HEAD.unpack(head)
    if body + blob > LARGEST:
        raise ValueError(f"a frame of {body + blob} bytes")
    return body, blob


def encode_program(program: Program) -> bytes:
    """The frame that asks for a verdict on ``program``."""
    blob = _Blob()
    control = control_of(program)
    fields = {
        "id": program.id,
        "files": [(name, blob.add(content)) for name, content in program.files.items()],
        "prelude": blob.add(program.prelude),
        "source": blob.add(program.source),
        "tests": [
            {
                "name": test.name,
                "framework": test.framework,
                "length": blob.add(test.source),
                "ends": bool(ENDS_ITSELF.search(test.source)),
            }
            for test in program.tests
        ],
        "control": control and {"test": control.test, "length": blob.add(control.source)},
        "watch": program.watch,
        "limits": asdict(program.limits),
        "module": program.module,
        "apart": program.apart,
        "clock": program.clock,
    }
    return encode({"program": fields}, b"".join(blob.parts))


class _Blob:
    """Texts that travel as bytes, in the order in which they were added."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def add(self, text: str) -> int:
        """How many bytes it is."""
        self.parts.append(text.encode("utf-8", "surrogatepass"))
        return len(self.parts[-1])


def decode_verdict(message: dict[str, Any], blob: bytes) -> Verdict:
    """The verdict in an answer.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    fields = dict(message["verdict"])
    failure = fields.pop("failure")
    rest = memoryview(blob)

    def text(length: int) -> str:
        nonlocal rest
        taken, rest = rest[:length], rest[length:]
        return str(taken, "utf-8", "replace")

    tests = [
        TestResult(
            name=text(test["name"]),
            outcome=Outcome(test["outcome"]),
            message=text(test["message"]).strip(),
            seconds=test["seconds"],
        )
        for test in fields["tests"]
    ]
    fields["stdout"], fields["stderr"] = text(fields["stdout"]), text(fields["stderr"])
    fields["tests"] = tuple(tests)
    fields["outcome"] = Outcome(fields["outcome"])
    fields["suspicions"] = tuple(fields["suspicions"])
    detail = "" if failure is None else tests[failure].message
    return Verdict(detail=detail, **fields)
