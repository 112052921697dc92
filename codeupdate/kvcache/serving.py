"""A model that answers from the cache of the text before the last edit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

from codeupdate.errors import UsageError
from codeupdate.kvcache.encoder import Encoder
from codeupdate.kvcache.session import EditSession
from codeupdate.kvcache.strategies import strategy_named
from codeupdate.kvcache.tokens import tokenize
from codeupdate.models.generating import Generates
from codeupdate.models.protocol import WeightedModel
from codeupdate.models.sampling import Row, choose, end_tokens, stream
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["OBSERVED", "CachedModel"]

#: What is observed of every sample → its unit, and which way is better. Milliseconds of the
#: edit up to the first token, and of each further token; whether the first token would be the
#: most likely one after encoding everything anew; and the Kullback–Leibler divergence of the
#: expectations from there.
OBSERVED: Mapping[str, tuple[str, str]] = {
    "edit_time": ("ms", "lower"),
    "token_time": ("ms", "lower"),
    "encoded": ("%", "lower"),
    "agreement": ("%", "higher"),
    "divergence": ("nats", "lower"),
}


class CachedModel(Generates):
    """``model``, which for each prompt holds the cache of ``prompt.earlier`` and brings it up
    to date by ``strategy`` before it answers.

    Raises:
        ModelError: the cache of this model cannot be edited.
        UsageError: there is no such strategy.
    """

    def __init__(self, model: WeightedModel, strategy: str) -> None:
        self.name = model.name
        self._model = model
        self._strategy = strategy_named(strategy).name
        self._encoder = Encoder(model)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self._model.fingerprint}/{self._strategy}".encode()).hexdigest()

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """All samples of one prompt after the other.

        Raises:
            UsageError: a prompt has no earlier text.
        """
        for number, prompt in enumerate(prompts):
            yield self._answers(number, prompt, sampling)

    def _answers(self, number: int, prompt: Prompt, sampling: Sampling) -> tuple[Sample, ...]:
        if prompt.earlier is None:
            raise UsageError(
                f"the problem '{prompt.problem}' has no text before an edit, which the strategy "
                f"'{self._strategy}' begins with"
            )
        before, after = self._model.render(prompt.earlier), self._model.render(prompt)
        context = getattr(self._model.module.config, "max_position_embeddings", 2**31)
        lengths = [len(tokenize(self._model.tokenizer, text)) for text in (before, after)]
        if max(lengths) >= context:
            return tuple(
                Sample(number, index, "", lengths[1], 0, "context") for index in range(sampling.n)
            )
        session = self._session(before)
        began = perf_counter()
        edited = session.become(after)
        # The rest of a strategy's work is done when the first token can be chosen.
        expected = session.next_logits()
        seconds = perf_counter() - began
        observed = {
            "edit_time": 1000 * seconds,
            "encoded": edited.encoded / edited.tokens,
            **self._against_full(after, expected),
        }
        return tuple(
            self._sample(session, number, index, prompt.stop, sampling, observed)
            for index in range(sampling.n)
        )

    def _session(self, text: str, strategy: str = "") -> EditSession:
        return EditSession(
            self._model, text, strategy=strategy or self._strategy, encoder=self._encoder
        )

    def _against_full(self, text: str, expected: Any) -> dict[str, float]:
        anew = self._session(text, "full").next_logits().double().log_softmax(-1)
        found = expected.double().log_softmax(-1)
        return {
            "agreement": float(found.argmax() == anew.argmax()),
            "divergence": max(float((anew.exp() * (anew - found)).sum()), 0.0),
        }

    def _sample(
        self,
        session: EditSession,
        number: int,
        index: int,
        stop: tuple[str, ...],
        sampling: Sampling,
        observed: Mapping[str, float],
    ) -> Sample:
        model = self._model
        ends = end_tokens(model.module, model.tokenizer)
        row = Row(stop, stream(sampling.seed, session.ids, index))
        began, steps = perf_counter(), 0
        following = session.following()
        logits = next(following)
        for _ in range(sampling.max_tokens):
            row.add(choose(logits[None], [row], sampling)[0], ends, model.decode)
            if row.finish_reason != "length" or len(row.tokens) == sampling.max_tokens:
                break
            try:
                logits = following.send(row.tokens[-1])
            except StopIteration:  # the context is full
                break
            steps += 1
        following.close()
        if steps:
            observed = {**observed, "token_time": 1000 * (perf_counter() - began) / steps}
        text = row.text if row.text is not None else model.decode(row.tokens)
        return Sample(
            prompt=number,
            index=index,
            text=text,
            prompt_tokens=len(session.ids),
            completion_tokens=len(row.tokens),
            finish_reason=row.finish_reason,
            observed=observed,
        )
