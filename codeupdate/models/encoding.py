"""Prompts as token ids, and answers as text: the same for every backend that takes ids."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from codeupdate.models.continuing import continuation_decoder
from codeupdate.types import Message, Prompt

__all__ = ["TODAY", "Encoding"]

REMEMBERED = 2**21  # token ids, of the prompts that were encoded last
CLOCK = "strftime_now"  # what a chat template calls to be told today's date
#: The day that a chat template is told which asks for today's, as Llama 3's do: the one that
#: those have for want of a clock. With the true one every prompt would be another tomorrow.
TODAY = {
    "%Y": "2024",
    "%m": "07",
    "%d": "26",
    "%-d": "26",
    "%B": "July",
    "%b": "Jul",
    "%A": "Friday",
    "%a": "Fri",
    "%H": "00",
    "%M": "00",
    "%S": "00",
}


class Encoding:
    """A tokenizer of transformers, and the form of a prompt that its model understands:
    messages where it has a chat template, else the text."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._lock = threading.Lock()
        self._recent: OrderedDict[tuple[str, tuple[Message, ...]], array[int]] = OrderedDict()
        self._remembered = 0

    @property
    def template(self) -> str | None:
        """The chat template that prompts are written with, None where there is none."""
        if not getattr(self.tokenizer, "chat_template", None):
            return None
        own = str(self.tokenizer.get_chat_template())
        return f"{_dated()}{own}" if CLOCK in own else own

    def encode(self, prompt: Prompt) -> list[int]:
        """Token ids of ``prompt``, special tokens once. Who looks for its completions and who
        computes them ask for the same ids: those of the last prompts are remembered."""
        key = prompt.text, prompt.messages
        with self._lock:
            if (found := self._recent.get(key)) is not None:
                return found.tolist()
        ids = self._encoded(prompt)
        with self._lock:
            if key not in self._recent:
                self._recent[key] = array("l", ids)
                self._remembered += len(ids)
            while self._remembered > REMEMBERED:
                self._remembered -= len(self._recent.popitem(last=False)[1])
        return ids

    def _encoded(self, prompt: Prompt) -> list[int]:
        if not self._chats(prompt):
            return list(self.tokenizer(prompt.text)["input_ids"])
        # The template writes the special tokens itself.
        return list(self.tokenizer(self.render(prompt), add_special_tokens=False)["input_ids"])

    def render(self, prompt: Prompt) -> str:
        """``prompt`` as text."""
        if not self._chats(prompt):
            return prompt.text
        messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
        begun = _begun(prompt)
        return str(
            self.tokenizer.apply_chat_template(
                messages,
                chat_template=self.template,
                tokenize=False,
                add_generation_prompt=not begun,
                continue_final_message=begun,
            )
        )

    def stops(self, prompt: Prompt) -> tuple[str, ...]:
        """What cuts an answer to ``prompt``. In a chat an answer ends by itself, and what ends a
        text that is continued, a line that begins with ``def``, may stand in its middle."""
        return () if self._chats(prompt) else prompt.stop

    def decode(self, tokens: Sequence[int], prompt: Prompt | None = None) -> str:
        """``tokens`` as text, without special ones: what they write after ``prompt``, or after
        any text. Only an answer in a chat is a text of its own, which a tokenizer may have put a
        space before."""
        if prompt is not None and self._chats(prompt) and not _begun(prompt):
            return str(
                self.tokenizer.decode(
                    tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
                )
            )
        return self._continued(tokens)

    def _chats(self, prompt: Prompt) -> bool:
        return bool(prompt.messages and getattr(self.tokenizer, "chat_template", None))

    @cached_property
    def _continued(self) -> Callable[[Sequence[int]], str]:
        return continuation_decoder(self.tokenizer)


def _begun(prompt: Prompt) -> bool:
    """Whether the messages of ``prompt`` begin the answer."""
    return prompt.messages[-1].role == "assistant"


def _dated() -> str:
    """A macro that stands for transformers' ``strftime_now``, which asks the clock."""
    told = " | ".join(f'replace("{directive}", "{said}")' for directive, said in TODAY.items())
    # The plus keeps a newline that the template begins with.
    return f"{{%- macro {CLOCK}(format) -%}}{{{{ format | {told} }}}}{{%- endmacro +%}}"
