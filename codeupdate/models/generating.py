"""The plain way to ask a model, for notebooks: texts in, texts out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codeupdate.errors import UsageError
from codeupdate.types import Prompt, Sampling

__all__ = ["Generates"]


class Generates:
    """Adds ``generate`` to what has ``batches``."""

    def generate(
        self: Any, prompts: Sequence[str | Prompt], sampling: Sampling | None = None
    ) -> list[str]:
        """One completion of each of ``prompts``, in their order; greedy where ``sampling`` says
        nothing else.

        Raises:
            UsageError: ``prompts`` is no list of texts, or several samples are asked for.
            ModelError: the backend failed.
        """
        if isinstance(prompts, str) or not isinstance(prompts, Sequence):
            raise UsageError("generate takes a list of prompts: generate([text])")
        for prompt in prompts:
            if not isinstance(prompt, str | Prompt):
                raise UsageError(f"a prompt is a text or a Prompt, and not {prompt!r}")
        wanted = sampling or Sampling()
        if wanted.n != 1:
            raise UsageError("generate gives one completion a prompt; batches gives several")
        asked = [Prompt(prompt) if isinstance(prompt, str) else prompt for prompt in prompts]
        samples = [sample for batch in self.batches(asked, wanted) for sample in batch]
        return [sample.text for sample in sorted(samples, key=lambda sample: sample.prompt)]
