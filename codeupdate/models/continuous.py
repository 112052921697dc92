"""Decodes many samples together: those that end leave, and others take their places.

A prompt is read once for all its samples. Prompts of similar length are read together, and
their samples join those that are being decoded as soon as there is room. How many that are is
bounded by their number and by the tokens in the cache. When memory runs out all the same, what
is not finished begins again, half as much of it at once; and it begins as it did the first
time, because every sample has a random stream of its own.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codeupdate.errors import ModelError
from codeupdate.models.memory import is_out_of_memory, release, tokens_that_fit
from codeupdate.models.row_caches import rows_of
from codeupdate.models.sampling import Row, choose, stream
from codeupdate.types import Prompt, Sampling

if TYPE_CHECKING:
    import torch

__all__ = ["Continuous", "Limits", "Request"]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Limits:
    """What is held at once, at most: ``rows`` samples, ``tokens`` in their cache (None: as many
    as there is memory for), and ``prefill`` tokens of prompts that are read together."""

    rows: int
    tokens: int | None
    prefill: int


@dataclass(slots=True, eq=False)
class Request:
    """A prompt, and what has become of its ``samples``, which are indices. ``stop`` cuts them,
    and ``room`` is how long one may get."""

    number: int
    prompt: Prompt
    ids: Sequence[int]
    stop: tuple[str, ...]
    samples: range
    room: int
    finished: dict[int, Row] = field(default_factory=dict)  # by index
    waiting: list[int] = field(init=False)  # indices

    def __post_init__(self) -> None:
        self.begin_again()

    def begin_again(self) -> None:
        self.waiting = [i for i in self.samples if i not in self.finished]

    @property
    def longest(self) -> int:
        return len(self.ids) + self.room


@dataclass(slots=True, eq=False)
class _Running:
    request: Request
    index: int
    row: Row


class Continuous:
    """Completes requests with ``module``. Where memory runs out, ``limits`` are lowered."""

    def __init__(
        self,
        module: Any,
        *,
        name: str,
        ends: frozenset[int],
        decode: Callable[[Sequence[int]], str],
        sampling: Sampling,
        limits: Limits,
    ) -> None:
        self._module = module
        self._name = name
        self._ends = ends
        self._decode = decode
        self._sampling = sampling
        self._limits = limits
        self._tokens = limits.tokens
        self._waiting: deque[Request] = deque()
        self._joining: list[_Running] = []
        self._running: list[_Running] = []  # in the order of ``_rows``
        self._rows = rows_of(module)
        self._filling = True
        self._finished: list[Request] = []

    def complete(self, windows: Iterator[list[Request]]) -> Iterator[list[Request]]:
        """Finish all requests; ``windows`` of them are read as they are needed. Those that are
        finished by the same step come out together.

        Raises:
            ModelError: there is not enough memory for a single sample.
        """
        while True:
            while len(self._waiting) < self._limits.rows and (window := next(windows, None)):
                for request in window:
                    (self._waiting if request.room > 0 else self._finished).append(request)
            if self._waiting or self._running:
                if not self._go_on():
                    self._retreat()
            elif not self._finished:
                return
            if self._finished:
                finished, self._finished = self._finished, []
                yield finished

    def _go_on(self) -> bool:
        """Do the next thing; whether there was the memory for it."""
        import torch

        try:
            with torch.inference_mode():
                # To read prompts holds up those that are decoded: it waits until it is worth it.
                if self._filling or len(self._running) <= self._limits.rows * 7 // 8:
                    self._filling = self._admit()
                if not self._filling:
                    self._step()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return False
        return True

    def _retreat(self) -> None:
        """Begin again what is not finished, with half of it at once."""
        interrupted = [*self._running, *self._joining]
        if self._limits.rows == 1:
            length = len(interrupted[0].request.ids)
            raise ModelError(
                f"there is not enough memory for '{self._name}' to complete a prompt of {length} "
                "tokens, even alone; use fewer --max-tokens, or --model-set dtype=bfloat16, "
                "quantization=4bit or device_map=auto"
            )
        self._limits.rows = max(1, min(self._limits.rows, len(interrupted)) // 2)
        self._limits.prefill = max(1, self._limits.prefill // 2)
        log.warning(
            "memory ran out with %d samples of '%s' at once; it goes on with at most %d",
            len(interrupted),
            self._name,
            self._limits.rows,
        )
        requests = dict.fromkeys(running.request for running in interrupted)
        for request in reversed(requests):
            request.begin_again()
            if self._waiting and self._waiting[0] is request:
                continue
            self._waiting.appendleft(request)
        self._running, self._joining, self._filling = [], [], True
        self._rows = rows_of(self._module)
        release()

    # ----------------------------------------------------------------------- prompts

    def _admit(self) -> bool:
        """Read some of the prompts that wait, if there is room, and let their samples join."""
        chosen = self._chosen()
        if not chosen:
            return False
        self._joining = [
            _Running(request, index, Row(request.stop, self._stream(request, index)))
            for request, indices in chosen
            for index in indices
        ]
        sources = [i for i, (_, indices) in enumerate(chosen) for _ in indices]
        logits, cache = self._read([request.ids for request, _ in chosen])
        if self._tokens is None and self._rows.joins:
            self._tokens = tokens_that_fit(cache.layers)
        going = self._take(self._joining, logits[sources])
        if going:
            joining = [self._joining[i] for i in going]
            lengths = [len(running.request.ids) for running in joining]
            self._rows.add(cache, [sources[i] for i in going], lengths)
            self._running += joining
        self._joining = []
        return True

    def _chosen(self) -> list[tuple[Request, list[int]]]:
        """What is to join now: prompts, and the indices of their samples."""
        chosen: list[tuple[Request, list[int]]] = []
        if self._running and not self._rows.joins:
            return chosen
        rows = len(self._running)
        width = max((running.request.longest for running in self._running), default=0)
        while self._waiting:
            request = self._waiting[0]
            width = max(width, request.longest)
            room = self._limits.rows - rows
            if self._tokens is not None:
                room = min(room, self._tokens // width - rows)
            length = max(len(one.ids) for one in (request, *(one for one, _ in chosen)))
            if rows and len(request.waiting) > room:
                break
            if chosen and length * (len(chosen) + 1) > self._limits.prefill:
                break
            # Samples for which there is never room together are decoded in several parts.
            indices = request.waiting[: max(room, 1)]
            del request.waiting[: len(indices)]
            chosen.append((request, indices))
            rows += len(indices)
            if request.waiting:
                break
            self._waiting.popleft()
            if not self._rows.joins:
                break
        return chosen

    def _stream(self, request: Request, index: int) -> Any:
        return stream(self._sampling.seed, request.ids, index)

    def _read(self, prompts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, Any]:
        """The logits after each of ``prompts``, and the cache of them."""
        import torch

        device, cache = self._module.device, self._rows.for_prompts()
        lengths = torch.tensor([len(ids) for ids in prompts])[:, None]
        longest = int(lengths.max())
        ids = torch.zeros(len(prompts), longest, dtype=torch.long)
        for row, prompt in zip(ids, prompts, strict=True):
            row[longest - len(prompt) :] = torch.tensor(prompt)
        positions = torch.arange(longest) - (longest - lengths)
        mask = None if bool((lengths == longest).all()) else (positions >= 0).to(device)
        out = self._module(
            input_ids=ids.to(device),
            attention_mask=mask,
            position_ids=positions.clamp(min=0).to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return out.logits[:, -1], cache

    # ------------------------------------------------------------------------ tokens

    def _step(self) -> None:
        """One token more of every sample."""
        import torch

        last = [[running.row.tokens[-1]] for running in self._running]
        out = self._module(
            input_ids=torch.tensor(last, device=self._module.device),
            use_cache=True,
            **self._rows.inputs(),
        )
        going = self._take(self._running, out.logits[:, -1])
        if len(going) < len(self._running):
            order = _closed_up(going)
            self._running = [self._running[i] for i in order]
            self._rows.keep(order)

    def _take(self, rows: Sequence[_Running], logits: torch.Tensor) -> list[int]:
        """Choose a token of each of ``rows``; the places of those that go on."""
        tokens = choose(logits, [running.row for running in rows], self._sampling)
        going = []
        for place, (running, token) in enumerate(zip(rows, tokens, strict=True)):
            row, request = running.row, running.request
            row.add(token, self._ends, self._decode)
            if row.finish_reason == "length" and len(row.tokens) < request.room:
                going.append(place)
                continue
            request.finished[running.index] = row
            if len(request.finished) == len(request.samples):
                self._finished.append(request)
        return going


def _closed_up(going: Sequence[int]) -> list[int]:
    """``going``, ascending, in the order in which the fewest change their places: the last ones
    take the places that are free."""
    kept, last = set(going), [place for place in going if place >= len(going)]
    return [place if place in kept else last.pop() for place in range(len(going))]
