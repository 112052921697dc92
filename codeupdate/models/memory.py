"""How much memory there is for samples that are decoded together, and what it looks like when
there is none left."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

__all__ = ["is_out_of_memory", "release", "tokens_that_fit"]

SHARE_OF_GPU = 0.7  # of what is free; logits, activations and copies need the rest
SHARE_OF_CPU = 0.25
MOST_ON_CPU = 4 * 1024**3  # bytes; more rows than these are for do not make a CPU faster
#: How the allocators say it that have no exception of their own.
SIGNS = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that there was no memory left, on a GPU or on the CPU."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)


def release() -> None:
    """Give back what is not used any more, so that larger pieces can be had."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def tokens_that_fit(layers: list[Any]) -> int:
    """How many tokens the cache can hold, when ``layers`` are those of one that holds some.

    Layers can be on several devices; the one with the least room counts.
    """
    needed: dict[torch.device, float] = {}  # bytes of a token
    for layer in layers:
        for tensor in (layer.keys, layer.values):
            size = tensor.numel() * tensor.element_size() / (tensor.shape[0] * tensor.shape[2])
            needed[tensor.device] = needed.get(tensor.device, 0.0) + size
    return min(int(_free(device) / size) for device, size in needed.items())


def _free(device: torch.device) -> float:
    """Bytes of ``device`` that a cache may take."""
    import torch

    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return SHARE_OF_GPU * float(free + held)
    return min(SHARE_OF_CPU * _available(), MOST_ON_CPU)


def _available() -> float:
    """Bytes of main memory that can be had without swapping."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * int(line.split()[1])
    except OSError:  # not Linux
        pass
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
