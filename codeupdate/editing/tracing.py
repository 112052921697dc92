"""Causal tracing: which hidden states carry what a model knows of an API.

Three runs of the same text (ROME, arXiv 2202.05262, section 2): a clean one; a corrupted one,
with noise on the embeddings of the subject, in which the model no longer knows what to
write; and one for each place in which the corrupted run gets one clean state back. How far
that alone brings the right token back is the indirect effect of the place.

A fact has a subject, *The Space Needle*; a piece of code to be written has a text that says
what is wanted. Here the subject is what the prompt says in natural language, its docstrings
and comments, without the names that its code defines: with these corrupted the model no
longer knows which API is asked for, and still knows what there is to apply it to. What is
traced is the token that the model writes now where an update shows (see ``targets``).
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codeupdate.editing.hooks import projections, recorded, written
from codeupdate.editing.projections import blocks
from codeupdate.editing.targets import Target, targets
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example

if TYPE_CHECKING:
    import torch

__all__ = ["PLACES", "Trace", "subject_spans", "trace"]

#: Where a token is, in the order of the text. The last is the position of the key.
PLACES = (
    "before the subject",
    "first of the subject",
    "middle of the subject",
    "last of the subject",
    "after the subject",
    "last token",
)
NOISE = 3.0  # standard deviations of the embeddings (ROME, appendix B.1)
ROWS = 128  # runs that are computed together


@dataclass(frozen=True, slots=True)
class Trace:
    """Means over the ``examples`` whose words decide what the model writes: corrupted, they
    leave it less than half as likely. The others, ``passed_over``, say nothing about where it
    is known which API is asked for. ``states`` and ``mlps`` are [place, layer]: the probability of
    the traced token that a hidden state, or the MLPs of ``window`` layers around it, give
    back. ``clean`` and ``corrupted`` are its probabilities without any restoring."""

    examples: int
    passed_over: int
    clean: float
    corrupted: float
    window: int
    states: tuple[tuple[float, ...], ...]
    mlps: tuple[tuple[float, ...], ...]

    @property
    def layer(self) -> int:
        """The layer whose MLP has the largest effect at the position of the key."""
        last = self.mlps[-1]
        return last.index(max(last))


def subject_spans(prompt: str) -> list[tuple[int, int]]:
    """Where ``prompt`` speaks: words of its strings and comments, as (start, end), that are no
    names in its code."""
    lines = [0]
    for line in prompt.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    names, texts = set(), []
    try:
        for token in tokenize.generate_tokens(io.StringIO(prompt).readline):
            if token.type == tokenize.NAME:
                names.add(token.string)
            elif token.type in {tokenize.STRING, tokenize.COMMENT}:
                start = lines[token.start[0] - 1] + token.start[1]
                texts.append((start, start + len(token.string)))
    except (tokenize.TokenError, IndentationError):
        pass  # a prompt ends where the model is to go on
    return [
        found.span()
        for start, end in texts
        for found in re.compile(r"\w+").finditer(prompt, start, end)
        if found.group() not in names
    ]


def trace(
    model: WeightedModel,
    examples: Sequence[Example],
    *,
    window: int = 1,
    samples: int = 3,
    seed: int = 0,
    on_example: Callable[[], None] = lambda: None,
) -> Trace:
    """Trace what ``model`` writes now where ``examples`` want something else; each with
    ``samples`` draws of noise, MLPs restored in windows of ``window`` layers.

    Raises:
        EditError: the examples show nothing new to the model, or nothing that the words of
            their prompts decide, or it has no MLPs that could be found.
    """
    import torch

    layers = len(blocks(model))
    sums = torch.zeros(2, len(PLACES), layers, dtype=torch.float64)
    counts = torch.zeros(len(PLACES), 1, dtype=torch.float64)
    traced, clean, corrupted = 0, 0.0, 0.0
    noise = torch.Generator().manual_seed(seed)
    for example in examples:
        on_example()
        case = _case(model, example)
        if case is None:
            continue
        target, subject = case
        run = _Runs(model, target, subject, samples, noise)
        if run.corrupted > run.clean / 2:
            continue
        traced += 1
        clean += run.clean
        corrupted += run.corrupted
        places = _places(target.start, subject)
        effects = run.effects(window)
        for at, place in enumerate(places):
            sums[:, place] += effects[:, at]
            counts[place] += 1
    if not traced:
        raise EditError(
            f"there is nothing to trace: in none of {len(examples)} examples does what "
            f"'{model.name}' writes hang on the words of docstrings and comments; name an update "
            "that changes which function is called"
        )
    means = (sums / counts.clamp(min=1)).tolist()
    states, mlps = (tuple(tuple(row) for row in part) for part in means)
    passed_over = len(examples) - traced
    return Trace(traced, passed_over, clean / traced, corrupted / traced, window, states, mlps)


def _case(model: WeightedModel, example: Example) -> tuple[Target, list[int]] | None:
    """What is new in an example, and the positions of its subject, if it has both."""
    for target in targets(model, [example]):
        if subject := _subject(model, example.prompt, target):
            return target, subject
    return None


def _subject(model: WeightedModel, prompt: str, target: Target) -> list[int]:
    """Positions of the tokens that hold a part of the subject."""
    encoded = model.tokenizer(prompt, return_offsets_mapping=True)
    # A chat template puts tokens before the prompt and after it.
    shift = _find(list(target.ids), list(encoded["input_ids"]))
    if shift is None:
        return []
    spans = subject_spans(prompt)
    return [
        at + shift
        for at, (start, end) in enumerate(encoded["offset_mapping"])
        if any(start < last and first < end for first, last in spans)
    ]


def _find(ids: list[int], part: list[int]) -> int | None:
    starts = range(len(ids) - len(part) + 1)
    return next((at for at in starts if ids[at : at + len(part)] == part), None)


def _places(count: int, subject: Sequence[int]) -> list[int]:
    """For each position its number in ``PLACES``."""
    first, last = subject[0], subject[-1]
    found = []
    for at in range(count):
        if at == count - 1:
            found.append(5)
        elif at < first:
            found.append(0)
        elif at == first:
            found.append(1)
        elif at < last:
            found.append(2)
        else:
            found.append(3 if at == last else 4)
    return found


class _Runs:
    """The runs of one example."""

    def __init__(
        self,
        model: WeightedModel,
        target: Target,
        subject: Sequence[int],
        samples: int,
        generator: torch.Generator,
    ) -> None:
        import torch

        self._module = model.module
        self._samples = samples
        self._embeddings = model.module.get_input_embeddings()
        self._blocks = [model.module.get_submodule(name) for name in blocks(model)]
        self._mlps = projections(model)
        self._ids = torch.tensor([target.ids[: target.start]], device=model.module.device)
        weight = self._embeddings.weight.detach()
        noise = torch.randn(samples, len(subject), weight.shape[1], generator=generator)
        self._noise = weight.new_zeros(samples, target.start, weight.shape[1])
        self._noise[:, list(subject)] = (NOISE * weight.float().std().cpu() * noise).to(weight)
        sites = [*self._blocks, *self._mlps]
        with torch.no_grad(), recorded(outputs=sites) as (_, wrote):
            logits = self._module(input_ids=self._ids, use_cache=False).logits[0, -1]
        self._clean = {site: wrote[number][0] for number, site in enumerate(sites)}
        self._token = int(logits.argmax())
        self.clean = float(torch.softmax(logits.float(), -1)[self._token])
        self.corrupted = float(self._probabilities([0], [])[0])

    def effects(self, window: int) -> torch.Tensor:
        """What restoring hidden states, and MLPs, gives back: [2, position, layer]."""
        import torch

        positions = list(range(self._ids.shape[1]))
        states = [self._probabilities(positions, [block]) for block in self._blocks]
        mlps = []
        for layer in range(len(self._mlps)):
            # At either end the window is as wide as elsewhere and lies within the model.
            first = max(0, min(layer - window // 2, len(self._mlps) - window))
            mlps.append(self._probabilities(positions, self._mlps[first : first + window]))
        return torch.stack([torch.stack(states, 1), torch.stack(mlps, 1)]) - self.corrupted

    def _probabilities(self, positions: Sequence[int], sites: Sequence[Any]) -> torch.Tensor:
        """That of the traced token, for each of ``positions`` in a corrupted run in which
        ``sites`` write there what they write in the clean one."""
        import torch

        found = []
        together = max(1, ROWS // self._samples)
        for start in range(0, len(positions), together):
            chunk = torch.tensor(positions[start : start + together], device=self._ids.device)
            at = chunk.repeat_interleave(self._samples)
            rows = torch.arange(len(at), device=at.device)
            noise = self._noise.repeat(len(chunk), 1, 1)
            with ExitStack() as hooks, torch.no_grad():
                hooks.enter_context(written(self._embeddings, noise.add))
                for site in sites:
                    hooks.enter_context(written(site, _put(rows, at, self._clean[site])))
                logits = self._module(
                    input_ids=self._ids.expand(len(at), -1), use_cache=False, logits_to_keep=1
                ).logits[:, -1]
            right = torch.softmax(logits.float(), -1)[:, self._token]
            found.append(right.view(len(chunk), self._samples).mean(1).double().cpu())
        return torch.cat(found)


def _put(
    rows: torch.Tensor, at: torch.Tensor, clean: torch.Tensor
) -> Callable[[torch.Tensor], torch.Tensor]:
    def put(output: torch.Tensor) -> torch.Tensor:
        changed = output.clone()
        changed[rows, at] = clean[at]
        return changed

    return put
