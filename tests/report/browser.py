"""A real browser, driven over the WebDriver protocol with nothing but the standard library."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Keys by their names in the protocol.
KEYS = {"down": "\ue015", "up": "\ue013", "enter": "\ue007", "escape": "\ue00c", "end": "\ue010"}
KEYS |= {"tab": "\ue004", "home": "\ue011"}
PATIENCE = 60  # seconds until what has to come is there, on a busy machine


class Browser:
    """One window of Chromium."""

    def __init__(self, server: str) -> None:
        self._server = server
        options = {
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            "binary": shutil.which("chromium") or shutil.which("google-chrome"),
        }
        wanted = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{session['sessionId']}"

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._server + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def open(self, page: Path) -> None:
        """Load a file, and wait until its samples can be browsed, if it has any."""
        self._ask("POST", f"{self._session}/url", {"url": page.resolve().as_uri()})
        self.until(
            "return !document.getElementById('samples-data')"
            " || document.getElementById('explorer').dataset.ready === 'yes'"
        )

    def run(self, script: str, *given: Any) -> Any:
        """What a script returns; ``given`` are its ``arguments``."""
        body = {"script": script, "args": given}
        return self._ask("POST", f"{self._session}/execute/sync", body)

    def until(self, script: str, *given: Any) -> Any:
        """What a script returns as soon as that is true."""
        end = time.monotonic() + PATIENCE
        while not (found := self.run(script, *given)):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.05)
        return found

    def press(self, *keys: str) -> None:
        """Type into what has the focus: names of ``KEYS``, or text."""
        typed = [letter for key in keys for letter in ([KEYS[key]] if key in KEYS else key)]
        strokes = [{"type": kind, "value": k} for k in typed for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self._ask("POST", f"{self._session}/actions", {"actions": actions})

    def text(self, selector: str) -> str:
        """What is written in the first element that a selector finds."""
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def choose(self, name: str, label: str) -> None:
        """Set a filter."""
        self.run(
            "const select = document.getElementById(arguments[0]);"
            "const option = [...select.options].find((one) => one.text === arguments[1]);"
            "select.value = option.value;"
            "select.dispatchEvent(new Event('change', {bubbles: true}));",
            f"by-{name}",
            label,
        )

    def search(self, words: str) -> None:
        """Search as a person does, and wait for the list to follow."""
        before = self.text("#count")
        self.run("const find = document.getElementById('find'); find.value = ''; find.focus()")
        self.press(words)
        self.until("return document.getElementById('count').textContent !== arguments[0]", before)

    def resize(self, width: int, height: int) -> None:
        self._ask("POST", f"{self._session}/window/rect", {"width": width, "height": height})

    def dark(self, wanted: bool) -> None:
        """Have the page think that its reader prefers dark colours."""
        value = "dark" if wanted else "light"
        features = [{"name": "prefers-color-scheme", "value": value}]
        body = {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}}
        self._ask("POST", f"{self._session}/goog/cdp/execute", body)

    def picture(self, to: Path) -> None:
        to.write_bytes(base64.b64decode(self._ask("GET", f"{self._session}/screenshot")))

    def complaints(self) -> list[str]:
        """What the browser logged since it was asked last."""
        found = self._ask("POST", f"{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in found]

    def close(self) -> None:
        self._ask("DELETE", self._session)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of its own, gone at the end.

    Raises:
        FileNotFoundError: there is no Chromium with its driver here.
    """
    driver = shutil.which("chromedriver")
    if driver is None or not (shutil.which("chromium") or shutil.which("google-chrome")):
        raise FileNotFoundError("chromium and chromedriver")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < end, "chromedriver does not answer"
                time.sleep(0.05)
        window = Browser(f"http://127.0.0.1:{port}")
        try:
            yield window
        finally:
            window.close()
    finally:
        process.terminate()
        process.wait()
