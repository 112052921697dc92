"""Models behind a server of OpenAI's API: OpenAI itself, ``vllm serve``, llama.cpp, gateways.

``openai:NAME@URL`` asks the server at ``URL`` for completions of its model ``NAME``. The key
comes from the environment and goes nowhere but into the header of requests to that server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from codeupdate.models.background import Background, Begin, Deliver
from codeupdate.models.generating import Generates
from codeupdate.models.openai.access import USUAL, Access, Address
from codeupdate.models.openai.client import Client, Refused
from codeupdate.models.openai.connecting import Connection, connect
from codeupdate.models.openai.drawing import Drawing, Prices
from codeupdate.models.openai.forms import Endpoint
from codeupdate.models.openai.pace import Pace
from codeupdate.models.openai.retrying import Retrying
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["OpenAIModel", "Settings", "load_openai"]

LAST_ANSWERS = 30.0  # seconds for what is under way when a request is given up
#: What requests say by themselves, so that ``extra`` may not.
OWN = frozenset(
    {"model", "messages", "prompt", "max_tokens", "max_completion_tokens", "temperature"}
    | {"top_p", "n", "seed", "stop", "stream", "add_generation_prompt", "continue_final_message"}
)


class Settings(BaseModel):
    """``--model-set`` of this backend."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: Endpoint | Literal["auto"] = "auto"  # auto: chat where the model has a template
    key_variable: str = Field(USUAL, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    concurrency: int = Field(128, ge=1, le=4096)  # requests under way at once, at most
    timeout: float = Field(600, gt=0)  # seconds that a request may take
    patience: float = Field(600, ge=0)  # seconds that a failing one is tried again
    seed: bool = True  # whether requests name a seed
    reuse: bool = False  # the weights behind the address stay: other runs may have the completions
    extra: Mapping[str, Any] = Field(default_factory=dict)  # further fields of every request
    prompt_price: float | None = Field(None, ge=0)  # of a million tokens
    completion_price: float | None = Field(None, ge=0)
    cached_price: float | None = Field(None, ge=0)  # None: the same as prompt_price

    @field_validator("extra")
    @classmethod
    def _nothing_of_ours(cls, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        if ours := sorted(OWN & set(extra)):
            raise ValueError(f"'{ours[0]}' is set by other options")
        return extra

    @property
    def prices(self) -> Prices | None:
        if self.prompt_price is None and self.completion_price is None:
            return None
        prompt = self.prompt_price or 0.0
        cached = prompt if self.cached_price is None else self.cached_price
        return Prices(prompt, self.completion_price or 0.0, cached)


def load_openai(text: str, *, name: str, settings: Settings) -> OpenAIModel:
    """Connect to the model that ``text``, ``NAME@URL``, means.

    A request for one token finds out whether it answers, and at which endpoint.

    Raises:
        UsageError: ``text`` or the key has not the form that it has to have.
        MissingExtra: the HTTP client is not installed.
        ModelError: the server cannot be reached, or refuses the key or the model.
    """
    access = Access.from_environment(Address.parse(text), settings.key_variable)
    return OpenAIModel(access, name=name, settings=settings)


class OpenAIModel(Generates):
    """A model at a server. ``close`` ends the connections.

    Raises:
        MissingExtra, ModelError: see ``load_openai``.
    """

    def __init__(self, access: Access, *, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._client = Client(
            access.address.url,
            access.key,
            timeout=settings.timeout,
            connections=settings.concurrency,
        )
        self._retrying = Retrying(
            self._client,
            Pace(settings.concurrency),
            url=access.address.url,
            patience=settings.patience,
        )
        self._background = Background()
        try:
            self._connection = self._background.run(self._connect(access))
        except BaseException:
            self.close()
            raise

    async def _connect(self, access: Access) -> Connection:
        asked = self._settings.endpoint
        return await connect(
            self._retrying,
            access,
            ("chat", "completions") if asked == "auto" else (asked,),
            seeds=self._settings.seed,
            extra=self._settings.extra,
        )

    @property
    def fingerprint(self) -> str:
        """Of the address, the endpoint, what every request says, and what the server says of
        the model: its weights are not at hand."""
        return self._connection.fingerprint

    @property
    def reusable(self) -> bool:
        """Whether another run may have what it completed: only where somebody says so, since
        the same fingerprint can be that of other weights after the server has been restarted."""
        return self._settings.reuse

    @property
    def endpoint(self) -> Endpoint:
        """Which endpoint it is asked at."""
        return self._connection.dialect.endpoint

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """The samples of one prompt at a time, in the order in which they are complete.

        Raises:
            ModelError: a request is refused or fails for too long. What was answered by then
                comes first.
        """

        async def produce(begin: Begin, deliver: Deliver[tuple[Sample, ...]]) -> None:
            await self._produce(prompts, sampling, begin, deliver)

        return self._background.stream(produce, window=2 * self._settings.concurrency)

    async def _produce(
        self,
        prompts: Sequence[Prompt],
        sampling: Sampling,
        begin: Begin,
        deliver: Deliver[tuple[Sample, ...]],
    ) -> None:
        ended = asyncio.Event()
        drawing = Drawing(self._retrying, self._connection.dialect, self._settings.prices, ended)
        running: set[asyncio.Task[None]] = set()
        failures: list[Exception] = []

        async def answer(number: int, prompt: Prompt) -> None:
            try:
                deliver(await drawing.draw(number, prompt, sampling))
            except Exception as error:
                failures.append(error)
                ended.set()

        end: asyncio.Task[Any] = asyncio.create_task(ended.wait())
        try:
            for number, prompt in enumerate(prompts):
                room: asyncio.Task[Any] = asyncio.create_task(begin())
                await asyncio.wait({room, end}, return_when=asyncio.FIRST_COMPLETED)
                if ended.is_set():
                    room.cancel()
                    break
                task = asyncio.create_task(answer(number, prompt))
                running.add(task)
                task.add_done_callback(running.discard)
            while running and not ended.is_set():
                await asyncio.wait({*running, end}, return_when=asyncio.FIRST_COMPLETED)
            if running:  # nothing is tried again any more, and what comes still is kept
                await asyncio.wait(running, timeout=LAST_ANSWERS)
        finally:
            for task in {*running, end}:
                task.cancel()
        if failures:
            raise self._explained(failures[0])

    def _explained(self, failure: Exception) -> Exception:
        if isinstance(failure, Refused):
            return self._connection.access.explained(failure)
        return failure

    def close(self) -> None:
        """End all requests and connections."""
        self._background.close(self._client.close)
