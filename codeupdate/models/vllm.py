"""Models in an engine of vLLM on this machine.

Prompts go there as the token ids that ``hf:`` computes on, and what comes back is cut and
decoded as there. Editors work on a copy of the same weights in transformers, loaded when the
first of them asks for it; what they change is brought to the engine as an adapter that
requests name, or as a checkpoint whose weights take the place of those that it has.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from codeupdate.errors import EditError, ModelError
from codeupdate.models.checkpoints import model_folder, weights_digest
from codeupdate.models.encoding import Encoding
from codeupdate.models.generating import Generates
from codeupdate.models.sampling import end_tokens
from codeupdate.models.transformers import TransformersModel
from codeupdate.models.transformers_loading import load_transformers
from codeupdate.models.vllm_adapters import served_adapter
from codeupdate.models.vllm_engine import Engine, configure
from codeupdate.models.vllm_limits import not_served
from codeupdate.models.vllm_settings import VllmSettings
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["VllmModel", "load_vllm"]

Save = Callable[[Path], None]
#: Of adapters, for which vLLM makes room.
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
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
        self._fingerprint: str | None = None
        self._copy: TransformersModel | None = None
        self._engine: Engine | None = None
        self._rank = settings.max_lora_rank or 0  # of adapters that the engine has room for
        self._numbers = count(1)
        self._adapter: Any = None  # the LoRARequest in force
        self._weights = folder  # those in force
        self._loaded = folder  # those in the engine

    @property
    def fingerprint(self) -> str:
        """A hash of every weight, of the tokenizer, and of what makes other answers of them: the
        precision, that of the cache, and the context."""
        if self._fingerprint is None:
            model, cache = self._config.model_config, self._config.cache_config
            made = (model.dtype, model.quantization, cache.cache_dtype, model.max_model_len)
            digest = hashlib.sha256(f"vllm {made} {sorted(self._ends)}".encode())
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
        engine, adapter = self._running(), self._adapter
        at_once = self._config.scheduler_config.max_num_seqs * self._settings.data_parallel_size

        async def answer(number: int) -> tuple[Sample, ...]:
            prompt = prompts[number]
            ids = self.encode(prompt)
            room = self.context - len(ids)
            if room <= 0:
                return tuple(
                    Sample(number, i, "", len(ids), 0, "context") for i in range(sampling.n)
                )
            output = await engine.complete(ids, self._request(prompt, ids, room, sampling), adapter)
            found = [self._sample(number, prompt, len(ids), out) for out in output.outputs]
            # Greedy samples are all the same: one is drawn and handed out n times.
            return tuple(replace(found[min(i, len(found) - 1)], index=i) for i in range(sampling.n))

        # As many requests again wait in the engine, so that it has never to wait for one.
        window = max(2 * at_once // sampling.n, MIN_WINDOW)
        return engine.answers(range(len(prompts)), answer, window=window)

    def _request(self, prompt: Prompt, ids: Sequence[int], room: int, sampling: Sampling) -> Any:
        """The ``SamplingParams`` of one request."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        drawn = sampling.temperature > 0
        return SamplingParams(
            n=sampling.n if drawn else 1,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, room),
            seed=_seed(sampling.seed, ids) if drawn else None,
            stop=list(prompt.stop),
            stop_token_ids=sorted(self._ends),
            detokenize=bool(prompt.stop),  # there only to find those
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def _sample(self, number: int, prompt: Prompt, length: int, out: Any) -> Sample:
        tokens = list(out.token_ids)
        if tokens and tokens[-1] in self._ends:
            tokens.pop()
        text, reason = self.decode(tokens), str(out.finish_reason)
        cuts = [at for stop in prompt.stop if (at := text.find(stop)) >= 0]
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

    def decode(self, tokens: Sequence[int]) -> str:
        return self._encoding.decode(tokens)

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
        """Edits will be adapters of at most ``rank``: an engine that has room for them from the
        start need not be started again."""
        if self._settings.max_lora_rank is None:
            self._rank = max(self._rank, rank)

    @contextmanager
    def serving(self, editor: str, changes: str, save: Save) -> Iterator[None]:
        """Answer under the edit that ``editor`` has made in ``module``, for the length of the
        block; ``save`` writes it, ``changes`` says what it is.

        Raises:
            EditError: vLLM cannot serve it.
            ModelError: the engine does not start or is dead.
        """
        quantized = self._config.model_config.quantization is not None
        if why := not_served(editor, changes, plain=True, quantized=quantized):
            raise EditError(why)
        with tempfile.TemporaryDirectory(prefix="codeupdate-") as place:
            if changes == "adapter":
                with self._adapter_in_force(editor, save, Path(place)):
                    yield
                return
            before, self._weights = self._weights, Path(place)
            self._save_weights(editor, self._weights)
            try:
                yield
            finally:
                self._weights = before

    @contextmanager
    def _adapter_in_force(self, editor: str, save: Save, place: Path) -> Iterator[None]:
        from vllm.lora.request import LoRARequest

        save(place / "saved")
        rank = served_adapter(place / "saved", place / "served")
        self._make_room(editor, rank)
        number = next(self._numbers)
        request = LoRARequest(f"edit-{number}", number, str(place / "served"))
        try:
            self._running().add_adapter(request)
        except ModelError as error:
            raise EditError(f"vLLM does not serve what '{editor}' made: {error}") from error
        before, self._adapter = self._adapter, request
        try:
            yield
        finally:
            self._adapter = before
            if self._engine is not None:
                self._engine.remove_adapter(request)

    def _make_room(self, editor: str, rank: int) -> None:
        """See that the engine has room for adapters of ``rank``; start it again if it has not."""
        if rank <= self._rank:
            return
        most = self._settings.max_lora_rank or max(RANKS)
        if rank > most:
            limit = "max_lora_rank" if self._settings.max_lora_rank else "what vLLM serves"
            raise EditError(
                f"the adapter of '{editor}' has the rank {rank} (several in force together have "
                f"the sum of theirs), above {limit}, {most}"
            )
        self._rank = rank
        self.close()

    def _save_weights(self, editor: str, place: Path) -> None:
        """Write the weights of the copy, without adapters beside them."""
        module = self.module
        named = {n.replace(".base_layer.", "."): w for n, w in module.state_dict().items()}
        weights = {name: weight for name, weight in named.items() if name in self._bare}
        try:
            module.save_pretrained(str(place), state_dict=weights)
        except OSError as error:
            raise EditError(
                f"the weights that '{editor}' has changed cannot be written to '{place.parent}' "
                f"({error.strerror}); name a folder with room in TMPDIR"
            ) from error

    # -------------------------------------------------------------------- the engine

    def _running(self) -> Engine:
        """The engine, with the weights that are in force."""
        if self._engine is None:
            room = {}
            if self._rank:
                fitting = min(rank for rank in RANKS if rank >= self._rank)
                room = {"enable_lora": True, "max_loras": 1, "max_lora_rank": fitting}
                self._rank = fitting
            arguments = {"model": str(self._folder), **self._settings.arguments(), **room}
            self._engine = Engine(configure(arguments, name=self.name), name=self.name)
            self._loaded = self._folder
        if self._loaded != self._weights:
            self._engine.load_weights(self._weights)
            self._loaded = self._weights
        return self._engine

    def close(self) -> None:
        """End the engine's processes; asked again, it starts again."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            engine.close()


def _seed(seed: int, ids: Sequence[int]) -> int:
    """Of a prompt; the engine adds the number of the sample."""
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
    return f"{known} {getattr(tokenizer, 'chat_template', None)}"
