"""Models in an engine of vLLM on this machine.

Prompts go there as the token ids that ``hf:`` computes on, and what comes back is cut and
decoded as there. Editors work on a copy of the same weights in transformers, loaded when the
first of them asks for it; what they change is brought to the engine as an adapter that
requests name, or as a checkpoint whose weights take the place of those that it has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from codeupdate.errors import EditError, ModelError
from codeupdate.models.checkpoints import model_folder, weights_digest
from codeupdate.models.encoding import Encoding
from codeupdate.models.generating import Generates
from codeupdate.models.identity import configured
from codeupdate.models.sampling import end_tokens
from codeupdate.models.transformers import TransformersModel
from codeupdate.models.transformers_loading import load_transformers
from codeupdate.models.vllm.engine import configure
from codeupdate.models.vllm.limits import not_served
from codeupdate.models.vllm.serving import Save, Serving
from codeupdate.models.vllm.settings import VllmSettings
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["VllmModel", "load_vllm"]

MIN_WINDOW = 16  # prompts under way at once


def load_vllm(source: str, *, name: str, settings: VllmSettings) -> VllmModel:
    """The model in a folder, or of the hub: ``org/name[@revision]``.

    Everything about it is checked; its weights are loaded when it is asked for the first time.

    Raises:
        MissingExtra: vLLM is not installed.
        UsageError: vLLM has no such argument.
        ModelError: it does not exist, cannot be fetched, or vLLM does not take it.
    """
    folder = model_folder(source, name=name)
    config = configure({"model": str(folder), **settings.arguments()}, name=name)
    return VllmModel(folder, config, name=name, settings=settings)


class VllmModel(Generates):
    """A model in an engine (a ``WeightedModel``, and ``ServesEdits``). ``close`` ends it.

    ``config`` is the ``VllmConfig`` of the engine without adapters.
    """

    def __init__(self, folder: Path, config: Any, *, name: str, settings: VllmSettings) -> None:
        from transformers import AutoTokenizer

        self.name = name
        self._folder = folder
        self._settings = settings
        self._config = config
        self._encoding = Encoding(AutoTokenizer.from_pretrained(str(folder)))
        self._ends = _end_tokens(folder, self._encoding.tokenizer, config.model_config.hf_config)
        # Now: who serves it may write to it.
        self._configured = configured(config.model_config.hf_config)
        self._fingerprint: str | None = None
        self._copy: TransformersModel | None = None
        self._bare: frozenset[str] = frozenset()  # names of its weights
        self._serving = Serving(folder, name=name, settings=settings)

    @property
    def fingerprint(self) -> str:
        """A hash of every weight, of the tokenizer, and of what makes other answers of them: the
        configuration, the precision, that of the cache, the context, the tokens that end a
        completion, and arguments of the engine of which nobody here knows what they do."""
        if self._fingerprint is None:
            model, cache = self._config.model_config, self._config.cache_config
            made = (model.dtype, model.quantization, cache.cache_dtype, model.max_model_len)
            digest = hashlib.sha256(f"vllm {made} {sorted(self._ends)}".encode())
            digest.update(self._configured.encode())
            digest.update(json.dumps(self._settings.extra, sort_keys=True, default=str).encode())
            digest.update(weights_digest(self._folder).encode())
            digest.update(_tokenizer_content(self.tokenizer).encode())
            self._fingerprint = digest.hexdigest()
        return self._fingerprint

    @property
    def context(self) -> int:
        """How many tokens prompt and completion may have together."""
        return int(self._config.model_config.max_model_len)

    # ------------------------------------------------------------------ completions

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """All samples of one prompt at a time, as soon as they are complete."""
        engine, adapter = self._serving.engine(), self._serving.request
        at_once = self._config.scheduler_config.max_num_seqs * self._settings.data_parallel_size

        async def answer(number: int) -> tuple[Sample, ...]:
            prompt = prompts[number]
            ids = self.encode(prompt)
            room = self.context - len(ids)
            if room <= 0:
                return tuple(
                    Sample(number, i, "", len(ids), 0, "context") for i in sampling.indices
                )
            output = await engine.complete(ids, self._request(prompt, ids, room, sampling), adapter)
            found = [self._sample(number, prompt, len(ids), out) for out in output.outputs]
            # Greedy samples are all the same: one is drawn and handed out n times.
            return tuple(
                replace(found[min(place, len(found) - 1)], index=index)
                for place, index in enumerate(sampling.indices)
            )

        # As many requests again wait in the engine, so that it has never to wait for one.
        window = max(2 * at_once // len(sampling.indices), MIN_WINDOW)
        return engine.answers(range(len(prompts)), answer, window=window)

    def _request(self, prompt: Prompt, ids: Sequence[int], room: int, sampling: Sampling) -> Any:
        """The ``SamplingParams`` of one request."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        drawn, stops = sampling.temperature > 0, self.stops(prompt)
        return SamplingParams(
            n=len(sampling.indices) if drawn else 1,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, room),
            seed=_seed(sampling.seed, ids) + sampling.first if drawn else None,
            stop=list(stops),
            stop_token_ids=sorted(self._ends),
            detokenize=bool(stops),  # there only to find those
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def _sample(self, number: int, prompt: Prompt, length: int, out: Any) -> Sample:
        tokens = list(out.token_ids)
        if tokens and tokens[-1] in self._ends:
            tokens.pop()
        text, reason = self.decode(tokens, prompt), str(out.finish_reason)
        cuts = [at for stop in self.stops(prompt) if (at := text.find(stop)) >= 0]
        if cuts:
            text, reason = text[: min(cuts)], "stop"
        if reason not in {"stop", "length"}:
            raise ModelError(
                f"the engine of '{self.name}' ended a sample for the reason '{reason}'"
            )
        return Sample(number, out.index, text, length, len(tokens), reason)

    def encode(self, prompt: Prompt) -> list[int]:
        return self._encoding.encode(prompt)

    def render(self, prompt: Prompt) -> str:
        return self._encoding.render(prompt)

    def stops(self, prompt: Prompt) -> tuple[str, ...]:
        return self._encoding.stops(prompt)

    def decode(self, tokens: Sequence[int], prompt: Prompt | None = None) -> str:
        return self._encoding.decode(tokens, prompt)

    # ------------------------------------------------------------------------ edits

    @property
    def module(self) -> Any:
        """A copy of the weights in transformers, loaded when it is first asked for."""
        return self._copied().module

    @property
    def tokenizer(self) -> Any:
        return self._encoding.tokenizer

    @property
    def family(self) -> str:
        return str(self._config.model_config.hf_config.model_type)

    def _copied(self) -> TransformersModel:
        if self._copy is None:
            settings = self._settings.editing
            if settings.dtype == "auto":
                dtype = str(self._config.model_config.dtype).removeprefix("torch.")
                settings = settings.model_copy(update={"dtype": dtype})
            self._copy = load_transformers(str(self._folder), name=self.name, settings=settings)
            self._bare = frozenset(self._copy.module.state_dict())
        return self._copy

    def expect_adapters(self, rank: int) -> None:
        self._serving.expect_adapters(rank)

    @contextmanager
    def serving(self, editor: str, changes: str, save: Save) -> Iterator[None]:
        quantized = self._config.model_config.quantization is not None
        if why := not_served(editor, changes, plain=True, quantized=quantized):
            raise EditError(why)
        with ExitStack() as stack:
            place = Path(stack.enter_context(TemporaryDirectory(prefix="codeupdate-")))
            if changes == "adapter":
                stack.enter_context(self._serving.adapter(editor, save, place))
            else:
                self._save_weights(editor, place)
                stack.enter_context(self._serving.weights(place))
            yield

    def _save_weights(self, editor: str, place: Path) -> None:
        """Write the weights of the copy, without the adapters beside them."""
        module = self.module
        if getattr(module, "adapters_in_weights", ()):
            raise EditError(
                f"vLLM does not serve what '{editor}' changes in weights that carry adapters; use "
                "the same weights as hf:NAME-OR-PATH"
            )
        named = {n.replace(".base_layer.", "."): w for n, w in module.state_dict().items()}
        weights = {name: weight for name, weight in named.items() if name in self._bare}
        try:
            module.save_pretrained(str(place), state_dict=weights)
        except OSError as error:
            raise EditError(
                f"the weights that '{editor}' has changed cannot be written to '{place.parent}' "
                f"({error.strerror}); name a folder with room in TMPDIR"
            ) from error

    def close(self) -> None:
        """End the engine's processes. Asked again, it starts again."""
        self._serving.close()


def _seed(seed: int, ids: Sequence[int]) -> int:
    """Of the first sample of a prompt; the engine adds to it for those that follow."""
    digest = hashlib.sha256(repr((seed, list(ids))).encode()).digest()
    return int.from_bytes(digest[:7], "little")


def _end_tokens(folder: Path, tokenizer: Any, config: Any) -> frozenset[int]:
    from transformers import GenerationConfig

    try:
        generation = GenerationConfig.from_pretrained(str(folder))
    except OSError:  # as transformers does where there is no file
        generation = GenerationConfig.from_model_config(config)
    return end_tokens(SimpleNamespace(generation_config=generation), tokenizer)


def _tokenizer_content(tokenizer: Any) -> str:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    known = backend.to_str() if backend is not None else sorted(tokenizer.get_vocab().items())
    return f"{known} {Encoding(tokenizer).template}"
