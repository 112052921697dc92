"""What is found out about a server before anything is asked of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from codeupdate.models.openai.access import Access
from codeupdate.models.openai.client import Refused
from codeupdate.models.openai.forms import Dialect, Endpoint, read_reply
from codeupdate.models.openai.retrying import Retrying
from codeupdate.types import Message, Prompt, Sampling

__all__ = ["Connection", "connect"]

#: Why a server cannot chat with a model that it can let continue a text.
NO_CHAT = re.compile(r"chat[ _]template|not a chat model", re.IGNORECASE)
#: What it says of a model that is the same after a restart, which the time of its creation is not.
STEADY = ("id", "root", "parent", "max_model_len")
GREETING = Prompt("1", (Message("user", "1"),))


@dataclass(frozen=True, slots=True)
class Connection:
    """A server that answers. ``fingerprint`` is made of all that is known to determine what."""

    access: Access
    dialect: Dialect
    fingerprint: str


async def connect(
    retrying: Retrying,
    access: Access,
    endpoints: tuple[Endpoint, ...],
    *,
    seeds: bool,
    extra: Mapping[str, Any],
) -> Connection:
    """Ask for one token at the first of ``endpoints`` that the model has.

    Raises:
        ModelError: there is no such server, or it refuses the key, the model or the endpoint.
    """
    name, ended = access.address.name, asyncio.Event()
    models: list[Any] = []
    # Not every server lists its models; whether the key is good the next request says too.
    with suppress(Refused):
        models = await retrying.ask("models", None, _models, ended=ended, first=True)
    access = replace(access, serves=tuple(str(one.get("id")) for one in models))
    refusals: list[Refused] = []
    for endpoint in endpoints:
        dialect = Dialect(name, endpoint, seeds=seeds, extra=extra)
        try:
            await _greet(retrying, dialect, ended)
        except Refused as refused:
            refusals.append(refused)
            if refused.status in {404, 405} or NO_CHAT.search(refused.said):
                continue
            if refused.status < 400 or refused.status in {401, 403, 429}:
                break
            # The endpoint exists: it did not like so short a request.
        known = [one for one in models if one.get("id") == name]
        served = [{key: one.get(key) for key in STEADY} for one in known]
        content = [access.address.url, name, endpoint, seeds, dict(extra), served]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode())
        return Connection(access, dialect, digest.hexdigest())
    raise access.explained(refusals[0]) from None


async def _greet(retrying: Retrying, dialect: Dialect, ended: asyncio.Event) -> None:
    # At temperature 1, which models that take no other temperature take.
    sampling = Sampling(temperature=1.0, max_tokens=1)
    while True:
        body = dialect.body(GREETING, sampling, n=1, seed=0, max_tokens=1)
        try:
            await retrying.ask(dialect.path, body, read_reply, ended=ended, first=True)
        except Refused as refused:
            if not dialect.learn(refused, body):
                raise
        else:
            return


def _models(found: Mapping[str, Any]) -> list[Any]:
    listed = found.get("data")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
