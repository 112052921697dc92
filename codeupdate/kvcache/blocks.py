"""Keys and values of tokens in a row, of all layers in one tensor each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from codeupdate.kvcache.rotary import Rotary, slide

if TYPE_CHECKING:
    import torch

__all__ = ["SPARE", "Block", "Layout", "new_block"]

SPARE = 256  # tokens of room beyond those that are asked for
GROWTH = 16  # a block that is outgrown gets this part of its tokens as room, if that is more


@dataclass(frozen=True, slots=True)
class Layout:
    """What a model keeps of a token: (layers, 1, heads, tokens, size) of keys and of values."""

    layers: int
    heads: int
    key_size: int
    value_size: int
    dtype: torch.dtype
    device: torch.device

    @property
    def rounds(self) -> bool:
        """Whether a thousand turns in this precision, each rounded, would show in a key."""
        import torch

        return bool(self.dtype.itemsize < torch.float32.itemsize)


@dataclass(frozen=True, slots=True)
class Block:
    """Room for tokens: (layers, 1, heads, room, size) of ``keys`` and of ``values``.

    ``behind``, (room,), says by how many positions the key of each token has still to be turned
    before attention may see it. In float32 a key is turned when it moves, which costs a rounding
    of 1e-7, and nothing is ever behind. In a lower precision the key stays as it was encoded,
    bit for bit, and what is behind adds up: a key is rounded once, however often it moves.
    """

    layout: Layout
    keys: torch.Tensor
    values: torch.Tensor
    behind: np.ndarray[Any, np.dtype[np.int64]]

    @property
    def room(self) -> int:
        return len(self.behind)

    @property
    def nbytes(self) -> int:
        return int(self.keys.nbytes + self.values.nbytes)

    def grown(self, tokens: int, kept: int) -> Block:
        """One with room for ``tokens``, the first ``kept`` of which are in this one: itself, or
        a copy with some to spare."""
        if tokens <= self.room:
            return self
        other = new_block(self.layout, tokens + max(SPARE, tokens // GROWTH))
        span = slice(0, kept)
        other.keys[..., span, :] = self.keys[..., span, :]
        other.values[..., span, :] = self.values[..., span, :]
        other.behind[span] = self.behind[span]
        return other

    def with_other_keys(self) -> Block:
        """One with the same values, and keys of its own that are all still to be written."""
        import torch

        keys, behind = torch.zeros_like(self.keys), np.zeros_like(self.behind)
        return Block(self.layout, keys, self.values, behind)

    def take(self, source: Block, here: slice, there: slice, rotary: Rotary, by: int) -> None:
        """The tokens ``here`` of ``source``, which may be this block, become those ``there`` of
        this one, with keys turned ``by`` so many positions."""
        behind = source.behind[here].copy()
        keys, values = source.keys[..., here, :], source.values[..., here, :]
        if by and not self.layout.rounds:
            rotary.by(by)(keys, self.keys[..., there, :])
        else:
            behind += by
            slide(keys, self.keys[..., there, :])
        self.behind[there] = behind
        slide(values, self.values[..., there, :])


def new_block(layout: Layout, room: int) -> Block:
    import torch

    shape = (layout.layers, 1, layout.heads, room)
    keys, values = (
        torch.zeros(*shape, size, dtype=layout.dtype, device=layout.device)
        for size in (layout.key_size, layout.value_size)
    )
    return Block(layout, keys, values, np.zeros(room, dtype=np.int64))
