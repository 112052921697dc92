"""Signs that a candidate reaches for the machinery that judges it.

A program that runs in one process with its tests cannot be kept from it; it can be seen.
What is seen is told at once, before the candidate can prevent it, and never changes the
outcome by itself. Python has had the hook that this needs since 3.8.
"""

import sys

import reports

#: Audit events that no solution of a programming problem causes by its own code.
EVENTS = {
    "sys._getframe": "looked at the frames of its callers",
    "sys._current_frames": "looked at the frames of all threads",
    "sys.settrace": "traced what runs",
    "sys.setprofile": "traced what runs",
    "sys.addaudithook": "added an audit hook",
    "gc.get_objects": "looked through all objects",
    "gc.get_referrers": "looked for what refers to an object",
    "gc.get_referents": "looked for what an object refers to",
    "ctypes.dlopen": "called C functions",
    "ctypes.dlsym": "called C functions",
    "ctypes.string_at": "read memory at an address",
    "ctypes.PyObj_FromPtr": "read memory at an address",
}
ATTRIBUTES = {
    "tb_frame": "looked at the frames of a traceback",
    "gi_frame": "looked at the frame of a generator",
    "cr_frame": "looked at the frame of a coroutine",
    "ag_frame": "looked at the frame of a generator",
    "__code__": "looked at or changed the code of a function",
}
PLACES = ("/mem", "/environ", "/maps", "/cmdline")
HELPERS = ("inspect.py", "traceback.py")  # look at frames for whoever asks them to


_WATCHED = []  # whom to tell, and the file whose code is watched; empty in the supervisor


def install():
    """Add the hook, idle for now: it cannot be removed again, and adding it costs time."""
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(_hook(_WATCHED))


def look_out(reporter, file):
    """From now on, report what the code in ``file`` does of these things."""
    _WATCHED[:] = (reporter.tell, file)


def _hook(watched):
    seen = set()
    busy = []
    frame_of = sys._getframe
    kind = reports.SUSPECT
    events, attributes, places, helpers = EVENTS, ATTRIBUTES, PLACES, HELPERS

    def from_the_candidate():
        frame = frame_of(2)
        while frame is not None and frame.f_code.co_filename.endswith(helpers):
            frame = frame.f_back
        if frame is None:
            return False
        name = frame.f_code.co_filename
        return name == watched[1] or name.startswith("<string")

    def hook(event, arguments):
        if not watched:
            return
        what = events.get(event)
        if what is None:
            if event == "object.__getattr__" or event == "object.__setattr__":
                what = attributes.get(arguments[1])
            elif event == "open":
                path = arguments[0]
                if isinstance(path, str) and path.startswith("/proc/") and path.endswith(places):
                    what = "opened " + path
        if what is None or busy or what in seen:
            return
        busy.append(event)
        try:
            if from_the_candidate():
                seen.add(what)
                watched[0](kind, what.encode("utf-8", "replace"))
        finally:
            busy.clear()

    return hook


def failures_show():
    """Whether what must fail still fails: assertions, and those of the test libraries."""
    checks = [_assert_false]
    if "unittest.case" in sys.modules:
        checks.append(_unittest_false)
    if "_pytest.outcomes" in sys.modules:
        checks.append(_pytest_false)
    if "numpy.testing" in sys.modules:
        checks.append(_numpy_false)
    for check in checks:
        try:
            check()
        except BaseException as error:
            if type(error) is AssertionError or type(error).__module__ == "_pytest.outcomes":
                continue
        return False
    return True


def _assert_false():
    exec(_FALSE, {})


_FALSE = compile("assert 1 == 2", "control.py", "exec")


def _unittest_false():
    case = sys.modules["unittest.case"].TestCase("run")
    case.assertTrue(True)
    try:
        case.assertTrue(False)
    except AssertionError:
        case.assertEqual("a", "b")


def _pytest_false():
    sys.modules["_pytest.outcomes"].fail("control")


def _numpy_false():
    sys.modules["numpy.testing"].assert_array_equal([1], [2])
