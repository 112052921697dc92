"""What a failure looks like on the command line: one sentence and an exit status.

====  =====================================================================
2     wrong usage or input: a ``CodeUpdateError``, a file that is not usable, or a mistake
      in a plugin that did not come with codeupdate
70    a fault of codeupdate itself
74    the disk is full
130   interrupted
141   whoever read the output has gone: nothing is said
143   terminated
====  =====================================================================
"""

from __future__ import annotations

import errno
import os
import sys
import traceback as tracebacks
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from codeupdate.errors import CodeUpdateError

__all__ = ["Terminated", "one_sentence"]

USAGE, BUG, FULL, INTERRUPTED, PIPE, TERMINATED = 2, 70, 74, 130, 141, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM came: somebody or a batch system wants it to end, as Ctrl-C does."""


@contextmanager
def one_sentence(*, traceback: bool) -> Iterator[None]:
    """End the program with a sentence on stderr where the block raises.

    With ``traceback`` that comes first.
    """
    try:
        yield
        sys.stdout.flush()  # a reader that has gone is noticed here and not at exit
    except BrokenPipeError:
        # The interpreter flushes once more at its end, into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(PIPE) from None
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, typer.Abort) or hasattr(error, "exit_code"):
            raise  # an orderly end, or typer's own complaint about the usage
        if traceback:
            tracebacks.print_exc()
        status, sentence = _explain(error)
        typer.echo(f"error: {sentence}", err=True)
        raise SystemExit(status) from None


def _explain(error: BaseException) -> tuple[int, str]:
    if isinstance(error, CodeUpdateError):
        return USAGE, str(error)
    if isinstance(error, KeyboardInterrupt):
        terminated = isinstance(error, Terminated)
        status, how = (TERMINATED, "terminated") if terminated else (INTERRUPTED, "interrupted")
        return status, f"{how}; 'codeupdate eval --resume RUN' continues an evaluation"
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        where = f" (writing '{error.filename}')" if error.filename else ""
        return FULL, f"the disk is full{where}; free some space, then try again or --resume the run"
    if isinstance(error, OSError) and error.filename:
        said = (error.strerror or str(error)).lower()
        return USAGE, (
            f"the file '{error.filename}' cannot be used: {said}; "
            "check that it exists and may be used, or name another"
        )
    from codeupdate.plugins import place_in_own  # for --help nothing is imported

    what = f"{type(error).__name__}: {_first_line(error)}"
    if place := place_in_own(error):
        return USAGE, (
            f"the {place.kind} '{place.name}' failed: {what} ({place.file}, line {place.line}); "
            "'codeupdate --debug …' shows how it came there"
        )
    return BUG, (
        f"a fault of codeupdate itself, {what}; "
        "'codeupdate --debug …' shows where: please report that"
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or "without a message"
