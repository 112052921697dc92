"""How many requests may be under way at once, found out while they are.

Additive increase, multiplicative decrease, as TCP avoids congestion (Chiu and Jain 1989,
RFC 5681): the limit doubles in every round until the first sign that it is too high; from
there it grows by one a round and is halved at each further sign.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["Pace", "Turn"]

FIRST = 8  # requests at once, to begin with


class Pace:
    """Lets at most ``most`` requests go on at once. Belongs to one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(min(FIRST, most))
        self._searching = True  # no sign yet that there are too many
        self._round = 0  # begins anew when the limit is halved
        self._flying = 0
        self._opens = 0.0  # in the loop's time: before, nothing begins
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """How many requests may be under way now."""
        return int(self._limit)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """The length of one request, begun when there is room for it."""
        await self._enter()
        try:
            yield Turn(self, self._round)
        finally:
            self._flying -= 1
            self._wake()

    async def _enter(self) -> None:
        if self._room() and not self._waiting:
            self._flying += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                with suppress(ValueError):  # who wakes may have passed over it already
                    self._waiting.remove(place)
            else:  # its turn had come at the same moment
                self._flying -= 1
                self._wake()
            raise

    def _room(self) -> bool:
        now = asyncio.get_running_loop().time()
        return self._flying < self.limit and now >= self._opens

    def _wake(self) -> None:
        while self._waiting and self._room():
            place = self._waiting.popleft()
            if not place.cancelled():
                self._flying += 1
                place.set_result(None)

    def _grow(self) -> None:
        if 2 * self._flying >= self._limit:  # one that is far from reached has proved nothing
            self._limit = min(
                float(self._most), self._limit + (1 if self._searching else 1 / self._limit)
            )

    def _shrink(self, begun: int) -> None:
        # What was under way together fails together, and counts once.
        if begun == self._round:
            self._limit = max(1.0, self._limit / 2)
            self._round += 1
        self._searching = False

    def _pause(self, seconds: float) -> None:
        self._opens = max(self._opens, asyncio.get_running_loop().time() + seconds)
        self._open()

    def _open(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._opens:
            loop.call_at(self._opens, self._open)
        else:
            self._wake()


class Turn:
    """One request under way."""

    def __init__(self, pace: Pace, begun: int) -> None:
        self._pace = pace
        self._begun = begun

    def went_well(self) -> None:
        self._pace._grow()

    def was_too_much(self, wait: float | None) -> None:
        """The server could not cope; nothing begins for the ``wait`` seconds that it asked for."""
        self._pace._shrink(self._begun)
        if wait:
            self._pace._pause(wait)
