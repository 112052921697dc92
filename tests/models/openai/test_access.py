"""Which model at which server with which key, and one sentence for each that is wrong."""

from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from codeupdate.errors import ModelError, UsageError
from codeupdate.models.openai import OpenAIModel, Settings, load_openai, retrying
from codeupdate.models.openai.access import Access, Address
from codeupdate.types import Prompt, Sampling
from tests.models.openai.misbehaving import Act, Misbehaving, misbehaving

KEY = "sk-very-secret-0123456789"


@pytest.fixture(scope="module")
def shared() -> Iterator[Misbehaving]:
    with misbehaving() as server:
        yield server


@pytest.fixture
def server(shared: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> Misbehaving:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    shared.reset()
    return shared


def load(url: str, name: str = "model", **settings: Any) -> OpenAIModel:
    return load_openai(
        f"{name}@{url}", name="openai:model", settings=Settings(**{"patience": 0, **settings})
    )


# ----------------------------------------------------------------------- the address


@pytest.mark.parametrize(
    ("text", "name", "url"),
    [
        ("org/name@http://host:8000/v1", "org/name", "http://host:8000/v1"),
        ("name@2024-08@https://host/v1/", "name@2024-08", "https://host/v1"),
        ("name@http://[::1]:8000/v1", "name", "http://[::1]:8000/v1"),
        ("name@https://host/v1/chat/completions", "name", "https://host/v1"),
    ],
)
def test_an_address_is_a_name_and_a_url(text: str, name: str, url: str) -> None:
    assert Address.parse(text) == Address(name, url)


@pytest.mark.parametrize(
    "text",
    ["name", "name@host", "@http://host", "name@http://", "name@http://host:port", "name@ftp://h"],
)
def test_what_is_no_address_is_told_the_form(text: str) -> None:
    with pytest.raises(UsageError, match=r"openai:NAME@URL"):
        Address.parse(text)


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{KEY}@host/v1",
        f"https://{KEY}@host/v1",
        f"https://host/v1?api_key={KEY}",
        f"https://host/v1#{KEY}",
        f"https://host:{KEY}/v1",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as error:
        Address.parse(f"name@{url}")
    assert KEY not in str(error.value)


# --------------------------------------------------------------------------- the key


def test_the_key_comes_from_the_environment(
    server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(server.url).close()
    assert server.keys == {None}
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OTHER_KEY", "other")
    load(server.url).close()
    load(server.url, key_variable="OTHER_KEY").close()
    assert server.keys == {None, f"Bearer {KEY}", "Bearer other"}


def test_what_cannot_be_a_key_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY} two words")
    with pytest.raises(UsageError, match="OPENAI_API_KEY does not hold a key") as error:
        load("http://127.0.0.1:1/v1")
    assert KEY not in str(error.value)
    with pytest.raises(UsageError, match="the environment variable NO_SUCH_KEY is not set"):
        load("http://127.0.0.1:1/v1", key_variable="NO_SUCH_KEY")
    with pytest.raises(ValidationError):
        Settings(key_variable=f"{KEY}!")


def test_the_key_is_seen_nowhere(
    server: Misbehaving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in logs of any level, reprs, fingerprints, messages or tracebacks, even where the
    server repeats it."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    seen = []
    model = load(server.url)
    seen += [
        repr(model),
        repr(vars(model)),
        model.fingerprint,
        repr(Access.from_environment(Address("model", server.url), "OPENAI_API_KEY")),
    ]
    echo = {"error": {"message": f"bad key '{KEY}' in the header 'Bearer {KEY}'"}}
    for status in (400, 401, 403, 404, 429, 500):
        server.behave = lambda path, body, status=status: Act(status, echo)
        attempts = [lambda: list(model.batches([Prompt("a")], Sampling()))]
        if status != 400:  # a greeting that is not liked proves that the endpoint exists
            attempts.append(lambda: load(server.url))
        for attempt in attempts:
            with pytest.raises(ModelError) as error:
                attempt()
            seen += ["".join(traceback.format_exception(error.value)), repr(error.value)]
    model.close()
    assert f"Bearer {KEY}" in server.keys
    assert "500" in seen[-1]
    assert not any(KEY in text for text in [*seen, caplog.text])


# ------------------------------------------------------------------ one sentence each


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (401, "Incorrect API key", "asks for a key (401) and OPENAI_API_KEY is not set"),
        (
            403,
            "not for you",
            "(OPENAI_API_KEY is not set) use the model 'other' (403: not for you)",
        ),
        (404, "no such model", "has no model 'other' (404: no such model); it serves: model"),
        (302, "", "redirects elsewhere; name the URL of the API itself"),
    ],
)
def test_what_is_refused_is_said_once_at_the_start(
    server: Misbehaving, status: int, message: str, said: str
) -> None:
    server.behave = lambda path, body: Act(status, {"error": {"message": message}})
    with pytest.raises(ModelError) as error:
        load(server.url, "other")
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_key_that_is_refused_is_named_by_its_variable(
    server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    server.behave = lambda path, body: Act(401, {"error": {"message": "no"}})
    with pytest.raises(ModelError, match=r"refuses the key in MY_KEY \(401\)$"):
        load(server.url, key_variable="MY_KEY")


def test_a_url_without_the_api_is_told_to_look_again(server: Misbehaving) -> None:
    server.models = None
    server.behave = lambda path, body: Act(404, {"detail": "Not Found"})
    with pytest.raises(ModelError, match=r"\(404: Not Found\); check it, and the URL"):
        load(server.url)
    server.behave = lambda path, body: Act(
        200, b"<html>welcome</html>", {"Content-Type": "text/html"}
    )
    with pytest.raises(ModelError, match=r"does not answer as one of OpenAI's API"):
        load(server.url, patience=60)


def test_a_server_that_is_not_there_is_not_waited_for() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match=r"cannot be reached .* check the URL") as error:
        load(f"http://127.0.0.1:{port}/v1", patience=60)
    assert "\n" not in str(error.value)
    with pytest.raises(ModelError, match="cannot be reached"):
        load("http://no-such-host.invalid/v1", patience=60)


def test_a_server_that_is_busy_at_the_start_is_waited_for(server: Misbehaving) -> None:
    server.script({"1": [Act(503, b""), Act(429, {})]})
    load(server.url, patience=60).close()
    assert len(server.requests) == 4


# ------------------------------------------------------------------------ fingerprint


def test_the_fingerprint_changes_with_what_determines_answers(server: Misbehaving) -> None:
    def fingerprint(url: str = server.url, name: str = "model", **settings: Any) -> str:
        model = load(url, name, **settings)
        model.close()
        return model.fingerprint

    first = fingerprint()
    server.models = [{"id": "model", "created": 2, "root": "weights"}]
    same = [fingerprint(), fingerprint(concurrency=3, timeout=9, prompt_price=1)]
    assert same == [first, first]
    others = [
        fingerprint(endpoint="completions"),
        fingerprint(extra={"top_k": 2}),
        fingerprint(seed=False),
        fingerprint(name="other"),
        fingerprint(url=server.url.replace("127.0.0.1", "localhost")),
    ]
    server.models = [{"id": "model", "created": 2, "root": "other weights"}]
    others.append(fingerprint())
    assert len({first, *others}) == 7
