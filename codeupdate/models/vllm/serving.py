"""An engine, started when it is needed, and the edits that are in force in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from codeupdate.errors import EditError, ModelError
from codeupdate.models.vllm.adapters import served_adapter
from codeupdate.models.vllm.engine import Engine, configure
from codeupdate.models.vllm.settings import VllmSettings
from codeupdate.models.vllm.worker import EXTENSION

__all__ = ["Save", "Serving"]

Save = Callable[[Path], None]
#: Of adapters, for which vLLM makes room.
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)


class Serving:
    """The model in ``folder`` in an engine. Weights are exchanged when something is asked: of
    edits one in the other, those that nobody asks cost nothing."""

    def __init__(self, folder: Path, *, name: str, settings: VllmSettings) -> None:
        self._folder = folder
        self._name = name
        self._settings = settings
        self._engine: Engine | None = None
        self._rank = settings.max_lora_rank or 0  # of adapters that there is room for
        self._numbers = count(1)
        self._weights = folder  # those in force
        self._loaded: Path | None = folder  # those in the engine; None: a mixture
        self.request: Any = None  # the LoRARequest of the adapter in force

    def engine(self) -> Engine:
        """The engine, with the weights that are in force.

        Raises:
            ModelError: it does not start, or is dead.
        """
        if self._engine is None:
            room = {}
            if self._rank:
                fitting = min((rank for rank in RANKS if rank >= self._rank), default=self._rank)
                room = {"enable_lora": True, "max_loras": 1, "max_lora_rank": fitting}
                self._rank = fitting
            config = configure(
                {
                    "model": str(self._folder),
                    "worker_extension_cls": EXTENSION,
                    **self._settings.arguments(),
                    **room,
                },
                name=self._name,
            )
            self._engine = Engine(config, name=self._name)
            self._loaded = self._folder
        if self._loaded != self._weights:
            self._loaded = None  # until all of them are there
            self._engine.load_weights(self._weights)
            self._loaded = self._weights
        return self._engine

    def close(self) -> None:
        if self._engine is not None:
            engine, self._engine = self._engine, None
            engine.close()

    # ------------------------------------------------------------------------ edits

    def expect_adapters(self, rank: int) -> None:
        """Make room for adapters of ``rank`` when the engine starts."""
        if self._settings.max_lora_rank is None:
            self._rank = max(self._rank, min(rank, RANKS[-1]))

    @contextmanager
    def adapter(self, editor: str, save: Save, place: Path) -> Iterator[None]:
        """Let requests name the adapters that ``save`` writes; ``place`` is a folder for them.

        Raises:
            EditError: vLLM does not serve them.
            ModelError: the engine does not start.
        """
        from vllm.lora.request import LoRARequest

        save(place / "saved")
        self._make_room(editor, served_adapter(place / "saved", place / "served"))
        number = next(self._numbers)
        # What prompts have in the prefix cache is told apart by the name.
        request = LoRARequest(f"edit-{number}", number, str(place / "served"))
        engine = self.engine()
        try:
            engine.add_adapter(request)
        except ModelError as error:
            raise EditError(f"vLLM does not serve the adapter of '{editor}': {error}") from error
        before, self.request = self.request, request
        try:
            yield
        finally:
            self.request = before
            if engine is self._engine:
                with suppress(ModelError):  # of a dead engine, which somebody else tells
                    engine.remove_adapter(request)

    @contextmanager
    def weights(self, place: Path) -> Iterator[None]:
        """Compute on the weights of the checkpoint in ``place``."""
        before, self._weights = self._weights, place
        try:
            yield
        finally:
            self._weights = before

    def _make_room(self, editor: str, rank: int) -> None:
        """See that the engine has room for adapters of ``rank``; start it again if it has not."""
        most = self._settings.max_lora_rank or RANKS[-1]
        if rank > most:
            limit = "max_lora_rank" if self._settings.max_lora_rank else "what vLLM serves"
            raise EditError(
                f"the adapter of '{editor}' has the rank {rank} (adapters in force together have "
                f"the sum of theirs), which is above {limit}, {most}"
            )
        if rank > self._rank:
            self._rank = rank
            self.close()
