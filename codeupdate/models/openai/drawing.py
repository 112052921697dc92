"""The samples of one prompt, in as many requests as the server needs for them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from codeupdate.models.openai.client import Refused
from codeupdate.models.openai.forms import (
    Choice,
    Dialect,
    Reply,
    cut,
    overflow,
    read_reply,
    seed_of,
    withheld,
)
from codeupdate.models.openai.retrying import Retrying
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["Drawing", "Prices"]

T = TypeVar("T")
MILLION = 1_000_000
#: The reasons for which something ends that a model has drawn.
DRAWN = frozenset({"stop", "length"})


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost; ``cached`` are tokens of prompts that the server had."""

    prompt: float
    completion: float
    cached: float

    def of(self, reply: Reply) -> float:
        fresh = reply.prompt_tokens - reply.cached_tokens
        tokens = fresh * self.prompt + reply.cached_tokens * self.cached
        return (tokens + reply.completion_tokens * self.completion) / MILLION


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws samples from one server, until ``ended`` is set."""

    retrying: Retrying
    dialect: Dialect
    prices: Prices | None
    ended: asyncio.Event

    async def draw(self, number: int, prompt: Prompt, sampling: Sampling) -> tuple[Sample, ...]:
        """The samples ``sampling.indices`` of ``prompt``, which is prompt ``number``.

        Sample ``i`` has the seed ``seed_of(…) + i``. Where the server draws several in one
        request, they are the first ones; each that it does not give has a request of its own.

        Raises:
            Refused, ModelError, Stopped: see there.
        """
        wanted = sampling.indices
        if sampling.temperature == 0:  # all the same: one is drawn and handed out n times
            (sample,) = await self._one(number, prompt, sampling, 0)
            shared = _shared(sample, len(wanted))
            return tuple(replace(shared, index=index) for index in wanted)
        drawn = await self._several(number, prompt, sampling)
        missing = wanted[len(drawn) :]
        singles = await _together([self._one(number, prompt, sampling, i) for i in missing])
        return (*drawn, *(sample for single in singles for sample in single))

    async def _several(self, number: int, prompt: Prompt, sampling: Sampling) -> tuple[Sample, ...]:
        """The first ones: as many as the server gives at once, none where it is known to
        give one a request."""
        first, count = sampling.first, len(sampling.indices)
        if count == 1 or self.dialect.single:
            return ()
        try:
            reply = await self._reply(prompt, sampling, count, first)
        except Refused as refused:
            if refused.status not in {400, 422}:
                raise
            # If one alone is not refused, their number was.
            alone = await self._one(number, prompt, sampling, first)
            self.dialect.single = True
            return alone
        if len(reply.choices) == 1:
            self.dialect.single = True  # it does not look at n
        choices = reply.choices[:count]
        samples = self._samples(number, prompt, replace(reply, choices=choices), first)
        return await self._apart(number, prompt, sampling, samples)

    async def _apart(
        self, number: int, prompt: Prompt, sampling: Sampling, samples: tuple[Sample, ...]
    ) -> tuple[Sample, ...]:
        """Of ``samples``, which came in one reply, those that are draws of their own.

        Some servers compute all of a request from its one seed, and give n times the same. A
        model that is very sure does so, too. Until some reply has had two different texts,
        the second is asked for alone, with its own seed: where it is another one, the server
        is not asked for several any more.
        """
        same = len({sample.text for sample in samples}) == 1
        if not same:
            self.dialect.varies = True
        unsure = same and len(samples) > 1 and samples[0].finish_reason in DRAWN
        if self.dialect.varies or not unsure:
            return samples
        alone = await self._one(number, prompt, sampling, samples[1].index)
        if alone[0].text == samples[0].text:
            return samples
        self.dialect.single = True
        return (samples[0], *alone)

    async def _one(
        self, number: int, prompt: Prompt, sampling: Sampling, index: int
    ) -> tuple[Sample, ...]:
        reply = await self._reply(prompt, sampling, 1, index)
        return self._samples(number, prompt, replace(reply, choices=reply.choices[:1]), index)

    async def _reply(self, prompt: Prompt, sampling: Sampling, n: int, first: int) -> Reply:
        """Samples ``first``, ``first + 1``, … of ``prompt``, ``n`` of them or fewer."""
        seed = seed_of(prompt, sampling) + first
        max_tokens = sampling.max_tokens
        while True:
            body = self.dialect.body(prompt, sampling, n=n, seed=seed, max_tokens=max_tokens)
            try:
                return await self.retrying.ask(
                    self.dialect.path, body, read_reply, ended=self.ended
                )
            except Refused as refused:
                if withheld(refused):
                    return Reply((Choice("", "content_filter"),) * n)
                if (lengths := overflow(refused)) is not None:
                    context, length = lengths
                    room = context - max(length, 1)
                    if not 0 < room < max_tokens:
                        return Reply((Choice("", "context"),) * n, length)
                    max_tokens = room  # as hf: has it
                elif not self.dialect.learn(refused, body):
                    raise

    def _samples(self, number: int, prompt: Prompt, reply: Reply, first: int) -> tuple[Sample, ...]:
        """The choices of ``reply`` as samples ``first``, ``first + 1``, …"""
        count = len(reply.choices)
        observed: dict[str, float] = {}
        if reply.cached_tokens:
            observed["cached_tokens"] = reply.cached_tokens
        if self.prices:
            observed["price"] = self.prices.of(reply) / count
        samples = []
        for place, (choice, tokens) in enumerate(zip(reply.choices, _tokens(reply), strict=True)):
            shortened = cut(choice.text, self.dialect.stops(prompt))
            samples.append(
                Sample(
                    prompt=number,
                    index=first + place,
                    text=choice.text if shortened is None else shortened,
                    prompt_tokens=reply.prompt_tokens,
                    completion_tokens=tokens,
                    finish_reason=choice.finish_reason if shortened is None else "stop",
                    observed=observed,
                )
            )
        return tuple(samples)


def _tokens(reply: Reply) -> list[int]:
    """The tokens of each choice. Servers say how many all have together: a choice has its share
    by length, and the sum is exact."""
    lengths = [max(len(choice.text), 1) for choice in reply.choices]
    ends = [sum(lengths[: place + 1]) for place in range(len(lengths))]
    upto = [0, *(round(reply.completion_tokens * end / ends[-1]) for end in ends)]
    return [end - begin for begin, end in pairwise(upto)]


def _shared(sample: Sample, n: int) -> Sample:
    """``sample`` as one of ``n`` that were paid for together."""
    if "price" not in sample.observed:
        return sample
    return replace(sample, observed={**sample.observed, "price": sample.observed["price"] / n})


async def _together(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """All results; where one raises, the others end."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
