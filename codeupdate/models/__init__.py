"""Models: what completes prompts."""

from __future__ import annotations

from codeupdate.models.loading import BACKENDS, load_model, settings_of
from codeupdate.models.protocol import Model, WeightedModel

__all__ = [
    "BACKENDS",
    "Model",
    "WeightedModel",
    "load_model",
    "settings_of",
]
