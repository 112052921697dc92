"""Completes several sessions of one model together: one forward pass a token for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from codeupdate.errors import UsageError
from codeupdate.kvcache.encoder import as_cache
from codeupdate.kvcache.session import EditSession, check_length
from codeupdate.models.context import context_of
from codeupdate.models.sampling import end_tokens

if TYPE_CHECKING:
    import torch

__all__ = ["complete_together"]


def complete_together(sessions: Sequence[EditSession], max_new_tokens: int = 64) -> list[str]:
    """The greedy completion of each session, as its own ``complete`` would give it.

    The caches are copied side by side, the shorter ones behind a gap that nobody sees; the
    sessions themselves stay as they are.

    Raises:
        UsageError: the sessions are not all of the same model, or ``max_new_tokens`` is below 1.
        ModelError: one of the texts is empty.
    """
    check_length(max_new_tokens)
    if not sessions:
        return []
    if len({id(session.model) for session in sessions}) > 1:
        raise UsageError("sessions that are completed together have to be of the same model")
    import torch

    logits = torch.stack([session.next_logits() for session in sessions])
    batch = _Batch(sessions, max_new_tokens)
    model = sessions[0].model
    ends = end_tokens(model.module, model.tokenizer)
    tokens: list[list[int]] = [[] for _ in sessions]
    going = [True] * len(sessions)
    for step in range(max_new_tokens):
        chosen = logits.argmax(-1).tolist()
        for row, token in enumerate(chosen):
            going[row] &= token not in ends and batch.fits(row, step)
            if going[row]:
                tokens[row].append(token)
        if not any(going) or step + 1 == max_new_tokens:
            break
        logits = batch.encode(chosen, step)
    return [model.decode(row) for row in tokens]


class _Batch:
    """The caches of sessions, (layers, sessions, heads, tokens, size), flush at the right."""

    def __init__(self, sessions: Sequence[EditSession], more: int) -> None:
        import torch

        caches = [session.cache for session in sessions]
        lengths = [len(session.ids) for session in sessions]
        self._module = sessions[0].model.module
        self._context = context_of(self._module)
        more = min(more, self._context - min(lengths))
        self._layout = layout = caches[0].layout
        self._lengths = torch.tensor(lengths, device=layout.device)
        self._width = int(self._lengths.max())
        shape = (layout.layers, len(caches), layout.heads, self._width + more)
        place = {"dtype": layout.dtype, "device": layout.device}
        self._keys = torch.zeros(*shape, layout.key_size, **place)
        self._values = torch.zeros(*shape, layout.value_size, **place)
        for row, (cache, length) in enumerate(zip(caches, lengths, strict=True)):
            here, span = slice(row, row + 1), slice(self._width - length, self._width)
            cache.put(self._keys[:, here, :, span], self._values[:, here, :, span], length)
        self._seen = self._width

    def fits(self, row: int, step: int) -> bool:
        """Whether the session of ``row`` has room for one more token in its context."""
        return int(self._lengths[row]) + step < self._context

    def encode(self, tokens: Sequence[int], step: int) -> torch.Tensor:
        """Encode one token more of each session; the logits after it, (sessions, vocabulary)."""
        import torch

        device, dtype = self._layout.device, self._layout.dtype
        self._seen = self._width + step + 1
        gap = torch.arange(self._seen, device=device) < (self._width - self._lengths)[:, None]
        mask = torch.zeros(gap.shape, dtype=dtype, device=device)
        mask.masked_fill_(gap, torch.finfo(dtype).min)
        with torch.inference_mode():
            out = self._module(
                input_ids=torch.tensor(tokens, device=device)[:, None],
                position_ids=(self._lengths + step).clamp(max=self._context - 1)[:, None],
                attention_mask=mask[:, None, None],
                past_key_values=as_cache(self, self._layout.layers, self._width + step),
                use_cache=True,
            )
        return out.logits[:, -1]

    def update(self, layer: int, keys: Any, values: Any) -> tuple[Any, Any]:
        """Keep the token that is being encoded; what its attention sees."""
        at = self._seen - 1
        self._keys[layer, :, :, at : at + 1] = keys
        self._values[layer, :, :, at : at + 1] = values
        return self._keys[layer, :, :, : self._seen], self._values[layer, :, :, : self._seen]
