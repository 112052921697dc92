"""Writes a model whose weights an edit has changed."""

from __future__ import annotations

from pathlib import Path

from codeupdate.editing.change import Save
from codeupdate.models.protocol import WeightedModel

__all__ = ["checkpoint"]


def checkpoint(model: WeightedModel) -> Save:
    """A way to save all of ``model`` as transformers and vLLM load it: ``hf:FOLDER``. What lies
    beside its weights has no place there; ``edited.save`` refuses where there is such an edit."""

    def save(path: Path) -> None:
        model.module.save_pretrained(str(path))
        model.tokenizer.save_pretrained(str(path))

    return save
