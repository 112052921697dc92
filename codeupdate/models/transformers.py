"""Causal language models of transformers, with a decoding loop of our own.

``generate()`` prefills every sample of a prompt anew, decodes until the slowest sample of a
batch has ended, and draws from one global random stream, so that results move with the batch
size. Here the n samples of a prompt share one prefill, batches are continuous, and sample ``i``
of a prompt draws from a stream of its own, seeded by the sampling's seed, the prompt's token
ids and ``i``.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from codeupdate.errors import UsageError
from codeupdate.models.context import context_of
from codeupdate.models.continuous import Continuous, Limits, Request
from codeupdate.models.encoding import Encoding
from codeupdate.models.generating import Generates
from codeupdate.models.identity import configured
from codeupdate.models.sampling import end_tokens
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["TransformersModel"]

WINDOW = 1024  # prompts that are encoded at once
#: Samples that are decoded at once, and tokens of prompts that are read at once: beyond them a
#: device does not get faster, while everything takes longer to begin.
ROWS = {"cpu": 128, "cuda": 256}
PREFILL = {"cpu": 2048, "cuda": 8192}


class TransformersModel(Generates):
    """A loaded causal language model (a ``WeightedModel``)."""

    def __init__(
        self,
        module: Any,
        tokenizer: Any,
        *,
        name: str,
        family: str | None = None,
        attention: str | None = None,
        batch_size: int | None = None,
        batch_tokens: int | None = None,
    ) -> None:
        self.name = name
        self._attention = attention
        self._module = module.eval()
        self._tokenizer = tokenizer
        self._encoding = Encoding(tokenizer)
        self._family = family or str(module.config.model_type)
        self._fingerprint: str | None = None
        if getattr(module, "is_quantized", False):
            self._fingerprint = self.fingerprint  # before use: what computes with them packs them
        kind = module.device.type
        self._limits = Limits(
            rows=batch_size or ROWS.get(kind, ROWS["cuda"]),
            tokens=batch_tokens,
            prefill=PREFILL.get(kind, PREFILL["cuda"]),
        )

    @property
    def module(self) -> Any:
        return self._module

    @property
    def tokenizer(self) -> Any:
        return self._tokenizer

    @property
    def family(self) -> str:
        return self._family

    @property
    def fingerprint(self) -> str:
        """A hash of every weight and its precision, what the configuration says of how they are
        computed with, the tokenizer, its chat template, the tokens that end a completion and,
        where one was chosen, the implementation of attention."""
        if self._fingerprint is None:
            self._fingerprint = _fingerprint(self._module, self._tokenizer, self._attention)
        return self._fingerprint

    @property
    def context(self) -> int:
        """How many tokens prompt and completion may have together."""
        return context_of(self._module)

    def encode(self, prompt: Prompt) -> list[int]:
        return self._encoding.encode(prompt)

    def render(self, prompt: Prompt) -> str:
        return self._encoding.render(prompt)

    def stops(self, prompt: Prompt) -> tuple[str, ...]:
        return self._encoding.stops(prompt)

    def decode(self, tokens: Sequence[int], prompt: Prompt | None = None) -> str:
        return self._encoding.decode(tokens, prompt)

    # ------------------------------------------------------------------ generation

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        decoding = Continuous(
            self._module,
            name=self.name,
            ends=end_tokens(self._module, self._tokenizer),
            decode=self.decode,
            sampling=sampling,
            limits=self._limits,
        )
        for finished in decoding.complete(self._windows(prompts, sampling)):
            yield tuple(
                sample for request in finished for sample in self._samples(request, sampling)
            )

    def _windows(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[list[Request]]:
        """Some prompts after the other, so that never all of them are held as ids; each window
        from the longest to the shortest, or back, so that neighbours are of similar length."""
        for number, begin in enumerate(range(0, len(prompts), WINDOW)):
            window = [
                self._request(i, prompts[i], sampling)
                for i in range(begin, min(begin + WINDOW, len(prompts)))
            ]
            window.sort(key=lambda request: len(request.ids), reverse=number % 2 == 0)
            yield window

    def _request(self, number: int, prompt: Prompt, sampling: Sampling) -> Request:
        ids = array("i", self.encode(prompt))
        if not ids:
            whose = f"the prompt of problem '{prompt.problem}'" if prompt.problem else "a prompt"
            raise UsageError(
                f"{whose} is empty: there is nothing that '{self.name}' could continue"
            )
        # Greedy samples are all the same: one is decoded and handed out n times.
        samples = sampling.indices if sampling.temperature > 0 else range(1)
        room = min(sampling.max_tokens, self.context - len(ids))
        return Request(number, prompt, ids, self.stops(prompt), samples, room)

    def _samples(self, request: Request, sampling: Sampling) -> Iterator[Sample]:
        for index in sampling.indices:
            # What fills the context leaves no room for an answer, and no answer is none.
            if request.room <= 0:
                yield Sample(request.number, index, "", len(request.ids), 0, "context")
                continue
            row = request.finished[min(index, request.samples[-1])]
            text = row.text
            if text is None:
                text = self.decode(row.tokens, request.prompt)
            yield Sample(
                request.number, index, text, len(request.ids), len(row.tokens), row.finish_reason
            )


def _fingerprint(module: Any, tokenizer: Any, attention: str | None) -> str:
    import torch

    digest = hashlib.sha256()
    for key, tensor in sorted(module.state_dict().items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        data = tensor.detach().cpu().contiguous()
        digest.update(data.reshape(-1).view(torch.uint8).numpy().tobytes())
    digest.update(configured(module.config).encode())
    digest.update(repr(sorted(end_tokens(module, tokenizer))).encode())
    digest.update(repr(sorted(tokenizer.get_vocab().items())).encode())
    digest.update(str(Encoding(tokenizer).template).encode())
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        digest.update(backend.to_str().encode())
    if attention is not None:
        digest.update(attention.encode())
    return digest.hexdigest()
