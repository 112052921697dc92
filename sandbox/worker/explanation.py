"""How an exception is told: its outcome, and its last lines without frames of ours."""

import pristine

__builtins__ = pristine.BUILTINS

import os
import sys
import traceback

LONGEST = 3000  # bytes; a report has to fit into PIPE_BUF
OURS = os.path.dirname(os.path.abspath(__file__))
#: Where code of the interpreter, of libraries and of ours lies. All other is the candidate's.
TRUSTED = ("<frozen", os.path.dirname(os.__file__) + "/", OURS + "/", "/environment/")


def classify(error):
    """The outcome that ``error`` means for the test that it ended."""
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, AssertionError) or is_outcome_of_pytest(error):
        return "failed"
    if isinstance(error, RuntimeError) and "can't allocate memory" in str(error):
        return "memory"  # torch's allocator raises no MemoryError
    return "error"


def ends_well(error, script):
    """Whether the test in the file ``script`` ended its process as a script that succeeded,
    and not its candidate: by itself, or in a library that it called (``unittest.main()``).
    """
    if not isinstance(error, SystemExit) or error.code not in (None, 0):
        return False
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return all(file == script or file.startswith(TRUSTED) for file in files)


def is_outcome_of_pytest(error):
    """Whether it is what ``pytest.fail`` and its like raise, which is no assertion error."""
    outcomes = sys.modules.get("_pytest.outcomes")
    return outcomes is not None and isinstance(error, outcomes.OutcomeException)


def describe(error, frames=None):
    """The last lines of the traceback, as bytes."""
    try:
        if frames is None:
            frames = traceback.extract_tb(error.__traceback__)
        frames = [frame for frame in frames if os.path.dirname(frame.filename) != OURS]
        text = "".join(traceback.format_list(frames[-4:]))
        text += "".join(traceback.format_exception_only(type(error), error))
    except BaseException:
        text = type(error).__name__  # its __str__ raises
    return shorten(text)


def shorten(text):
    """The end of ``text`` as bytes of UTF-8, as much as a report can hold."""
    data = text.strip().encode("utf-8", "backslashreplace")
    if len(data) <= LONGEST:
        return data
    return data[-LONGEST:].decode("utf-8", "ignore").encode()
