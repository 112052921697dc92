"""Causal language models of transformers, with a decoding loop of our own.

``generate()`` prefills every sample of a prompt anew and draws from one global random
stream, so that results move with the batch size. Here the n samples of a prompt share one
prefill, and sample ``i`` of a prompt draws from a stream of its own, seeded by the
sampling's seed, the prompt's token ids and ``i``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from codeupdate.models.encoding import Encoding
from codeupdate.models.generating import Generates
from codeupdate.models.sampling import Row, choose, end_tokens, stream
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["TransformersModel"]

PROMPTS_PER_BATCH = 16


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
    ) -> None:
        self.name = name
        self._attention = attention
        self._module = module.eval()
        self._tokenizer = tokenizer
        self._encoding = Encoding(tokenizer)
        self._family = family or str(module.config.model_type)
        self._fingerprint: str | None = None

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
        """A hash of every weight and its precision, the tokenizer, its chat template and, where
        one was chosen, the implementation of attention."""
        if self._fingerprint is None:
            self._fingerprint = _fingerprint(self._module, self._tokenizer, self._attention)
        return self._fingerprint

    @property
    def context(self) -> int:
        """How many tokens prompt and completion may have together."""
        return int(getattr(self._module.config, "max_position_embeddings", 2**31))

    def encode(self, prompt: Prompt) -> list[int]:
        return self._encoding.encode(prompt)

    def render(self, prompt: Prompt) -> str:
        return self._encoding.render(prompt)

    def decode(self, tokens: Sequence[int]) -> str:
        return self._encoding.decode(tokens)

    # ------------------------------------------------------------------ generation

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        encoded = [self.encode(prompt) for prompt in prompts]
        # Longest first, cut every so many: whatever whole batches are taken away, the
        # others keep their prompts, and the largest batch meets the memory first.
        order = sorted(range(len(prompts)), key=lambda i: -len(encoded[i]))
        # What fills the context leaves no room for an answer, and no answer is none.
        full = [i for i in order if len(encoded[i]) >= self.context]
        for i in full:
            yield tuple(
                Sample(i, index, "", len(encoded[i]), 0, "context") for index in range(sampling.n)
            )
        order = order[len(full) :]
        for start in range(0, len(order), PROMPTS_PER_BATCH):
            chunk = order[start : start + PROMPTS_PER_BATCH]
            yield self._complete(
                chunk, [encoded[i] for i in chunk], [prompts[i].stop for i in chunk], sampling
            )

    def _complete(
        self,
        numbers: Sequence[int],
        encoded: Sequence[list[int]],
        stops: Sequence[tuple[str, ...]],
        sampling: Sampling,
    ) -> tuple[Sample, ...]:
        """All samples of one batch of prompts; ``numbers`` are their indices in the request."""
        import torch

        # Greedy samples are all the same: one is decoded and handed out n times.
        n = sampling.n if sampling.temperature > 0 else 1
        rows = [
            Row(stops[i], stream(sampling.seed, encoded[i], index))
            for i in range(len(encoded))
            for index in range(n)
        ]
        with torch.inference_mode():
            self._decode(encoded, rows, n, sampling)
        samples = []
        for i, (number, ids) in enumerate(zip(numbers, encoded, strict=True)):
            for index in range(sampling.n):
                row = rows[i * n + min(index, n - 1)]
                text = row.text if row.text is not None else self.decode(row.tokens)
                samples.append(
                    Sample(number, index, text, len(ids), len(row.tokens), row.finish_reason)
                )
        return tuple(samples)

    def _decode(
        self, encoded: Sequence[list[int]], rows: list[Row], n: int, sampling: Sampling
    ) -> None:
        import torch

        module, device = self._module, self._module.device
        longest = max(len(ids) for ids in encoded)
        pad = self._tokenizer.pad_token_id or 0
        ids = torch.tensor([[pad] * (longest - len(x)) + x for x in encoded], device=device)
        mask = torch.tensor(
            [[0] * (longest - len(x)) + [1] * len(x) for x in encoded], device=device
        )
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        out = module(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = out.past_key_values
        logits = out.logits[:, -1].repeat_interleave(n, 0)
        if n > 1:
            cache.batch_repeat_interleave(n)
        mask = mask.repeat_interleave(n, 0)
        position = positions[:, -1:].repeat_interleave(n, 0)
        ends = end_tokens(self._module, self._tokenizer)
        room = [self.context - len(row) for row in encoded for _ in range(n)]
        for step in range(sampling.max_tokens):
            chosen = choose(logits, rows, sampling)
            for row, token, left in zip(rows, chosen, room, strict=True):
                if row.finish_reason == "length" and step < left:
                    row.add(token, ends, self.decode)
            open_rows = zip(rows, room, strict=True)
            if not any(
                row.finish_reason == "length" and step + 1 < left for row, left in open_rows
            ):
                return
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)
            position = position + 1
            out = module(
                input_ids=torch.tensor(chosen, device=device)[:, None],
                attention_mask=mask,
                position_ids=position,
                past_key_values=cache,
                use_cache=True,
            )
            cache, logits = out.past_key_values, out.logits[:, -1]


def _fingerprint(module: Any, tokenizer: Any, attention: str | None) -> str:
    import torch

    digest = hashlib.sha256()
    for key, tensor in sorted(module.state_dict().items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        data = tensor.detach().cpu().contiguous()
        digest.update(data.reshape(-1).view(torch.uint8).numpy().tobytes())
    digest.update(repr(sorted(tokenizer.get_vocab().items())).encode())
    digest.update(str(getattr(tokenizer, "chat_template", None)).encode())
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        digest.update(backend.to_str().encode())
    if attention is not None:
        digest.update(attention.encode())
    return digest.hexdigest()
