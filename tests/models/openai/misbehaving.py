"""A server of OpenAI's API that misbehaves as it is told to, over real connections.

It answers a prompt with a text that its seed determines, so that every sample can be told from
every other. Before that it does, request by request, what ``script`` says for this prompt.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Act", "Misbehaving", "expected", "misbehaving"]

MODEL = "model"


@dataclass(frozen=True)
class Act:
    """One way to answer: a status with a body, or something that is no answer."""

    status: int = 200
    body: Any = None  # an object is sent as JSON, bytes as they are; None: the true answer
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False  # the connection breaks within the body
    hang: float = 0.0  # seconds before anything is said
    gone: bool = False  # the connection closes without a word
    choices: int | None = None  # give so many at most, whatever n says
    index: bool = True  # number the choices
    one_seed: bool = False  # all choices are drawn with the seed of the first


GOOD = Act()


def expected(prompt: str, seed: int | None) -> str:
    """What the server answers to ``prompt``."""
    return hashlib.sha256(f"{prompt} {seed}".encode()).hexdigest()[:12]


class Misbehaving:
    """The server. ``behave(path, body)`` says how a request is answered."""

    def __init__(self) -> None:
        self.reset()
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def reset(self) -> None:
        """Forget what was, and behave."""
        self.requests: list[tuple[str, dict[str, Any], float]] = []  # path, body, time
        self.keys: set[str | None] = set()
        self.most = 0  # requests that were under way at once
        self._now: set[object] = set()  # those that are
        self.models: Any = [{"id": MODEL, "object": "model", "created": 1, "root": "weights"}]
        self.behave: Callable[[str, dict[str, Any]], Act] = lambda path, body: GOOD

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of requests for completions, without the greeting."""
        with self.lock:
            return [body for _, body, _ in self.requests if body and prompt_of(body) != "1"]

    def script(self, acts: Mapping[str, list[Act]]) -> None:
        """Prompt → what to do at its first, second, … request; after that all is well."""
        left = {prompt: list(own) for prompt, own in acts.items()}

        def behave(path: str, body: dict[str, Any]) -> Act:
            with self.lock:
                own = left.get(prompt_of(body), [])
                return own.pop(0) if own else GOOD

        self.behave = behave

    def close(self) -> None:
        self.ending.set()
        self._http.shutdown()
        self._http.server_close()

    @contextmanager
    def under_way(self, path: str, body: dict[str, Any]) -> Iterator[None]:
        with self.lock:
            now, this = self._now, object()
            self.requests.append((path, body, time.monotonic()))
            now.add(this)
            self.most = max(self.most, len(now))
        try:
            yield
        finally:
            with self.lock:
                now.remove(this)


@contextmanager
def misbehaving() -> Iterator[Misbehaving]:
    server = Misbehaving()
    try:
        yield server
    finally:
        server.close()


def prompt_of(body: Mapping[str, Any]) -> str:
    if "messages" in body:
        return str(body["messages"][-1]["content"])
    return str(body.get("prompt", ""))


def answer(path: str, body: Mapping[str, Any], act: Act) -> dict[str, Any]:
    """The answer of a server that does what it is asked for."""
    n = body.get("n", 1) if act.choices is None else min(act.choices, body.get("n", 1))
    choices: list[dict[str, Any]] = []
    for index in range(n):
        seed = body["seed"] + (0 if act.one_seed else index) if "seed" in body else None
        text = expected(prompt_of(body), seed)
        said = {"message": {"role": "assistant", "content": text}}
        choices.append(
            {
                **(said if "chat" in path else {"text": text}),
                **({"index": index} if act.index else {}),
                "finish_reason": "stop",
            }
        )
    usage = {"prompt_tokens": len(prompt_of(body)), "completion_tokens": 12 * n}
    return {"object": "text_completion", "choices": choices[::-1], "usage": usage}


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked has gone, as it should where it was kept waiting."""


def _handler(server: Misbehaving) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # headers and body leave together

        def do_GET(self) -> None:
            with server.under_way(self.path, {}):
                models = server.models
            listed = Act(body={"object": "list", "data": models})
            self._send(Act(404, {"detail": "Not Found"}) if models is None else listed, {})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.under_way(self.path, body):
                server.keys.add(self.headers.get("Authorization"))
                act = server.behave(self.path, body)
                if act.hang:
                    server.ending.wait(act.hang)
            self._send(act, body)

        def _send(self, act: Act, body: dict[str, Any]) -> None:
            if act.gone:
                self.close_connection = True
                return
            content = answer(self.path, body, act) if act.body is None else act.body
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            try:
                self.send_response(act.status)
                for name, value in {"Content-Type": "application/json", **act.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw[: len(raw) // 2] if act.cut else raw)
                self.wfile.flush()
            except OSError:
                self.close_connection = True  # who asked has gone
            if act.cut:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


def counted(bodies: list[dict[str, Any]]) -> Counter[str]:
    """Prompt → how many requests there were for it."""
    return Counter(prompt_of(body) for body in bodies)
