"""Programs that mean harm: none does any, none passes, and the next one is judged as ever."""

from __future__ import annotations

import socket

import pytest

from codeupdate.sandbox import Sandbox
from codeupdate.types import Limits, Outcome, Program, UnitTest, Verdict
from tests.shared import ROOT

LIMITS = Limits(cpu_seconds=2, wall_seconds=4, memory=512 << 20)

#: Each must not pass, whatever it does.
NEVER_PASSES = {
    "fork bomb": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "ignored signals": (
        "import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True: pass"
    ),
    "os._exit(0)": "import os\nos._exit(0)",
    "sys.exit(0)": "import sys\nsys.exit(0)",
    "BaseException": "class Odd(BaseException): pass\nraise Odd",
    "an exception that cannot be told": (
        "class Odd(Exception):\n    def __str__(self): raise Odd\n    __repr__ = __str__\nraise Odd"
    ),
    "a printed pass": (
        "import os, json\n"
        "for fd in range(3, 64):\n"
        "    try:\n"
        '        os.write(fd, b\'{"done": true, "token": "", "outcome": "passed", \'\n'
        '                     b\'"message": "", "calls": {}}\\n\')\n'
        "    except OSError:\n        pass\n"
        "os._exit(0)"
    ),
    "closed descriptors": "import os\nos.closerange(0, 1024)\nassert False",
    "patched builtins": (
        "import builtins, json, os\n"
        "for name in ('exec', 'compile', 'isinstance', 'type', 'len', 'print', 'str'):\n"
        "    setattr(builtins, name, lambda *a, **k: True)\n"
        "json.dumps = lambda *a, **k: '{}'\n"
        "os._exit = lambda *a: None\n"
        "assert False"
    ),
    "killing everything": (
        "import os, signal\n"
        "for pid in (1, os.getppid(), -1):\n"
        "    try:\n        os.kill(pid, signal.SIGKILL)\n    except OSError:\n        pass\n"
        "assert False"
    ),
    "stopping the supervisor": (
        "import os, signal\n"
        "for pid in (1, os.getppid()):\n"
        "    try:\n        os.kill(pid, signal.SIGSTOP)\n    except OSError:\n        pass\n"
        "assert False"
    ),
    "a filled /tmp": (
        "import itertools\n"
        "for n in itertools.count():\n"
        "    with open(f'/tmp/{n}', 'wb') as f:\n"
        "        f.write(b'x' * (1 << 22))"
    ),
    "a deep tree": (
        "import os\nos.chdir('/tmp')\n"
        "for _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\n"
        "assert False"
    ),
    "a deleted /tmp": "import shutil\nshutil.rmtree('/tmp', ignore_errors=True)\nassert False",
    "endless output": "import os\nwhile True: os.write(1, b'x' * 65536)",
    "a kill of its own": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "a child that goes on": (
        "import os, time\nif os.fork():\n    os._exit(0)\nos.setsid()\ntime.sleep(60)"
    ),
    "recursion": "def f(): f()\nf()",
}

#: Each passes only if the attack does not work.
CONTAINED = {
    "the network": (
        "import socket\n"
        "try:\n    socket.create_connection(('127.0.0.1', PORT), 1)\n"
        "except OSError:\n    pass\nelse:\n    raise AssertionError('connected')\n"
    ),
    "a file outside": (
        "try:\n    open(SECRET).read()\nexcept OSError:\n    pass\nelse:\n    raise AssertionError\n"
    ),
    "shadow": (
        "try:\n    open('/etc/shadow').read()\n"
        "except OSError:\n    pass\nelse:\n    raise AssertionError\n"
    ),
    "writing to the system": (
        "import os\n"
        "for path in ('/usr/x', '/etc/x', '/x', '/bin/x', os.__file__, '/proc/sys/kernel/core_pattern'):\n"
        "    try:\n        open(path, 'ab').write(b'')\n        open(path, 'w')\n"
        "    except OSError:\n        continue\n    raise AssertionError(path)\n"
    ),
    "becoming root": (
        "import os\n"
        "assert os.getuid() != 0\n"
        "try:\n    os.setuid(0)\nexcept OSError:\n    pass\nelse:\n    raise AssertionError\n"
    ),
    "capabilities": (
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "assert int(status['CapEff'], 16) == int(status['CapPrm'], 16) == 0\n"
        "assert int(status['NoNewPrivs']) == 1\n"
    ),
    "mounting": (
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "assert libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None) == -1\n"
    ),
    "a namespace of its own": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
        "for flags in (0x10000000, 0x10020000):\n"
        "    assert libc.unshare(flags) == -1\n"
        "assert libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None) == -1\n"
        "assert libc.syscall({'x86_64': 56, 'aarch64': 220}[os.uname().machine], "
        "0x10000000 | 17, 0, 0, 0, 0) == -1\n"
    ),
    "the memory of the supervisor": (
        "for name in ('mem', 'environ', 'maps'):\n"
        "    try:\n        open('/proc/1/' + name, 'rb').read(1)\n"
        "    except OSError:\n        continue\n    raise AssertionError(name)\n"
    ),
    "tracing the supervisor": (
        "import ctypes\nassert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == -1\n"
    ),
    "descriptors of ours": (
        "import os\n"
        "open_ones = [int(n) for n in os.listdir('/proc/self/fd')]\n"
        "targets = [os.readlink(f'/proc/self/fd/{n}') for n in open_ones if os.path.lexists(f'/proc/self/fd/{n}')]\n"
        "assert not [t for t in targets if t.startswith('socket')], targets\n"
    ),
}

INNOCENT = Program("innocent", "python", "def f(): return 1", (UnitTest("t", "assert f() == 1"),))


def run(sandbox: Sandbox, source: str, *tests: str) -> Verdict:
    named = tuple(UnitTest(f"t{i}", test) for i, test in enumerate(tests))
    return sandbox.submit(Program("p", "python", source, named, limits=LIMITS)).result(timeout=120)


def innocent_passes(sandbox: Sandbox) -> bool:
    return sandbox.submit(INNOCENT).result(timeout=120).passed


@pytest.mark.parametrize("name", NEVER_PASSES)
def test_an_attack_does_not_pass_and_harms_nothing(sandbox: Sandbox, name: str) -> None:
    source = NEVER_PASSES[name]
    loading = run(sandbox, source, "pass")
    assert loading.outcome not in {Outcome.PASSED, Outcome.INFRASTRUCTURE}, loading
    assert innocent_passes(sandbox)
    body = "".join(f"    {line}\n" for line in source.splitlines())
    in_test = run(sandbox, f"def f():\n{body}", "f()", "f()")
    assert {test.outcome for test in in_test.tests}.isdisjoint(
        {Outcome.PASSED, Outcome.INFRASTRUCTURE}
    ), in_test
    assert innocent_passes(sandbox)


@pytest.mark.parametrize("name", CONTAINED)
def test_what_a_program_cannot_reach(sandbox: Sandbox, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        values = f"PORT, SECRET = {port}, {str(ROOT / 'pyproject.toml')!r}\n"
        verdict = run(sandbox, "", values + CONTAINED[name], "pass")
    assert verdict.passed, verdict.detail


LEAVES = {
    "a file": ("open('/tmp/left', 'w')", "import os; assert not os.path.exists('/tmp/left')"),
    "shared memory": (
        "open('/dev/shm/left', 'w')",
        "import os; assert os.listdir('/dev/shm') == []",
    ),
    "System V memory": (
        "import ctypes; ctypes.CDLL(None).shmget(77, 4096, 0o1666)",  # refused or removed
        "import ctypes; assert ctypes.CDLL(None).shmget(77, 0, 0) == -1",
    ),
    "a daemon": (
        "import os, time\n"
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    if os.fork(): os._exit(0)\n"
        "    time.sleep(600)\n"
        "    os._exit(0)\n",
        "import os\n"
        "alive = [p for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid())]\n"
        "assert alive == [], alive\n",
    ),
    "a changed library": (
        "import string; string.ascii_letters = ''",
        "import string; assert string.ascii_letters",
    ),
}


@pytest.mark.parametrize("name", LEAVES)
def test_nothing_is_left_for_the_next_program(sandbox: Sandbox, name: str) -> None:
    leaves, looks = LEAVES[name]
    assert run(sandbox, leaves, "pass").passed
    after = run(sandbox, "", looks)
    assert after.passed, after.detail
