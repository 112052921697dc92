"""Models: what completes prompts."""

from __future__ import annotations

from codeupdate.models.loading import BACKENDS, check_model_name, load_model
from codeupdate.models.protocol import Model, WeightedModel

__all__ = ["BACKENDS", "Model", "WeightedModel", "check_model_name", "load_model"]
