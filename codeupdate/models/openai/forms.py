"""What is sent to the endpoints for completions and chat, and what comes back.

What a server understands differs, so a :class:`Dialect` learns from what it refuses. It learns
nothing that would change an answer: a parameter is left out only where that means the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from codeupdate.models.openai.client import Failed, Garbled, Refused
from codeupdate.models.text import whole
from codeupdate.types import Prompt, Sampling

__all__ = [
    "Choice",
    "Dialect",
    "Endpoint",
    "Reply",
    "cut",
    "overflow",
    "read_reply",
    "seed_of",
    "withheld",
]

Endpoint = Literal["chat", "completions"]
STOPS = 4  # stop sequences that servers take; what they do not see is cut here
#: Words of a message that says that the prompt is too long.
TOO_LONG = re.compile(
    r"context_length_exceeded|context[ _-]?(length|window|size)|maximum (context|model|input)"
    r"|max_model_len|(prompt|input) is too long|too many (input )?tokens|`inputs` (tokens|must)",
    re.IGNORECASE,
)
#: The lengths of the context and of the prompt, in the sentences of OpenAI, vLLM, SGLang, TGI and
#: llama.cpp.
CONTEXT = re.compile(
    r"(?:context|model|input)[ _]len(?:gth)?\D{0,40}?(\d+)|context size \(?(\d+)|"
    r"must (?:be <=|have less than) (\d+)",
    re.IGNORECASE,
)
PROMPT = re.compile(
    r"\((\d+) (?:in|of|from) |(\d+) tokens from the|given: (\d+)|"
    r"(?:resulted in|request has|prompt contains|request \(|input \()\D{0,20}?(\d+)",
    re.IGNORECASE,
)
UNKNOWN = re.compile(
    r"unsupported|not supported|does not support|unrecognized|unknown|unexpected|not permitted|"
    r"not allowed|extra (inputs|fields)|deprecated|instead",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One completion."""

    text: str
    finish_reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The choices of one request in their order, and the tokens that it took altogether.

    ``cached``: those of the prompt that the server had in its cache. Where a server does not
    say, they are 0.
    """

    choices: tuple[Choice, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


class Dialect:
    """How the model ``name`` is asked for completions by one server."""

    def __init__(
        self, name: str, endpoint: Endpoint, *, seeds: bool, extra: Mapping[str, Any]
    ) -> None:
        self.endpoint: Endpoint = endpoint
        self.single = False  # n > 1 is of no use: every sample has its own request
        self.varies = False  # a reply has had two different texts: each is a draw of its own
        self._name = name
        self._seeds = seeds
        self._extra = extra
        self._length = "max_tokens"
        self._left_out: set[str] = set()

    @property
    def path(self) -> str:
        return "chat/completions" if self.endpoint == "chat" else "completions"

    def stops(self, prompt: Prompt) -> tuple[str, ...]:
        """What cuts the answers to ``prompt``. In a chat they end by themselves, and what ends a
        text that is continued, a line that begins with ``def``, may stand in their middle."""
        return () if self.endpoint == "chat" else prompt.stop

    def body(
        self, prompt: Prompt, sampling: Sampling, *, n: int, seed: int, max_tokens: int
    ) -> dict[str, Any]:
        """A request for ``n`` completions of ``prompt``."""
        body: dict[str, Any] = {
            "model": self._name,
            "temperature": sampling.temperature,
            self._length: max_tokens,
        }
        if self.endpoint == "chat":
            body |= _messages(prompt)
        else:
            body["prompt"] = prompt.text
        if sampling.temperature > 0:
            body["top_p"] = sampling.top_p  # also 1: a server may have another default
            if self._seeds:
                body["seed"] = seed
        if stops := self.stops(prompt):
            body["stop"] = list(stops[:STOPS])
        if n > 1:
            body["n"] = n
        left = {name: value for name, value in body.items() if name not in self._left_out}
        return {**left, **self._extra}

    def learn(self, refused: Refused, body: Mapping[str, Any]) -> bool:
        """Whether another form of ``body``, which was refused, says the same."""
        named = {refused.parameter} if refused.parameter else set(_named(refused.said, body))
        if "max_tokens" in named and "max_tokens" in body and UNKNOWN.search(refused.said):
            self._length = "max_completion_tokens"
            return True
        # Answers are cut here as well, and 1 is what the API takes where nothing is said.
        same = {"stop"} | {name for name in ("temperature", "top_p") if body.get(name) == 1}
        found = named & same & set(body)
        self._left_out |= found
        return bool(found)


def seed_of(prompt: Prompt, sampling: Sampling) -> int:
    """The seed of the first sample of ``prompt``; sample ``i`` has the one that is ``i`` larger.

    Of other prompts it is another one: with one seed for all, a server draws the same random
    numbers for each, and answers to different problems would not be independent.
    """
    content = repr((sampling.seed, prompt.text, prompt.messages))
    return int.from_bytes(hashlib.sha256(content.encode()).digest()[:4]) >> 2  # room for i


def read_reply(found: Mapping[str, Any]) -> Reply:
    """The answer of either endpoint.

    Raises:
        Garbled: it has no choices, or they are not what the API promises.
        Failed: the server broke an answer off.
    """
    choices = found.get("choices")
    if not choices:
        raise Garbled("it answers without a choice")
    try:
        ordered = sorted(choices, key=lambda one: int(one.get("index") or 0))
        usage = found.get("usage") or {}
        details = usage.get("prompt_tokens_details") or {}
        return Reply(
            tuple(_choice(one) for one in ordered),
            int(usage.get("prompt_tokens") or 0),
            int(usage.get("completion_tokens") or 0),
            int(details.get("cached_tokens") or 0),
        )
    except (AttributeError, TypeError, ValueError):
        raise Garbled("it answers with JSON that is none of this API") from None


def overflow(refused: Refused) -> tuple[int, int] | None:
    """(length of the context, length of the prompt) where the request does not fit into the
    context, 0 where the server does not say; None where it was refused for something else."""
    if refused.status not in {400, 413, 422}:
        return None
    if not TOO_LONG.search(f"{refused.code} {refused.said}"):
        return None
    return _number(CONTEXT, refused.said), _number(PROMPT, refused.said)


def withheld(refused: Refused) -> bool:
    """Whether a filter of the server refused the prompt."""
    return bool(re.search(r"content_?(filter|policy)", f"{refused.code} {refused.said}", re.I))


def cut(text: str, stops: Sequence[str]) -> str | None:
    """``text`` before the stop sequence that is complete first, None where there is none.

    Of those complete at the same character the longest counts, as while decoding.
    """
    found = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    return text[: min(found)[1]] if found else None


def _messages(prompt: Prompt) -> dict[str, Any]:
    if not prompt.messages:
        return {"messages": [{"role": "user", "content": prompt.text}]}
    messages = [{"role": one.role, "content": one.content} for one in prompt.messages]
    if messages[-1]["role"] != "assistant":
        return {"messages": messages}
    # The prompt begins the answer. Without these the server would end it and begin another.
    return {"messages": messages, "add_generation_prompt": False, "continue_final_message": True}


def _choice(one: Mapping[str, Any]) -> Choice:
    message = one.get("message")
    text = message.get("content") if isinstance(message, dict) else one.get("text")
    if text is None and isinstance(message, dict):
        text = ""  # it reasoned and said nothing, or said that it refuses
    if not isinstance(text, str):
        raise Garbled("it answers with a choice that has no text")
    reason = one.get("finish_reason") or "stop"
    if reason in {"abort", "error"}:
        raise Failed(f"it broke an answer off ({reason})")
    return Choice(whole(text), reason if reason in {"length", "content_filter"} else "stop")


def _named(said: str, body: Mapping[str, Any]) -> list[str]:
    return [name for name in body if re.search(rf"(?<![\w']){re.escape(name)}\b|'{name}'", said)]


def _number(pattern: re.Pattern[str], said: str) -> int:
    found = pattern.search(said)
    return int(next(group for group in found.groups() if group)) if found else 0
