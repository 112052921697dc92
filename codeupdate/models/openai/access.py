"""Which model at which server, with which key; and what it means when that is refused."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from codeupdate.errors import ModelError, UsageError
from codeupdate.models.openai.client import Refused

__all__ = ["USUAL", "Access", "Address"]

FORM = "openai:NAME@URL, as in openai:org/name@http://127.0.0.1:8000/v1"
USUAL = "OPENAI_API_KEY"
ENDPOINTS = ("/chat/completions", "/completions", "/models")
NAMED = 8  # models in a message


@dataclass(frozen=True, slots=True)
class Address:
    """A model's name, and the URL below which its server has the API."""

    name: str
    url: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """``NAME@URL``. What is wrong with it is not quoted: it may hold a password.

        Raises:
            UsageError: it is not of that form, or the URL holds more than an address.
        """
        name, _, rest = text.partition("@http")
        url = f"http{rest}"
        try:
            parts = urlsplit(url)
            whole = bool(name and parts.scheme in {"http", "https"} and parts.hostname)
            _ = parts.port  # raises where it is no number
        except ValueError:
            whole = False
        if not whole:
            raise UsageError(f"a model behind a server is named {FORM}")
        if "@" in url or parts.query or parts.fragment:
            raise UsageError(
                f"the URL of the model '{name}' holds more than an address, and run folders keep "
                f"it; put the key into the environment ({USUAL}) and leave the URL without"
            )
        url = url.rstrip("/")
        for endpoint in ENDPOINTS:
            url = url.removesuffix(endpoint)
        return cls(name, url)


@dataclass(frozen=True, slots=True)
class Access:
    """An address and the key for it, from the environment variable ``variable``.

    ``serves``: the names of the models that the server says it has.
    """

    address: Address
    variable: str
    key: str | None = field(repr=False)
    serves: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, address: Address, variable: str) -> Access:
        """Without a key where the usual variable is not set: a server of one's own needs none.

        Raises:
            UsageError: another variable is not set, or one holds what cannot be a key.
        """
        key = os.environ.get(variable, "").strip() or None
        if key is None and variable != USUAL:
            raise UsageError(
                f"the environment variable {variable} is not set, and key_variable names it"
            )
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise UsageError(f"the environment variable {variable} does not hold a key")
        return cls(address, variable, key)

    def explained(self, refused: Refused) -> ModelError:
        """What a person has to know of ``refused``."""
        server, name = f"the server at {self.address.url}", self.address.name
        said = f"({refused.status}: {refused.said})"
        if refused.status == 401:  # its words may hold the key, or most of it
            if self.key:
                return ModelError(f"{server} refuses the key in {self.variable} (401)")
            return ModelError(
                f"{server} asks for a key (401) and {self.variable} is not set; set it, or name "
                "another variable with --model-set key_variable=NAME"
            )
        if refused.status == 403:
            who = f"the key in {self.variable}"
            if self.key is None:
                who = f"anybody without a key ({self.variable} is not set)"
            return ModelError(f"{server} does not let {who} use the model '{name}' {said}")
        if refused.status in {404, 405}:
            others = ", ".join(self.serves[:NAMED]) + (", …" if len(self.serves) > NAMED else "")
            hint = f"it serves: {others}" if others else "check it, and the URL (most end in /v1)"
            return ModelError(f"{server} has no model '{name}' {said}; {hint}")
        if refused.status < 400:
            return ModelError(f"{server} redirects elsewhere; name the URL of the API itself")
        return ModelError(f"{server} refuses to answer {said}{_hint(refused)}")


def _hint(refused: Refused) -> str:
    about = f"{refused.parameter} {refused.said}"
    if "seed" in about:
        return "; --model-set seed=false asks without a seed"
    if "temperature" in about:
        return "; --temperature sets another temperature"
    if "continue_final_message" in about or "add_generation_prompt" in about:
        return "; the prompt begins the answer: ask with --model-set endpoint=completions"
    if refused.status == 429:
        return "; --resume continues once the account has what it needs"
    return ""
