"""How many requests go on at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from codeupdate.models.openai.pace import FIRST, Pace


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


async def load(pace: Pace, count: int, *, copes: int = 10**6) -> list[int]:
    """``count`` requests, far more than may go on at once, to a server that fails while more
    than ``copes`` are under way; the limit at the beginning of each."""
    limits: list[int] = []
    now = 0

    async def request() -> None:
        nonlocal now
        async with pace.turn() as turn:
            now += 1
            limits.append(pace.limit)
            assert now <= pace.limit
            for _ in range(5):
                await asyncio.sleep(0)
            if now > copes:
                turn.was_too_much(None)
            else:
                turn.went_well()
            now -= 1

    await asyncio.gather(*(request() for _ in range(count)))
    return limits


def test_it_grows_to_the_most_and_no_further() -> None:
    async def work() -> None:
        pace = Pace(100)
        found = await load(pace, 1000)
        assert set(found[:FIRST]) == {FIRST}
        assert found == sorted(found) and found[-1] == 100

    run(work())


def test_it_finds_what_a_server_copes_with_and_stays_near() -> None:
    async def work() -> None:
        pace = Pace(1000)
        await load(pace, 1000, copes=60)  # the first search goes too far
        found = await load(pace, 6000, copes=60)
        assert min(found) >= 30 and max(found) <= 62

    run(work())


def test_what_fails_together_counts_once() -> None:
    async def work() -> None:
        pace = Pace(64)
        await load(pace, 1000)
        together = asyncio.Barrier(64)

        async def request() -> None:
            async with pace.turn() as turn:
                await together.wait()
                turn.was_too_much(None)

        await asyncio.gather(*(request() for _ in range(64)))
        assert pace.limit == 32

    run(work())


def test_one_request_always_goes_on() -> None:
    async def work() -> None:
        pace = Pace(8)
        for _ in range(20):
            async with pace.turn() as turn:
                turn.was_too_much(None)
        assert pace.limit == 1

    run(work())


def test_a_limit_that_is_not_reached_does_not_grow() -> None:
    async def work() -> None:
        pace = Pace(64)
        for _ in range(100):
            async with pace.turn() as turn:
                turn.went_well()
        assert pace.limit == FIRST

    run(work())


def test_nobody_begins_during_a_pause_and_all_do_after_it() -> None:
    async def work() -> None:
        pace, loop = Pace(8), asyncio.get_running_loop()
        async with pace.turn() as turn:
            turn.was_too_much(0.2)
        ends = loop.time() + 0.19
        began: list[float] = []

        async def request() -> None:
            async with pace.turn():
                began.append(loop.time())

        await asyncio.gather(*(request() for _ in range(20)))
        assert len(began) == 20 and min(began) >= ends - 0.01

    run(work())


def test_who_is_cancelled_while_waiting_takes_no_place() -> None:
    async def work() -> None:
        pace = Pace(1)
        for cancel_first in (True, False):
            async with pace.turn():
                waiting = [asyncio.create_task(_one(pace)) for _ in range(3)]
                await asyncio.sleep(0)
                if cancel_first:
                    waiting[0].cancel()
            if not cancel_first:
                waiting[0].cancel()  # its turn has come, and it does not know yet
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert isinstance(done[0], asyncio.CancelledError)
            assert done[1:] == [True, True]

    run(work())


async def _one(pace: Pace) -> bool:
    async with pace.turn():
        return True
