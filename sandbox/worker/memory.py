"""How much memory a program holds: all of its processes together, and what the kernel holds
for them."""

import os

PER_DESCRIPTOR = 128 << 10  # bytes that a pipe or a socket can hold
FEW = 256  # descriptors that a process may have without being asked


class Meter:
    """Looks now and then, beginning with the program."""

    def __init__(self):
        self._shared_before = _shared()

    def exceeds(self, limit):
        """Whether the program holds more than ``limit`` bytes.

        What processes share counts in each of them, as long as the sum is below the limit;
        only above it they are measured exactly, which takes the kernel long.
        """
        mine = _of("self")
        pids = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        private = mapped = descriptors = 0
        for pid in pids:
            try:
                found = _of(pid)
            except OSError:
                continue  # it has ended
            private += max(found[0] - mine[0], 0)
            mapped += max(found[1] - mine[1], 0)
            descriptors += max(found[2] - FEW, 0) * PER_DESCRIPTOR
        # Shared memory stays, and is in use by nobody, when the one who filled it has ended.
        if mapped > limit and _shared() - self._shared_before > limit:
            return True
        if private + descriptors <= limit:
            return False
        return _exactly(["1", *pids], private + mine[0]) - mine[0] + descriptors > limit


def _of(pid):
    """Of a process: bytes that could not be read again from a file, bytes that are mapped,
    and how many descriptors it has had at once."""
    private = mapped = descriptors = 0
    with open("/proc/%s/status" % pid, "rb") as lines:  # it holds a name that it chose
        for line in lines:
            if line.startswith((b"RssAnon:", b"RssShmem:")):
                private += int(line.split()[1]) << 10
            elif line.startswith(b"VmSize:"):
                mapped = int(line.split()[1]) << 10
            elif line.startswith(b"FDSize:"):
                descriptors = int(line.split()[1])
    return private, mapped, descriptors


def _exactly(pids, otherwise):
    """Bytes that processes have in memory, what they share counted once; ``otherwise`` where
    we may not look so closely, as in a container."""
    total = 0
    for pid in pids:
        try:
            with open("/proc/%s/smaps_rollup" % pid, "rb") as lines:
                for line in lines:
                    if line.startswith((b"Pss_Anon:", b"Pss_Shmem:")):
                        total += int(line.split()[1]) << 10
        except PermissionError:
            return otherwise
        except OSError:
            continue
    return total


def _shared():
    """Bytes of shared memory that the whole machine has."""
    with open("/proc/meminfo", "rb") as lines:
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(b"Shmem:"))
