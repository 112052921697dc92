"""Asynchronous work beside a caller that is not asynchronous."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

__all__ = ["Background"]

T = TypeVar("T")
#: Waits for room to begin one more part.
Begin = Callable[[], Coroutine[Any, Any, Any]]
Deliver = Callable[[T], None]


class Background:
    """An event loop in a thread of its own: what it does goes on while the caller works."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` and wait for what comes of it."""
        job = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return job.result()
        finally:
            job.cancel()

    def stream(
        self, produce: Callable[[Begin, Deliver[T]], Coroutine[Any, Any, None]], *, window: int
    ) -> Iterator[T]:
        """What ``produce(begin, deliver)`` delivers, as it comes.

        It awaits ``begin()`` before it begins a part of its work, each of which delivers one
        result: of what has begun, at most ``window`` results have not been taken yet. So it
        never runs further ahead than that, however slowly they are taken. Leaving early ends it.
        """
        results: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        room = asyncio.Semaphore(window)
        job = asyncio.run_coroutine_threadsafe(produce(room.acquire, results.put), self._loop)
        job.add_done_callback(lambda _: results.put(_End()))
        try:
            while not isinstance(found := results.get(), _End):
                yield found
                self._loop.call_soon_threadsafe(room.release)
            job.result()
        finally:
            job.cancel()

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """End all work, then do the ``last``. Nothing happens when it is closed already."""
        if self._loop.is_closed():
            return
        self.run(_end_all(last))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _End:
    """Nothing more comes."""


async def _end_all(last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await last()
