"""What is done once, so that no program has to: every page that a program writes to costs
a copy of it, so what can be made before the fork is."""

import ctypes
import gc
import importlib
import os
import signal
import site
import sys

import confinement
import seccomp
import suspicion
from rehearsal import rehearse

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
OURS = os.path.dirname(os.path.abspath(__file__))


def prepare(hello):
    """Preload the environment. Raises whatever an import raises."""
    confinement.be_first_to_go()
    libc = ctypes.CDLL(None, use_errno=True)
    confinement.drop_group(hello["uid"])
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # which the line above took away
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # nobody of the same user reads our memory
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    seccomp.refuse_calls()
    os.umask(0o022)
    os.environ.update(hello["variables"])
    _hide_ourselves()
    _make_streams()
    site.setquit()
    site.sethelper()
    for folder in hello["search_path"]:
        site.addsitedir(folder)
    for module in hello["preload"]:
        importlib.import_module(module)
    _seed()
    suspicion.install()
    rehearse()
    confinement.measure()
    gc.collect()
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)  # what was needed for a time
    gc.freeze()  # what is loaded now is never collected, so its pages stay shared
    gc.disable()  # programs enable it; the supervisor makes no cycles


def _hide_ourselves():
    """Programs import by names like ours, and find what is theirs."""
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != OURS]
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") == OURS:
            del sys.modules[name]
    sys.argv[:] = [""]


def _make_streams():
    """The streams that programs find as sys.stdin, stdout and stderr."""
    sys.stdin = open(0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = open(number, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        setattr(sys, name, stream)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr


def _seed():
    """Give the generators of libraries the same state in every worker."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
