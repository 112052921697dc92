"""Prompts as token ids: the same for every backend that takes ids."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from codeupdate.types import Message, Prompt

__all__ = ["Encoding"]

REMEMBERED = 2**21  # token ids, of the prompts that were encoded last


class Encoding:
    """A tokenizer of transformers, and the form of a prompt that its model understands:
    messages where it has a chat template, else the text."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._lock = threading.Lock()
        self._recent: OrderedDict[tuple[str, tuple[Message, ...]], array[int]] = OrderedDict()
        self._remembered = 0

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
        begun = messages[-1]["role"] == "assistant"
        return str(
            self.tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=not begun,
                continue_final_message=begun,
            )
        )

    def decode(self, tokens: Sequence[int]) -> str:
        """``tokens`` as text, without special ones."""
        return str(
            self.tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def _chats(self, prompt: Prompt) -> bool:
        return bool(prompt.messages and getattr(self.tokenizer, "chat_template", None))
