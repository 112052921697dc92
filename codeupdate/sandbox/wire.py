"""The frames between host and worker: two lengths, that much JSON, that many bytes.

The bytes are the sources of the tests on the way in, and names and messages of the tests on
the way out: what must not become an object in the process that programs are forked from.
``sandbox/worker/frames.py`` is the other end; it runs on interpreters that cannot import
this.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from codeupdate.sandbox.controls import Control, control_of
from codeupdate.types import Outcome, Program, TestResult, Verdict

__all__ = ["HEAD", "decode_verdict", "encode", "encode_program", "lengths"]

HEAD = struct.Struct(">II")  # before each frame
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
    sources = [test.source.encode("utf-8", "surrogatepass") for test in program.tests]
    tests = [
        {"name": test.name, "framework": test.framework.value, "length": len(source)}
        for test, source in zip(program.tests, sources, strict=True)
    ]
    control = control_of(program)
    if control is not None:
        sources.append(control.source.encode())
    fields = {
        "id": program.id,
        "source": program.source,
        "prelude": program.prelude,
        "tests": tests,
        "control": control and _control_fields(control),
        "files": dict(program.files),
        "watch": program.watch,
        "limits": asdict(program.limits),
        "module": program.module,
        "apart": program.apart,
        "clock": program.clock,
    }
    return encode({"program": fields}, b"".join(sources))


def _control_fields(control: Control) -> dict[str, Any]:
    return {
        "framework": control.framework.value,
        "altered": control.altered,
        "length": len(control.source.encode()),
    }


def decode_verdict(message: dict[str, Any], blob: bytes) -> Verdict:
    """The verdict in an answer.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    fields = dict(message["verdict"])
    failure = fields.pop("failure")
    tests = []
    place = 0
    for test in fields["tests"]:
        texts = []
        for length in (test["name"], test["message"]):
            texts.append(blob[place : place + length].decode("utf-8", "replace").strip())
            place += length
        tests.append(TestResult(texts[0], Outcome(test["outcome"]), texts[1], test["seconds"]))
    fields["tests"] = tuple(tests)
    fields["outcome"] = Outcome(fields["outcome"])
    fields["suspicions"] = tuple(fields["suspicions"])
    detail = "" if failure is None else tests[failure].message
    return Verdict(detail=detail, **fields)
