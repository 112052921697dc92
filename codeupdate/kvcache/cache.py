"""A key-value cache in which tokens can be moved, replaced and encoded anew in any place.

All layers live in one tensor each of keys and values, with room to grow, so that an edit is
a few moves of memory. What transformers sees of it is an ordinary cache: for the length of
one forward pass it is told where the tokens of that pass belong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from codeupdate.kvcache.rotary import Rotary

if TYPE_CHECKING:
    import torch

__all__ = ["EditableCache", "Layout", "Run"]

SPARE = 256  # tokens of room when a cache is made or outgrown


@dataclass(frozen=True, slots=True)
class Layout:
    """What a model keeps of a token: (layers, 1, heads, tokens, size) of keys and of values."""

    layers: int
    heads: int
    key_size: int
    value_size: int
    dtype: torch.dtype
    device: torch.device


@dataclass(frozen=True, slots=True)
class Run:
    """``length`` neighbouring tokens that an edit keeps: where they stood, where they go."""

    start: int
    to: int
    length: int

    @property
    def shift(self) -> int:
        return self.to - self.start


class EditableCache:
    """The keys and values of ``length`` tokens.

    In float32 a key is turned from where it is to where it goes; that costs a rounding of
    1e-7 a move. In a lower precision a thousand roundings would show, so the keys as they
    were encoded are kept too (``base``), and a key is always turned from there.
    """

    def __init__(self, layout: Layout, rotary: Rotary, room: int) -> None:
        import torch

        self.layout = layout
        self.rotary = rotary
        self.length = 0
        self._low_precision = layout.dtype.itemsize < torch.float32.itemsize
        #: How far each token stands from where it was encoded.
        self._moved = np.zeros(0, dtype=np.int64)
        self._allocate(room + SPARE)

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors, spare room included."""
        return sum(tensor.nbytes for tensor in self._tensors())

    def copy(self) -> EditableCache:
        """An independent cache with the same content."""
        other = EditableCache(self.layout, self.rotary, self.length)
        for target, source in zip(other._tensors(), self._tensors(), strict=True):
            target[..., : self.length, :] = source[..., : self.length, :]
        other.length = self.length
        other._moved = np.zeros(other._room, dtype=np.int64)
        other._moved[: self.length] = self._moved[: self.length]
        return other

    def cut(self, length: int) -> None:
        """Forget the tokens from ``length`` on."""
        self.length = min(self.length, length)

    def grow(self, length: int) -> None:
        """Make room for ``length`` tokens, which may be written from then on."""
        if length > self._room:
            old, kept = self._tensors(), self.length
            moved = self._moved
            self._allocate(max(length + SPARE, 2 * self._room))
            for target, source in zip(self._tensors(), old, strict=True):
                target[..., :kept, :] = source[..., :kept, :]
            self._moved[:kept] = moved[:kept]
        self.length = length

    def move(self, runs: Sequence[Run], length: int, *, rotate: bool) -> None:
        """Move the tokens of ``runs``, in order and disjoint; what else there was is void.

        The cache has ``length`` tokens afterwards. With ``rotate`` keys are turned to their
        new positions; without, they keep the old ones, which is what *conflict* encoding is.
        """
        self.grow(max(length, self.length))
        # Leftward moves in order, then rightward ones from the last: none overwrites a
        # token that is still to be moved.
        left = [run for run in runs if run.shift < 0]
        right = [run for run in reversed(runs) if run.shift > 0]
        for run in (*left, *right):
            self._move(run, rotate=rotate)
        self.length = length

    # ------------------------------------------------------------------ one forward pass

    def write(self, layer: int, places: slice | torch.Tensor, keys: Any, values: Any) -> None:
        """Put freshly encoded ``keys`` and ``values``, (1, heads, tokens, size), at ``places``."""
        self.keys[layer][..., places, :] = keys
        self.values[layer][..., places, :] = values
        if self.base is not None:
            self.base[layer][..., places, :] = keys

    def settle(self, positions: Sequence[int]) -> None:
        """The tokens at ``positions`` have just been encoded where they stand."""
        self._moved[np.asarray(positions, dtype=np.int64)] = 0

    # ---------------------------------------------------------------------------- moving

    def _move(self, run: Run, *, rotate: bool) -> None:
        here = slice(run.start, run.start + run.length)
        there = slice(run.to, run.to + run.length)
        moved = self._moved[here].copy()
        self._moved[there] = moved + run.shift if rotate else moved
        turn: int | torch.Tensor = run.shift
        if self.base is not None:
            import torch

            turn = torch.from_numpy(self._moved[there].copy())
        for layer in range(self.layout.layers):  # one at a time: little memory beside it
            keys = self.keys[layer]
            if self.base is not None:
                base = self.base[layer]
                base[..., there, :] = base[..., here, :].clone()
            if not rotate:
                keys[..., there, :] = keys[..., here, :].clone()
            elif self.base is not None:
                self.rotary.turn(base[..., there, :], turn, keys[..., there, :])
            else:
                self.rotary.turn(keys[..., here, :], turn, keys[..., there, :])
            values = self.values[layer]
            values[..., there, :] = values[..., here, :].clone()

    # -------------------------------------------------------------------------- memory

    def _tensors(self) -> list[torch.Tensor]:
        return [self.keys, self.values, *([] if self.base is None else [self.base])]

    def _allocate(self, room: int) -> None:
        import torch

        found, self._room = self.layout, room
        shape = (found.layers, 1, found.heads, room)
        place = {"dtype": found.dtype, "device": found.device}
        self.keys = torch.zeros(*shape, found.key_size, **place)
        self.values = torch.zeros(*shape, found.value_size, **place)
        self.base = torch.zeros_like(self.keys) if self._low_precision else None
        self._moved = np.zeros(room, dtype=np.int64)
