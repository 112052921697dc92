"""A thread that keeps what a model answers, while the model goes on.

The model stays in the thread that calls, where it can be interrupted. What it gives is handed
over, and verdicts are kept and the next programs begun whenever they come back, however long
the model takes for its next answer. Who gives faster than is kept has to wait.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, TypeVar

from codeupdate.evaluation.execution import SECONDS, Execution

__all__ = ["Keeper"]

T = TypeVar("T")
UNKEPT = 4  # answers that wait to be kept
ENDS = object()


class Keeper:
    """Uses ``execution`` in a thread of its own, for the length of a ``with`` block.

    What goes wrong there is raised where something is handed over next, and at the end of the
    block. A block that is left by an exception waits for what was handed over, and not for
    verdicts.
    """

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._inbox: queue.SimpleQueue[Callable[[], None] | object | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(UNKEPT)
        self._failure: BaseException | None = None
        self._finished: Future[None] | None = None
        self._thread = threading.Thread(target=self._serve, name="keeper", daemon=True)

    def __enter__(self) -> Keeper:
        self._execution.on_answer = lambda: self._inbox.put(None)
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._inbox.put(ENDS)
        self._thread.join()
        self._execution.on_answer = lambda: None
        if error is None:
            self._raise()

    def put(self, action: Callable[[], object]) -> None:
        """Have ``action`` done; wait where too much is to be done already."""
        self._room.acquire()
        self._raise()

        def kept() -> None:
            action()
            self._room.release()

        self._inbox.put(kept)

    def do(self, action: Callable[[], T]) -> T:
        """The result of ``action``, when all that was put before is done."""
        done: Future[T] = Future()
        self._inbox.put(lambda: done.set_result(action()))
        self._wait(done)
        return done.result()

    def finish(self) -> None:
        """Wait until everything that was put is done, and all verdicts are kept."""
        done: Future[None] = Future()

        def finished() -> None:
            self._finished = done

        self._inbox.put(finished)
        self._wait(done)

    def _wait(self, done: Future[Any]) -> None:
        while not wait([done], timeout=1.0).done:
            self._raise()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    # ------------------------------------------------------------------ the thread

    def _serve(self) -> None:
        while (message := self._next()) is not ENDS:
            self._try(message if callable(message) else self._execution.keep_ready)
            if self._finished is not None and not self._execution.busy:
                self._try(self._execution.commit)
                if self._failure is None:
                    self._finished.set_result(None)
                self._finished = None
        self._try(self._execution.commit)

    def _next(self) -> object:
        with suppress(queue.Empty):
            return self._inbox.get(timeout=SECONDS if self._execution.unkept else None)
        return None

    def _try(self, action: Callable[[], object]) -> None:
        """Do ``action``, unless something has gone wrong; whoever hands over learns of that."""
        if self._failure is not None:
            return
        try:
            action()
        except BaseException as error:
            self._failure = error
            self._room.release(UNKEPT)
