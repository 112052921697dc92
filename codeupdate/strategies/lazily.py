"""Sequences whose items are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["Lazily"]

T = TypeVar("T")
HELD = 4096  # items: more than any model reads ahead


class Lazily(Sequence[T]):
    """``length`` items that ``make`` makes from their indices, always the same ones; those that
    were made last are held, so that memory does not grow with the length."""

    def __init__(self, length: int, make: Callable[[int], T]) -> None:
        self._length = length
        self._make = make
        self._held: dict[int, T] = {}

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> T:  # type: ignore[override]
        if not 0 <= index < self._length:
            raise IndexError(index)
        if index not in self._held:
            while len(self._held) >= HELD:
                del self._held[next(iter(self._held))]
            self._held[index] = self._make(index)
        return self._held[index]

    def take(self, index: int) -> T:
        """The item, which is not asked for again."""
        item = self[index]
        del self._held[index]
        return item
