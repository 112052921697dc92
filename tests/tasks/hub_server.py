"""A hub on this machine: what huggingface_hub asks one data set for, answered over HTTP."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

__all__ = ["LocalHub", "local_hub"]


class LocalHub:
    """One data set: revision → path → content. ``asked`` are the requests, in order."""

    def __init__(self, repository: str, revisions: Mapping[str, Mapping[str, bytes]]) -> None:
        self.repository = repository
        self.revisions = revisions
        self.asked: list[str] = []
        self.address = ""

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and content of the answer to a GET."""
        found = re.fullmatch(
            rf"/(?:api/datasets/{self.repository}/(?P<kind>tree)|datasets/{self.repository}/resolve)"
            r"/(?P<revision>[^/]+)/?(?P<name>.*)",
            path,
        )
        if found is None:
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        files = self.revisions.get(found["revision"])
        if files is None:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        if found["kind"]:
            return 200, {}, json.dumps([_described(name, files[name]) for name in files]).encode()
        content = files.get(found["name"])
        if content is None:
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        headers = {"X-Repo-Commit": found["revision"], "ETag": f'"{_id(content)}"'}
        return 200, headers, content


def _described(name: str, content: bytes) -> dict[str, object]:
    return {"type": "file", "path": name, "size": len(content), "oid": _id(content)}


def _id(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


@contextmanager
def local_hub(repository: str, revisions: Mapping[str, Mapping[str, bytes]]) -> Iterator[LocalHub]:
    """Serves until the block is left; ``$HF_ENDPOINT`` is its ``address``."""
    hub = LocalHub(repository, revisions)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(body=True)

        def do_HEAD(self) -> None:
            self._send(body=False)

        def _send(self, *, body: bool) -> None:
            hub.asked.append(f"{self.command} {self.path}")
            status, headers, content = hub.answer(unquote(self.path.partition("?")[0]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
