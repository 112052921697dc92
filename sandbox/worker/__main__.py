"""Runs hostile programs one after another. Standard library only, Python 3.7 and later.

The host talks to it over stdin and stdout in the frames of ``frames.py``: first ``hello``,
answered by ``ready`` or ``failed``; then ``program`` after ``program``, each answered by a
``verdict``. These kinds of process take part::

    supervisor (this one)   preloads what the environment needs, keeps the time, decides
      ├─ program            forked: limits, prelude, watch, the candidate's source
      │    └─ test          forked from the loaded program, one for each test but the last,
      │                     which runs in the program itself
      └─ judge              only for programs that are judged apart: runs the test, and
                            calls the candidate in its process by value

The supervisor is process 1 of its namespace or container: it outlives every attack from
inside, and ``kill(-1)`` ends everything that a program started. A test that ran to its end
says so on a private pipe with a token that the supervisor made for it; an exit status,
whatever it is, proves nothing.

Tests and what is said of them never lie in memory that a program inherits (``vault.py``).
"""

import fcntl
import os
import resource
import sys

import compiled

with compiled.modules():
    import huge_pages
    from frames import read_frame, write_frame
    from preparation import prepare
    from process import Broken
    from program import REPORT
    from supervision import Supervision
    from usage import clean_up, ipc_is_refused, kills_for_memory, make_folder
    from vault import Vault

GROWTH = 64 << 20  # bytes that a program may leave in our memory; each fork copies them
#: A worker that has judged so many will judge more, and putting its memory together pays off.
SETTLED = 50


def main():
    requests, answers = private_channel()
    if os.getpgrp() != os.getpid():
        os.setsid()  # else programs are in a group with what started us, outside
    if os.getpid() != 1:
        write_frame(answers, {"failed": "a worker has to be process 1 of a namespace"})
        return
    vault = Vault()
    hello = read_frame(requests, vault)["hello"]
    try:
        prepare(hello)
    except BaseException as error:
        write_frame(answers, {"failed": "%s: %s" % (type(error).__name__, error)})
        return
    write_frame(answers, {"ready": {"python": "%d.%d.%d" % sys.version_info[:3]}})
    with_ipc = not ipc_is_refused()
    most = peak_memory() + GROWTH
    hello["kills"] = kills_for_memory()
    make_folder(hello["work"])
    clean_up(hello["scratch"], hello["work"], with_ipc)  # what was left while modules loaded
    judged = 0
    while True:
        vault.clear()
        frame = read_frame(requests, vault)
        if frame is None:
            return
        said = []
        try:
            supervision = Supervision(frame["program"], hello, (requests, answers), vault)
            answer, said = supervision.run()
        except Broken as error:
            answer = {"broken": str(error)}
        clean = clean_up(hello["scratch"], hello["work"], with_ipc)
        write_frame(answers, answer, said)
        if not clean or peak_memory() > most:
            return  # the host starts another worker, whose folders and memory are empty
        judged += 1
        if judged == SETTLED:
            huge_pages.use()


def peak_memory():
    """Bytes of memory that this process has had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def private_channel():
    """Move stdin and stdout to descriptors of our own; in the place of both, and up to the
    last descriptor that a program gets, there is /dev/null."""
    requests, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    channel = [fcntl.fcntl(end, fcntl.F_DUPFD, REPORT + 1) for end in (requests, answers)]
    for number in range(REPORT + 1):  # the last two keep the places for what programs get
        os.dup2(null, number)
    os.closerange(REPORT + 1, min(channel))
    return channel


if __name__ == "__main__":
    main()
