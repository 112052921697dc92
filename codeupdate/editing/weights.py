"""The proof that an edit left the weights as they were, bit for bit."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel

__all__ = ["checksums", "untouched"]

log = logging.getLogger(__name__)

CHUNK = 2**22  # elements that are summed at once, so that little memory is needed


@contextmanager
def untouched(model: WeightedModel | None) -> Iterator[None]:
    """Restore gradient flags and mode on leaving, and prove that the weights are as before.

    The proof compares a sum of every tensor's bytes, taken as whole numbers, so that it
    costs one pass over the weights and no copy of them. After an exception, which goes on, what
    it finds is logged.

    Raises:
        EditError: an edit left the weights changed.
    """
    if model is None:
        yield
        return
    module = model.module
    before = checksums(module.state_dict())
    flags = {name: parameter.requires_grad for name, parameter in module.named_parameters()}
    training = module.training
    try:
        try:
            yield
        finally:
            module.train(training)
            for name, parameter in module.named_parameters():
                parameter.requires_grad_(flags.get(name, parameter.requires_grad))
                parameter.grad = None
    except BaseException:
        with suppress(RuntimeError):  # a device that failed cannot be asked either
            if changed := _changed(before, module):
                log.error(
                    "an edit of '%s' was broken off while its weights were put back, and they are "
                    "not what they were (%s); load the model again",
                    model.name,
                    changed,
                )
        raise
    if changed := _changed(before, module):
        raise EditError(
            f"after the edit the weights of '{model.name}' are not what they were "
            f"({changed}); this is a fault of the editor: load the model again"
        )


def _changed(before: Mapping[str, tuple[int, int]], module: Any) -> str:
    """The name of a tensor of ``module`` that is not what it was ``before``, if there is one."""
    now = checksums(module.state_dict())
    return min((name for name, _ in before.items() ^ now.items()), default="")


def checksums(tensors: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Name → two sums over the bits of a tensor, the second weighted by position."""
    import torch

    whole = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    sums = {}
    for name, tensor in tensors.items():
        plain, placed = 0, 0
        for start, part in enumerate(tensor.detach().reshape(-1).split(CHUNK)):
            bits = part.view(whole[part.element_size()]).long()
            # A period that is no power of two tells exchanged elements apart.
            places = torch.arange(bits.numel(), device=bits.device) % 8191 + 1 + start
            plain += int(bits.sum())
            placed += int((bits * places).sum())
        sums[name] = (plain, placed)
    return sums
