"""What programs and judges tell the supervisor, over a pipe of their own.

A report is a head of 32 bytes (kind, outcome, length, token, time) and a body. It is written
in one piece that fits into PIPE_BUF, so reports of several processes do not mix.
"""

import pristine

__builtins__ = pristine.BUILTINS


import collections
import os
import struct
import time

HEAD = struct.Struct("<cc2xI16sd")
LONGEST = 4096 - HEAD.size
MOST = 16 << 20  # bytes of reports about one program
AT_ONCE = 64  # reports that wait to be taken; the rest stays in the pipe
TOKEN = 16
NO_TOKEN = b"\0" * TOKEN

#: Kinds, and what is in the body.
UNREADY = b"u"  # why nothing of the candidate's could be begun
LOADED = b"l"  # counts, or what went wrong
STARTED = b"t"  # the process number of a test
ENDED = b"e"  # of a test: its wait status, its peak memory, its CPU seconds
ITEM = b"i"  # one test inside a test module: its name, a zero byte, a message
DONE = b"d"  # the message, unless it follows
EXPLAINED = b"x"  # the message
COUNTS = b"c"  # how often watched functions were called since the program began
SUSPECT = b"s"  # what the candidate did

OUTCOMES = {b"p": "passed", b"f": "failed", b"e": "error", b"m": "memory"}
LETTERS = {name: letter for letter, name in OUTCOMES.items()}


class Reporter:
    """The writing end. It trusts nothing that a candidate can replace."""

    __slots__ = ("_clock", "_descriptor", "_pack", "_write")

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._write = os.write
        self._pack = HEAD.pack
        self._clock = time.monotonic

    def tell(self, kind, body=b"", outcome="passed", token=NO_TOKEN):
        body = body[-LONGEST:]
        head = self._pack(kind, LETTERS[outcome], len(body), token, self._clock())
        self._write(self._descriptor, head + body)

    def suspect(self, what):
        self.tell(SUSPECT, what.encode("utf-8", "replace"))


class Report:
    """The reading end's view of one; ``body`` is a region of the vault, ``at`` the time (of
    the monotonic clock) at which it was told, if it was not made up."""

    __slots__ = ("at", "body", "kind", "outcome", "source", "token")

    def __init__(self, kind, outcome, token, at, body):
        self.kind = kind
        self.outcome = outcome
        self.token = token
        self.at = at
        self.body = body
        self.source = None  # the descriptor that it came by

    def numbers(self):
        """The body as numbers; ValueError where a candidate wrote something else."""
        return [float(word) for word in bytes(self.body[:200]).split()]

    def text(self, longest=200):
        return bytes(self.body[:longest]).decode("utf-8", "replace")


class Reports:
    """The reading end of a pipe that hostile processes can write to."""

    def __init__(self, descriptor, vault):
        self.descriptor = descriptor
        self._vault = vault
        self._waiting = collections.deque()
        self._head = None  # of a report whose body has not arrived in full
        self._region = memoryview(bytearray(HEAD.size))
        self._filled = 0
        self._total = 0
        self.closed = False

    def read(self):
        """Take in what has arrived. ValueError: it is not what we write."""
        while len(self._waiting) < AT_ONCE:
            if self._filled < len(self._region):
                try:
                    count = os.readv(self.descriptor, [self._region[self._filled :]])
                except BlockingIOError:
                    return
                if not count:
                    self.closed = True
                    return
                self._filled += count
                if self._filled < len(self._region):
                    continue
            if self._head is None:
                self._head = HEAD.unpack(self._region)
                length = self._head[2]
                self._total += HEAD.size + length
                if self._head[1] not in OUTCOMES or length > LONGEST or self._total > MOST:
                    raise ValueError
                self._region, self._filled = self._vault.take(length), 0
                continue
            kind, letter, _, token, at = self._head
            report = Report(kind, OUTCOMES[letter], token, at, self._region)
            report.source = self.descriptor
            self._waiting.append(report)
            self._head = None
            self._region, self._filled = memoryview(bytearray(HEAD.size)), 0

    def any(self):
        """Whether there is one that was not taken yet."""
        return bool(self._waiting)

    def next(self):
        """The oldest report that was not taken yet; None where there is none."""
        return self._waiting.popleft() if self._waiting else None
