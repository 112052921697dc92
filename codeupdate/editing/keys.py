"""Keys: what MLP output projections read at the place where an update shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from codeupdate.editing.hooks import ending_after, recorded
from codeupdate.editing.targets import Target
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["at_keys", "beside_keys"]


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


def beside_keys(model: WeightedModel, contexts: Sequence[Target], reads: Any) -> torch.Tensor:
    """The second moment [width, width] of what the module ``reads`` reads in the examples of
    ``contexts``, beside the key positions of all of them; float64 on the CPU."""
    import torch

    keys: dict[tuple[int, ...], set[int]] = {}
    for context in contexts:
        keys.setdefault(context.ids + context.rest, set()).add(context.start - 1)
    rows = [torch.tensor(row) for row in keys]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    wanted = torch.arange(ids.shape[1]) < torch.tensor([[len(row)] for row in rows])
    for number, positions in enumerate(keys.values()):
        wanted[number, list(positions)] = False
    with torch.no_grad(), recorded(inputs=[reads]) as (read, _), ending_after(reads):
        model.module(input_ids=ids.to(model.module.device), use_cache=False)
    found = read[0].cpu()[wanted].double()
    return found.T @ found / max(len(found), 1)
