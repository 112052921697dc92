"""Keys: what MLP output projections read at the place where an update shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from codeupdate.editing.hooks import ending_after, recorded
from codeupdate.editing.targets import Target
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["at_keys"]


def at_keys(
    model: WeightedModel, contexts: Sequence[Target], *, reads: Any, writes: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the module ``reads`` reads, and what ``writes``, which comes not before it, writes
    at the key position of each of ``contexts``: [contexts, width] each, float64 on the CPU."""
    import torch

    ids = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(context.ids[: context.start]) for context in contexts], batch_first=True
    )
    with (
        torch.no_grad(),
        recorded(inputs=[reads], outputs=[writes]) as (read, wrote),
        ending_after(writes),
    ):
        model.module(input_ids=ids.to(model.module.device), use_cache=False)
    rows = torch.arange(len(contexts))
    last = torch.tensor([context.start - 1 for context in contexts])
    return read[0].cpu()[rows, last].double(), wrote[0].cpu()[rows, last].double()
