"""A running engine of vLLM: its processes, and the loop that talks to them."""

from __future__ import annotations

import asyncio
import atexit
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, nullcontext, suppress
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from codeupdate.errors import MissingExtra, ModelError, UsageError
from codeupdate.models.background import Background, Begin, Deliver
from codeupdate.models.vllm.log import EngineLog, last_sentence
from codeupdate.models.vllm.watchdog import Watchdog

__all__ = ["Engine", "configure"]

T = TypeVar("T")
#: The level at which an engine's processes log the reason of a failure, and nothing else.
QUIET = "ERROR"
PATIENCE = 5.0  # seconds that processes have to end by themselves
STARTING = threading.Lock()  # where processes print is exchanged for all of this one


def configure(arguments: Mapping[str, Any], *, name: str) -> Any:
    """The ``VllmConfig`` that ``arguments``, in vLLM's own names, make; nothing is started.

    Raises:
        MissingExtra: vLLM is not installed.
        UsageError: vLLM has no such argument.
        ModelError: it does not take them, or not for this model.
    """
    os.environ.setdefault("VLLM_LOGGING_LEVEL", QUIET)  # before vLLM is imported
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # it would report home
    _hush()
    try:
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.platforms import current_platform
    except ImportError as error:
        package = (error.name or "vllm").partition(".")[0]
        raise MissingExtra(f"the model '{name}'", package, "vllm") from error
    _hush()  # the import has set levels
    known = {field.name for field in fields(AsyncEngineArgs)}
    if stray := sorted(set(arguments) - known):
        raise UsageError(f"the engine of vLLM has no argument '{stray[0]}'")
    if current_platform.is_cpu():
        # Where a prompt is read in parts, a random stream of its own is wound back after each,
        # and those of a CPU cannot be: the engine would die of it.
        arguments = {"enable_chunked_prefill": False, **arguments}
    try:
        return AsyncEngineArgs(**arguments).create_engine_config()
    except Exception as error:  # of many kinds, and all of them about the arguments
        raise ModelError(f"vLLM does not take the model '{name}': {_said(error)}") from error


class Engine:
    """Processes that complete token ids, started for ``config``, a ``VllmConfig``.

    ``close`` ends them. They end with this process, too, in whatever way that does.

    Raises:
        ModelError: they do not start.
    """

    def __init__(self, config: Any, *, name: str) -> None:
        from vllm.v1.engine.async_llm import AsyncLLM

        self._name = name
        self._numbers = count()
        self._log = EngineLog()
        with STARTING:
            older = set(multiprocessing.active_children())
            try:
                with nullcontext() if _loud() else self._log.taking():
                    self._llm = AsyncLLM.from_vllm_config(config, disable_log_stats=True)
                self._processes = _trees(set(multiprocessing.active_children()) - older)
                self._watchdog = Watchdog(self._processes)
            except BaseException as error:
                _end(_trees(set(multiprocessing.active_children()) - older))
                if not isinstance(error, Exception):
                    raise  # somebody interrupts
                reason = self._log.reason() or _said(error)
                raise ModelError(f"the engine of '{name}' does not start: {reason}") from error
        self._background = Background()
        atexit.register(self.close)  # before the modules that vLLM needs for it are gone

    # ------------------------------------------------------------------ completions

    def answers(
        self,
        numbers: Sequence[int],
        answer: Callable[[int], Coroutine[Any, Any, T]],
        *,
        window: int,
    ) -> Iterator[T]:
        """What ``answer`` makes of each of ``numbers``, as soon as it is there.

        At most ``window`` of them are under way, or there and not taken yet.

        Raises:
            ModelError: see ``complete``. The first failure ends what is under way.
        """

        async def produce(begin: Begin, deliver: Deliver[T]) -> None:
            async def one(number: int) -> None:
                deliver(await answer(number))

            async with asyncio.TaskGroup() as group:
                for number in numbers:
                    await begin()
                    group.create_task(one(number))

        try:
            yield from self._background.stream(produce, window=window)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def complete(self, ids: Sequence[int], sampling: Any, adapter: Any) -> Any:
        """The ``RequestOutput`` of token ``ids`` when it is finished; ``sampling`` is a
        ``SamplingParams`` that asks for nothing before, ``adapter`` a ``LoRARequest`` or None.

        Raises:
            ModelError: the engine refuses the request, or it is dead.
        """
        number = f"codeupdate-{next(self._numbers)}"
        stream = self._llm.generate(
            {"prompt_token_ids": list(ids)}, sampling, number, lora_request=adapter
        )
        async with aclosing(stream):
            try:
                return [output async for output in stream][-1]
            except Exception as error:
                raise self._failure(error) from error

    # ----------------------------------------------------------------------- weights

    def load_weights(self, folder: Path) -> None:
        """Let those of the checkpoint in ``folder`` take the place of what the engine has.

        Raises:
            ModelError: they do not fit, or the engine is dead.
        """
        self._run(self._llm.collective_rpc("exchange_weights", args=(str(folder),)))
        # Keys and values of prompts that the former weights have seen are no good any more.
        if not self._run(self._llm.reset_prefix_cache(reset_running_requests=True)):
            raise ModelError(f"the engine of '{self._name}' still computes on its former weights")

    def add_adapter(self, adapter: Any) -> None:
        """Load a ``LoRARequest``, so that ``complete`` can name it.

        Raises:
            ModelError: the engine cannot serve it, or it is dead.
        """
        self._run(self._llm.add_lora(adapter))

    def remove_adapter(self, adapter: Any) -> None:
        self._run(self._llm.remove_lora(adapter.lora_int_id))

    # -------------------------------------------------------------------------- end

    def close(self) -> None:
        """End the processes, whatever they are doing, and also where somebody interrupts this.
        Nothing happens when they are ended."""
        try:
            self._background.close(_nothing)
            self._llm.shutdown(timeout=PATIENCE)
        finally:
            _end(self._processes)
            self._watchdog.close()
            self._log.close()
            atexit.unregister(self.close)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._background.run(work)
        except Exception as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> ModelError:
        from vllm.v1.engine.exceptions import EngineDeadError

        if isinstance(error, EngineDeadError):
            why = self._log.reason() or "its process ended"
            return ModelError(f"the engine of '{self._name}' died: {why}")
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        return ModelError(f"the engine of '{self._name}' refuses: {_said(cause)}")


async def _nothing() -> None:
    pass


def _said(error: Exception) -> str:
    """What ``error`` says, in one sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return last_sentence(str(error)) or (lines[0] if lines else type(error).__name__)


def _hush() -> None:
    """Leave out what vLLM logs in this process: it raises it, too."""
    if not _loud():
        logging.getLogger("vllm").setLevel(logging.CRITICAL)


def _loud() -> bool:
    """Whether somebody wants to see what vLLM logs."""
    return os.environ.get("VLLM_LOGGING_LEVEL", QUIET) != QUIET


def _trees(roots: Iterable[Any]) -> list[Any]:
    """``roots``, processes of multiprocessing, and all that descend from them."""
    import psutil

    found = []
    for root in roots:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(root.pid)
            found += [process, *process.children(recursive=True)]
    return found


def _end(processes: Sequence[Any]) -> None:
    """Kill those of ``processes`` that have not ended."""
    import psutil

    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=PATIENCE)
