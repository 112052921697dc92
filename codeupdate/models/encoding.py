"""Prompts as token ids: the same for every backend that takes ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codeupdate.types import Prompt

__all__ = ["Encoding"]


class Encoding:
    """A tokenizer of transformers, and the form of a prompt that its model understands:
    messages where it has a chat template, else the text."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def encode(self, prompt: Prompt) -> list[int]:
        """Token ids of ``prompt``, special tokens once."""
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
