"""Calls of a candidate's functions from a process that it is not in, by value.

Only plain data cross, as JSON with marks for what JSON does not have: whatever a candidate
returns arrives as an object of ours, whose comparisons are Python's own. Arguments that a
function changed in place are changed for the caller as well.
"""

import pristine

__builtins__ = pristine.BUILTINS


import builtins
import json
import os
import struct

LENGTH = struct.Struct("<Q")
LONGEST = 64 << 20
PLAIN = (type(None), bool, str, float)
SMALL = 1 << 62


class NotPlain(TypeError):
    """A value that is no plain data: numbers, text, bytes, and collections of these."""


def to_plain(value, depth=0):
    """``value`` in a form that JSON can take. Raises NotPlain."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is int:
        return value if -SMALL < value < SMALL else {"int": "%x" % value}
    if depth > 200:
        raise NotPlain("data that are nested more than 200 deep")
    for base, name in ((list, "list"), (tuple, "tuple"), (set, "set"), (frozenset, "frozenset")):
        if isinstance(value, base):
            return {name: [to_plain(item, depth + 1) for item in base.__iter__(value)]}
    if isinstance(value, dict):
        return {"dict": [[to_plain(k, depth + 1), to_plain(v, depth + 1)]
                         for k, v in dict.items(value)]}  # fmt: skip
    for base, exactly in ((str, str.__str__), (float, float.__float__), (int, int.__int__)):
        if isinstance(value, base):  # of a class derived from it
            return to_plain(exactly(value), depth + 1)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, (bytes, bytearray)):
        return {kind.__name__ if kind is bytearray else "bytes": bytes(value).hex()}
    if kind.__module__ == "numpy" and not getattr(value, "shape", (0,)):
        return to_plain(value.item(), depth + 1)  # a number of numpy's own type
    raise NotPlain("a value of type '%s', which is no plain data" % kind.__name__)


def from_plain(value):
    """The value that ``to_plain`` was given."""
    if not isinstance(value, dict):
        return value
    ((name, content),) = value.items()
    if name == "int":
        return int(content, 16)
    if name == "complex":
        return complex(*content)
    if name in ("bytes", "bytearray"):
        return getattr(builtins, name).fromhex(content)
    if name == "dict":
        return {from_plain(key): from_plain(item) for key, item in content}
    makers = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
    return makers[name](from_plain(item) for item in content)


# ------------------------------------------------------------------ the candidate's side


def serve(descriptor, namespace, names):
    """Answer calls of the functions ``names`` until the other end is closed."""
    while True:
        request = receive(descriptor)
        if request is None:
            return
        name, arguments, named = from_plain(request)
        try:
            if name not in names:
                raise NameError("the tests do not call '%s'" % name)
            result = to_plain(namespace[name](*arguments, **named))
            answer = {"result": result, "arguments": to_plain([arguments, named])}
        except KeyError as error:
            answer = {"raised": "NameError" if name not in namespace else "KeyError",
                      "text": str(error)}  # fmt: skip
        except BaseException as error:
            bases = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins"]
            answer = {"raised": bases[0], "text": str(error), "name": type(error).__name__}
        send(descriptor, answer)


# ---------------------------------------------------------------------- the judge's side


class Remote:
    """A function of the candidate's, as the tests see it."""

    def __init__(self, name, descriptor):
        self.__name__ = name
        self._descriptor = descriptor

    def __call__(self, *arguments, **named):
        arguments = list(arguments)
        send(self._descriptor, to_plain([self.__name__, arguments, named]))
        answer = self._answer()
        if "raised" in answer:
            raise self._exception(answer)
        changed, changed_named = answer["arguments"]
        for mine, now in zip(arguments, changed):
            self._change(mine, now)
        for name, now in changed_named.items():
            self._change(named[name], now)
        return answer["result"]

    def _answer(self):
        """What the candidate's process says. Where there is nothing that it could say, this
        one ends too: no exception, that the test would be free to catch, tells of it."""
        try:
            answer = receive(self._descriptor)
            if "raised" not in answer:
                answer = {name: from_plain(answer[name]) for name in ("result", "arguments")}
            return answer
        except BaseException:
            os._exit(0)  # the supervisor finds out why

    def _exception(self, answer):
        kind = getattr(builtins, str(answer["raised"]), None)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            kind = Exception
        if issubclass(kind, (StopIteration, StopAsyncIteration, GeneratorExit)):
            # In the middle of an iteration of the test's these would end it in silence.
            return RuntimeError("it raised %s" % kind.__name__)
        try:
            return kind(str(answer.get("text")))
        except TypeError:  # one that wants other arguments, as UnicodeDecodeError does
            return type(kind.__name__, (kind,), {"__init__": lambda self: None})()

    def _change(self, mine, now):
        """Make ``mine`` equal to ``now`` in place."""
        if type(mine) is not type(now) or mine == now:
            return
        if isinstance(mine, (list, bytearray)):
            mine[:] = now
        elif isinstance(mine, (dict, set)):
            mine.clear()
            mine.update(now)


# ------------------------------------------------------------------------------ the wire


def send(descriptor, message, dumps=json.dumps, write=os.write, pack=LENGTH.pack):
    body = dumps(message).encode()
    data = memoryview(pack(len(body)) + body)
    while data:
        data = data[write(descriptor, data) :]


def receive(descriptor, loads=json.loads, read=os.read, unpack=LENGTH.unpack):
    """The next message; None at the end. ValueError: it is none of ours."""
    head = _read(descriptor, LENGTH.size, read)
    if head is None:
        return None
    (length,) = unpack(head)
    if length > LONGEST:
        raise ValueError("an answer of %d bytes" % length)
    body = _read(descriptor, length, read)
    return None if body is None else loads(body.decode())


def _read(descriptor, count, read):
    parts = []
    while count:
        try:
            part = read(descriptor, min(count, 1 << 20))
        except OSError:
            return None
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
