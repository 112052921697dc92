"""A model that answers from the cache of the text before the last edit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter

from codeupdate.errors import ModelError, UsageError
from codeupdate.kvcache.encoder import Encoder
from codeupdate.kvcache.session import EditSession
from codeupdate.kvcache.strategies import strategy_named
from codeupdate.kvcache.tokens import tokenize
from codeupdate.models.context import context_of
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
        if self._encoder.layout.device.type == "cuda":
            self._warm_up()

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
        begin = self._begins(prompt, after)
        tokenizer = self._model.tokenizer
        context = context_of(self._model.module)
        asked = len(tokenize(tokenizer, after, begin=begin))
        if asked >= context:
            return tuple(
                Sample(number, index, "", asked, 0, "context") for index in sampling.indices
            )
        if len(tokenize(tokenizer, before, begin=begin)) > context:
            before = ""  # no cache could have held it: everything is encoded after the edit
        session = self._session(before, begin)
        began = perf_counter()
        edited = session.become(after)  # after which the first token can be chosen
        seconds = perf_counter() - began
        observed = {
            "edit_time": 1000 * seconds,
            "encoded": edited.encoded / edited.tokens,
            **self._against_full(session),
        }
        return tuple(
            self._sample(session, prompt, number, index, sampling, observed)
            for index in sampling.indices
        )

    def _warm_up(self) -> None:
        """Edits that nobody times: the first ones pay for compiling and choosing kernels."""
        session = self._session("x = 1\n" * 20, begin=True)
        session.insert(6, "y = 2\n")
        session.delete(0, 6)
        session.complete(2)

    def _begins(self, prompt: Prompt, text: str) -> bool:
        """Whether ``text``, the form of ``prompt``, still lacks the token that begins a text.

        Raises:
            ModelError: a session would not have the tokens that the model is asked with.
        """
        asked = tuple(self._model.encode(prompt))
        for begin in (True, False):
            if tokenize(self._model.tokenizer, text, begin=begin).ids == asked:
                return begin
        raise ModelError(
            f"the tokenizer of '{self.name}' puts more special tokens into a prompt than one that "
            "begins it, so that a text that is edited would not have the same tokens; its cache "
            "cannot be edited"
        )

    def _session(self, text: str, begin: bool) -> EditSession:
        return EditSession(
            self._model, text, strategy=self._strategy, encoder=self._encoder, begin=begin
        )

    def _against_full(self, session: EditSession) -> dict[str, float]:
        """How far what ``session`` expects is from what it would after encoding all anew."""
        full = self._session(session.text, begin=session.begin)
        anew, found = (one.next_logits().double().log_softmax(-1) for one in (full, session))
        return {
            "agreement": float(found.argmax() == anew.argmax()),
            "divergence": max(float((anew.exp() * (anew - found)).sum()), 0.0),
        }

    def _sample(
        self,
        session: EditSession,
        prompt: Prompt,
        number: int,
        index: int,
        sampling: Sampling,
        observed: Mapping[str, float],
    ) -> Sample:
        model = self._model
        ends = end_tokens(model.module, model.tokenizer)
        row = Row(model.stops(prompt), stream(sampling.seed, session.ids, index))
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
        text = row.text if row.text is not None else model.decode(row.tokens, prompt)
        return Sample(
            prompt=number,
            index=index,
            text=text,
            prompt_tokens=len(session.ids),
            completion_tokens=len(row.tokens),
            finish_reason=row.finish_reason,
            observed=observed,
        )
