"""How long the texts are that a model can read."""

from __future__ import annotations

from typing import Any

__all__ = ["UNLIMITED", "context_of"]

UNLIMITED = 2**31  # tokens, of a model that knows of no end


def context_of(module: Any) -> int:
    """How many tokens prompt and completion may have together. Where ``module`` has parts, that
    for images and that for text, the latter says it."""
    config = module.config.get_text_config(decoder=True)
    return int(getattr(config, "max_position_embeddings", None) or UNLIMITED)
