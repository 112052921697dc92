"""What an edit costs: seconds and the memory it needs beyond what was in use before."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

__all__ = ["Meter"]


class Meter:
    """Measures from entering on; read it as often as you like."""

    def __enter__(self) -> Meter:
        self._began = time.monotonic()
        if _cuda():
            import torch

            torch.cuda.reset_peak_memory_stats()
            self._before = int(torch.cuda.memory_allocated())
        else:
            _reset_peak()
            self._before = _peak()
        return self

    def __exit__(self, *exception: object) -> None: ...

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def peak_memory(self) -> int:
        """Bytes at the peak beyond those in use on entering: on the GPU where there is one,
        else resident."""
        if _cuda():
            import torch

            return max(int(torch.cuda.max_memory_allocated()) - self._before, 0)
        return max(_peak() - self._before, 0)


def _cuda() -> bool:
    torch = sys.modules.get("torch")  # whoever edits weights has imported it
    return torch is not None and bool(torch.cuda.is_available())


def _reset_peak() -> None:
    """Let Linux forget the resident peak so far (proc(5), clear_refs)."""
    forget = Path("/proc/self/clear_refs")
    try:
        forget.write_text("5")
    except OSError:
        return  # elsewhere the peak is that of the whole process, an upper bound


def _peak() -> int:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit
