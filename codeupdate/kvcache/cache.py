"""A key-value cache in which tokens can be moved, replaced and encoded anew in any place.

What a cache holds lies in blocks: in front those that it shares with its forks and nobody
writes to, at the end one of its own. An edit is a few moves of memory in its own block; where
it reaches into what is shared, the tokens after it are copied, and those before it stay shared.
What transformers sees of it is an ordinary cache: for the length of one forward pass it is told
where the tokens of that pass belong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np

from codeupdate.kvcache.blocks import SPARE, Block, Layout, new_block
from codeupdate.kvcache.rotary import Rotary, Turn

if TYPE_CHECKING:
    import torch

__all__ = ["EditableCache", "Pending", "Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """``length`` neighbouring tokens that an edit keeps: where they stood, where they go."""

    start: int
    to: int
    length: int

    @property
    def shift(self) -> int:
        return self.to - self.start


@dataclass(frozen=True, slots=True)
class Pending:
    """What is to be done to keys before attention sees them: the ``turn`` of those from
    ``first`` on."""

    first: int
    turn: Turn


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """A block that several caches may hold a part of; nobody writes to it."""

    block: Block
    holders: WeakSet[EditableCache] = field(default_factory=WeakSet)


class EditableCache:
    """The keys and values of ``length`` tokens; none at first, with ``room`` for some."""

    def __init__(self, layout: Layout, rotary: Rotary, room: int) -> None:
        self.layout = layout
        self.rotary = rotary
        self.length = 0
        self._shared: list[tuple[_Shared, int]] = []  # and how many of its tokens
        self._own = new_block(layout, room)
        self._start = 0  # where the tokens of the own block begin

    @property
    def nbytes(self) -> int:
        """Bytes of all blocks, room and what is shared included."""
        return self._own.nbytes + sum(shared.block.nbytes for shared, _ in self._shared)

    @property
    def own_nbytes(self) -> int:
        """Bytes that no other cache holds."""
        alone = (shared.block.nbytes for shared, _ in self._shared if len(shared.holders) == 1)
        return self._own.nbytes + sum(alone)

    def fork(self) -> EditableCache:
        """A cache with the same content that goes its own way. Nothing is copied: the two share
        what there is, until one of them changes it."""
        if used := self.length - self._start:
            self._hold([*self._shared, (_Shared(self._own), used)])
            self._own = new_block(self.layout, 0)
        other = EditableCache(self.layout, self.rotary, 0)
        other.length = self.length
        other._hold(self._shared)
        return other

    def copy(self) -> EditableCache:
        """A cache with the same content that shares nothing with this one."""
        other = self.fork()
        other._begin_own(0)
        self._reclaim()
        return other

    def cut(self, length: int) -> None:
        """Forget the tokens from ``length`` on."""
        self.length = min(self.length, length)
        if self.length < self._start:
            self._begin_own(self.length)

    def move(self, runs: Sequence[Run], length: int, *, rotate: bool) -> None:
        """Move the tokens of ``runs``, in order and disjoint; what else there was is void.

        The cache has ``length`` tokens afterwards. With ``rotate`` keys are turned to their
        new positions; without, they keep the old ones, which is what *conflict* encoding is.
        """
        self._reclaim()
        stay = runs[0].length if runs and runs[0].start == runs[0].to == 0 else 0
        moving = runs[1:] if stay else runs
        if stay < self._start:
            self._begin_own(stay, moving, length, rotate=rotate)
        else:
            used, size = self.length - self._start, length - self._start
            self._own = self._own.grown(size, used)
            # Leftward moves in order, then rightward ones from the last: none overwrites a
            # token that is still to be moved.
            left = [run for run in moving if run.shift < 0]
            right = [run for run in reversed(moving) if run.shift > 0]
            for run in (*left, *right):
                at, to = run.start - self._start, run.to - self._start
                here, there = slice(at, at + run.length), slice(to, to + run.length)
                self._own.take(self._own, here, there, self.rotary, run.shift if rotate else 0)
        self.length = length

    # ------------------------------------------------------------------ one forward pass

    def open(self, positions: Sequence[int]) -> None:
        """Make ready for tokens that are encoded at ``positions``, in order, where they stand."""
        self._reclaim()
        if positions[0] < self._start:
            self._begin_own(positions[0])
        used = self.length - self._start
        self.length = max(self.length, positions[-1] + 1)
        self._own = self._own.grown(self.length - self._start, used)
        self._own.behind[np.asarray(positions, dtype=np.int64) - self._start] = 0

    def write(self, layer: int, places: slice | torch.Tensor, keys: Any, values: Any) -> None:
        """Put freshly encoded ``keys`` and ``values``, (1, heads, tokens, size), at ``places``,
        for which the cache was opened."""
        if isinstance(places, slice):
            places = slice(places.start - self._start, places.stop - self._start)
        else:
            places = places - self._start
        self._own.keys[layer][..., places, :] = keys
        self._own.values[layer][..., places, :] = values

    def pending(self, length: int) -> Pending | None:
        """What is to be done to the keys of the first ``length`` tokens; None where nothing is."""
        import torch

        if not self.layout.rounds:
            return None
        behind = np.concatenate([block.behind[:size] for block, size in self._parts(length)])
        (late,) = behind.nonzero()
        if not len(late):
            return None
        by = torch.from_numpy(behind[late[0] :]).to(self.layout.device)
        return Pending(int(late[0]), self.rotary.by(by))

    def seen(self, layer: int, length: int, pending: Pending | None) -> tuple[Any, Any]:
        """Keys and values of the first ``length`` tokens as the attention of ``layer`` is to see
        them: (1, heads, length, size) each. They are copied where what they lie in is shared,
        and keys where they are ``pending``."""
        import torch

        parts = list(self._parts(length))
        keys = [block.keys[layer][..., :size, :] for block, size in parts]
        values = [block.values[layer][..., :size, :] for block, size in parts]
        all_values = values[0] if len(parts) == 1 else torch.cat(values, -2)
        if pending is None:
            return (keys[0] if len(parts) == 1 else torch.cat(keys, -2)), all_values
        turned = torch.cat(keys, -2)  # a copy also of a single one
        late = turned[..., pending.first :, :]
        pending.turn(late, late)
        return turned, all_values

    def put(self, keys: torch.Tensor, values: torch.Tensor, length: int) -> None:
        """Write the first ``length`` tokens to ``keys`` and ``values``, (layers, 1, heads, length,
        size), as attention is to see them."""
        at = 0
        for block, size in self._parts(length):
            values[..., at : at + size, :] = block.values[..., :size, :]
            at += size
        self._put_keys(keys, length)

    def _put_keys(self, keys: torch.Tensor, length: int) -> None:
        at = 0
        for block, size in self._parts(length):
            keys[..., at : at + size, :] = block.keys[..., :size, :]
            at += size
        if pending := self.pending(length):
            late = keys[..., pending.first :, :]
            pending.turn(late, late)

    def settled(self) -> EditableCache:
        """A cache that many passes can see and go on from without copying, for as long as they
        take. This one; where some of it is shared a copy; where keys are still to be turned one
        with turned keys and the same values."""
        self._reclaim()
        late = self.pending(self.length)
        if not self._shared and late is None:
            return self
        other = EditableCache(self.layout, self.rotary, 0)
        other.length, span = self.length, slice(0, self.length)
        if self._shared:
            other._own = new_block(self.layout, self.length + SPARE)
            self.put(other._own.keys[..., span, :], other._own.values[..., span, :], self.length)
        else:
            other._own = self._own.with_other_keys()
            self._put_keys(other._own.keys[..., span, :], self.length)
        return other

    # ---------------------------------------------------------------------------- sharing

    def _parts(self, length: int) -> Iterator[tuple[Block, int]]:
        """The blocks that hold the first ``length`` tokens, and how many each."""
        left = length
        for shared, size in self._shared:
            if left > 0:
                yield shared.block, min(size, left)
            left -= size
        if left > 0 or not self._shared:
            yield self._own, left

    def _hold(self, shared: Sequence[tuple[_Shared, int]]) -> None:
        """Hold these and no other shared blocks; the own one begins where they end."""
        for held, _ in self._shared:
            held.holders.discard(self)
        for held, _ in shared:
            held.holders.add(self)
        self._shared = list(shared)
        self._start = sum(size for _, size in shared)

    def _reclaim(self) -> None:
        """Where nobody else holds any of it any more, all of it lies in one own block again."""
        if not self._shared or any(len(shared.holders) > 1 for shared, _ in self._shared):
            return
        (first, size), *rest = self._shared
        parts = [*((shared.block, length) for shared, length in rest)]
        parts.append((self._own, self.length - self._start))
        block = first.block.grown(self.length, size)
        for part, length in parts:
            there = slice(size, size + length)
            block.take(part, slice(0, length), there, self.rotary, 0)
            size += length
        self._hold([])
        self._own = block

    def _begin_own(
        self,
        start: int,
        runs: Sequence[Run] | None = None,
        length: int | None = None,
        *,
        rotate: bool = False,
    ) -> None:
        """Hold the first ``start`` tokens as they are, and of those after them a copy, moved as
        ``runs`` say (if not given, all of them, not moved), with room for ``length`` in all."""
        runs = [Run(start, start, self.length - start)] if runs is None else runs
        length = self.length if length is None else length
        own = new_block(self.layout, length - start + SPARE)
        for run in runs:
            begin = 0
            for block, size in list(self._parts(self.length)):
                first, last = max(run.start, begin), min(run.start + run.length, begin + size)
                if first < last:
                    here = slice(first - begin, last - begin)
                    to = first + run.shift - start
                    there = slice(to, to + last - first)
                    own.take(block, here, there, self.rotary, run.shift if rotate else 0)
                begin += size
        kept, left = [], start
        for shared, size in self._shared:
            if left > 0:
                kept.append((shared, min(size, left)))
            left -= size
        self._hold(kept)
        self._own = own
