"""Signs that a candidate reaches for the machinery that judges it.

A program that runs in one process with its tests cannot be kept from it; it can be seen.
What is seen is told at once, before the candidate can prevent it, and never changes the
outcome by itself. Python has had the hook that this needs since 3.8.
"""

import pristine

__builtins__ = pristine.BUILTINS


import sys

import reports
from explanation import TRUSTED

#: Audit events that no solution of a programming problem causes by its own code.
EVENTS = {
    "sys._getframe": "looked at the frames of its callers",
    "sys._current_frames": "looked at the frames of all threads",
    "sys.addaudithook": "added an audit hook",
    "gc.get_objects": "looked through all objects",
    "gc.get_referrers": "looked for what refers to an object",
    "gc.get_referents": "looked for what an object refers to",
    "ctypes.dlopen": "called C functions",
    "ctypes.dlsym": "called C functions",
    "ctypes.string_at": "read memory at an address",
    "ctypes.PyObj_FromPtr": "read memory at an address",
    "ctypes.cdata": "read memory at an address",
    "ctypes.cdata/buffer": "read memory at an address",
}
ALWAYS = {
    "sys.settrace": "traced what runs",
    "sys.setprofile": "traced what runs",
    "sys.monitoring.register_callback": "traced what runs",
}
FRAMES = {
    "tb_frame": "looked at the frames of a traceback",
    "gi_frame": "looked at the frame of a generator",
    "cr_frame": "looked at the frame of a coroutine",
    "ag_frame": "looked at the frame of a generator",
}
#: Code that does such things for whoever calls it.
HELPERS = ("inspect.py", "traceback.py", "ctypes/__init__.py", "ctypes/util.py")
_TELL = []  # how to report; empty in the supervisor


def install():
    """Add the hook, idle for now: it cannot be removed again, and adding it costs time."""
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(_hook(_TELL))


def look_out(reporter):
    """From now on, report what code of the candidate does of these things."""
    _TELL[:] = [reporter.tell]


def look_away():
    """Report nothing any more."""
    _TELL.clear()


def _hook(telling):
    seen = set()
    disguised = set()  # names of trusted files that a candidate gave to code of its own
    busy = []
    frame_of = sys._getframe
    kind = reports.SUSPECT
    events, always, frames, helpers, trusted = EVENTS, ALWAYS, FRAMES, HELPERS, TRUSTED

    def from_the_candidate(helpers=helpers):
        frame = frame_of(2)
        while frame is not None:
            code = frame.f_code
            if not (code.co_filename.endswith(helpers) or code.co_name == "currentframe"):
                return code.co_filename in disguised or not code.co_filename.startswith(trusted)
            frame = frame.f_back
        return False

    def hook(event, arguments):
        if not telling or busy:
            return
        what = events.get(event) or always.get(event)
        if what is None:
            if event == "object.__getattr__":
                what = frames.get(arguments[1])
            elif event == "object.__setattr__" and arguments[1] == "__code__":
                what = "changed the code of a function"
            elif event == "compile":
                name = arguments[1]
                if isinstance(name, str) and name.startswith(trusted):
                    busy.append(event)
                    try:
                        if from_the_candidate():
                            disguised.add(name)
                    finally:
                        busy.clear()
                return
        if what is None or what in seen:
            return
        busy.append(event)
        try:
            # Helpers that hand a traceback's frames on are seen when these are looked at.
            beyond = () if event == "object.__getattr__" else helpers
            if event in always or from_the_candidate(beyond):
                seen.add(what)
                telling[0](kind, what.encode("utf-8", "replace"))
        finally:
            busy.clear()

    return hook
