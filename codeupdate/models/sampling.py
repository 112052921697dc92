"""How the next token is chosen, and when a sample ends."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from codeupdate.types import Sampling

if TYPE_CHECKING:
    import torch

__all__ = ["Row", "choose", "end_tokens", "stream"]

log = logging.getLogger(__name__)
RANKED = 64  # tokens that are put in order at first: seldom is one chosen that is not among them


def stream(seed: int, ids: Sequence[int], index: int) -> np.random.Generator:
    """The random stream of sample ``index`` of a prompt, whatever it is batched with."""
    digest = hashlib.sha256(repr((seed, list(ids), index)).encode()).digest()
    return np.random.Generator(np.random.Philox(int.from_bytes(digest[:16], "little")))


def choose(logits: torch.Tensor, rows: Sequence[Row], sampling: Sampling) -> list[int]:
    """The next token of every row; ``logits`` is (rows, vocabulary).

    Nucleus sampling (Holtzman et al. 2020, arXiv 1904.09751): the smallest set of tokens
    whose probability reaches ``top_p``, then inversion of its distribution function. Tokens
    of equal probability are in the order of the vocabulary.

    Where logits are not numbers (NaN), as those of a model that an edit has broken, no token is
    likelier than another: it is the first of those that are none, at every temperature.
    """
    import torch

    if sampling.temperature == 0:
        likeliest = logits.argmax(-1)  # to which NaN is more than every number
        if bool(logits.gather(-1, likeliest[:, None]).isnan().any()):
            _say_that_they_are_no_numbers()
        return list(likeliest.tolist())
    probabilities = torch.softmax(logits.double() / sampling.temperature, -1)
    broken = probabilities[:, :1].isnan()  # one that is no number makes all of a row none
    if bool(broken.any()):
        _say_that_they_are_no_numbers()
        certain = torch.zeros_like(probabilities).scatter_(1, logits.argmax(-1)[:, None], 1.0)
        probabilities = torch.where(broken, certain, probabilities)
    uniform = torch.tensor([row.stream.random() for row in rows], dtype=torch.float64)
    uniform = uniform.to(logits.device)[:, None]
    chosen, sure = _among_the_first(probabilities, uniform, sampling.top_p)
    open_rows = (~sure).nonzero()[:, 0]
    if len(open_rows):
        chosen[open_rows] = _among_all(probabilities[open_rows], uniform[open_rows], sampling.top_p)
    return list(chosen.tolist())


@cache
def _say_that_they_are_no_numbers() -> None:
    """Once: they are so for thousands of tokens."""
    log.warning(
        "the logits of the model are not numbers (NaN), as after an edit that diverged or in a "
        "precision that is too low: what it writes means nothing, and fails its tests"
    )


def _among_all(probabilities: Any, uniform: Any, top_p: float) -> Any:
    ranked, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    ranked = _nucleus(ranked, top_p)
    place = _place(ranked, uniform, ranked.sum(-1, keepdim=True))
    return tokens.gather(1, place)[:, 0]


def _among_the_first(probabilities: Any, uniform: Any, top_p: float) -> tuple[Any, Any]:
    """What ``_among_all`` chooses, and of which rows that is certain, by a look at the most
    likely tokens alone: to put a whole vocabulary in order takes longer than a small model."""
    ranked, tokens = probabilities.topk(min(RANKED, probabilities.shape[-1]), sorted=False)
    tokens, order = tokens.sort(dim=-1)
    ranked, order = ranked.gather(1, order).sort(dim=-1, descending=True, stable=True)
    tokens = tokens.gather(1, order)
    least = ranked[:, -1:]
    within = ranked.cumsum(-1)[:, -1:] >= top_p  # the nucleus ends here
    ranked = _nucleus(ranked, top_p)
    whole = probabilities.sum(-1, keepdim=True) if top_p >= 1 else ranked.sum(-1, keepdim=True)
    place = _place(ranked, uniform, whole)
    found = ranked.gather(1, place)
    # One as likely as the least may have equals that are not here.
    sure = (found > least) & (uniform * whole < ranked.cumsum(-1)[:, -1:])
    if top_p < 1:
        sure &= within
    return tokens.gather(1, place)[:, 0], sure[:, 0]


def _nucleus(ranked: Any, top_p: float) -> Any:
    """A token stays when those before it have not reached ``top_p``; the first always does."""
    return ranked.masked_fill(ranked.cumsum(-1) - ranked >= top_p, 0.0)


def _place(ranked: Any, uniform: Any, whole: Any) -> Any:
    import torch

    place = torch.searchsorted(ranked.cumsum(-1), uniform * whole, right=True)
    last_kept = (ranked > 0).sum(-1, keepdim=True) - 1
    return torch.minimum(place, last_kept)


def end_tokens(module: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a completion, by the model's and the tokenizer's word."""
    ends = getattr(module.generation_config, "eos_token_id", None)
    found = {ends} if isinstance(ends, int) else set(ends or ())
    if tokenizer.eos_token_id is not None:
        found.add(tokenizer.eos_token_id)
    return frozenset(found)


class Row:
    """One sample while it is decoded."""

    def __init__(self, stop: tuple[str, ...], stream: np.random.Generator) -> None:
        self.stop = stop
        self.stream = stream
        self.tokens: list[int] = []
        self.finish_reason = "length"  # until something else ends it
        self.text: str | None = None  # set when a stop string cut it

    def add(self, token: int, ends: frozenset[int], decode: Callable[[Sequence[int]], str]) -> None:
        """Take ``token``, unless it ends the sample."""
        if token in ends:
            self.finish_reason = "stop"
            return
        self.tokens.append(token)
        if not self.stop:
            return
        # A stop string of s bytes ends within the last s + 1 tokens or so: only a tail that
        # contains one makes it worth decoding the whole.
        tail = decode(self.tokens[-(max(len(stop.encode()) for stop in self.stop) + 1) :])
        if any(stop in tail for stop in self.stop):
            whole = decode(self.tokens)
            cuts = [at for stop in self.stop if (at := whole.find(stop)) >= 0]
            if cuts:
                self.text = whole[: min(cuts)]
                self.finish_reason = "stop"
