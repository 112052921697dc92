"""Tries a request again until it succeeds, is refused or has failed for too long."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from codeupdate.errors import ModelError
from codeupdate.models.openai.client import Client, Failed, Garbled, Unreachable
from codeupdate.models.openai.pace import Pace

__all__ = ["Retrying", "Stopped"]

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between tries, where the server asks for no more
TOLD_AFTER, QUIET = 20.0, 60.0  # seconds of failing, and between warnings
log = logging.getLogger(__name__)


class Stopped(Exception):
    """The work that a request belongs to has ended before it was sent."""


class Retrying:
    """Sends requests to the server at ``url``.

    A request that fails is tried again, after pauses that double, for ``patience`` seconds
    from its first failure.
    """

    def __init__(self, client: Client, pace: Pace, *, url: str, patience: float) -> None:
        self._client = client
        self._pace = pace
        self._url = url
        self._patience = patience
        self._jitter = random.Random()
        self._quiet_until = 0.0  # in the loop's time

    async def ask(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        read: Callable[[Mapping[str, Any]], T],
        *,
        ended: asyncio.Event,
        first: bool = False,
    ) -> T:
        """What ``read`` makes of the answer; it raises ``Garbled`` where it makes nothing of it.

        Once ``ended`` is set nothing is sent again. ``first``: nothing has succeeded yet, so
        that a server that is not there, or that is none of this API, is not waited for.

        Raises:
            Refused: it will never succeed.
            ModelError: it failed for too long; says what the server said at last.
            Stopped: it was not sent, because ``ended`` was set.
        """
        loop = asyncio.get_running_loop()
        tries, since = 0, 0.0
        while True:
            async with self._pace.turn() as turn:
                if ended.is_set():
                    raise Stopped
                try:
                    found = read(await self._client.ask(path, body))
                except Failed as error:
                    failed = error
                    if failed.crowded:
                        # Nobody waits longer than this: who would have to gives up instead.
                        within = failed.wait is not None and failed.wait <= self._patience
                        turn.was_too_much(failed.wait if within else None)
                else:
                    turn.went_well()
                    return found
            tries += 1
            since = since or loop.time()
            if first and isinstance(failed, Unreachable | Garbled):
                raise ModelError(
                    f"the server at {self._url} does not answer as one of OpenAI's API: {failed}; "
                    "check the URL (most end in /v1) and that the server runs"
                ) from None
            longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries - 1, 10))
            # A server that asks for less, or for 0 seconds, has not said that it is well again.
            pause = max(failed.wait or 0.0, longest * self._jitter.uniform(0.5, 1))
            left = since + self._patience - loop.time()
            if ended.is_set() or pause > left:
                raise ModelError(self._given_up(failed, tries, loop.time() - since)) from None
            self._tell(failed, loop.time() - since, loop.time())
            try:
                await asyncio.wait_for(ended.wait(), pause)
            except TimeoutError:
                continue

    def _tell(self, failed: Failed, seconds: float, now: float) -> None:
        """Who waits should know what for, and not be told too often."""
        if seconds < TOLD_AFTER or now < self._quiet_until:
            log.info("%s: %s; trying again", self._url, failed)
            return
        self._quiet_until = now + QUIET
        log.warning(
            "the server at %s has failed for %.0f seconds (%s); trying again",
            self._url,
            seconds,
            failed,
        )

    def _given_up(self, failed: Failed, tries: int, seconds: float) -> str:
        asked = f" and asks to wait {failed.wait:.0f} seconds" if failed.wait else ""
        return (
            f"the server at {self._url} failed {tries} times in {seconds:.0f} seconds{asked}: "
            f"{failed}; what was answered before is kept, and --resume continues with the rest"
        )
