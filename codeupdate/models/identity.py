"""What a model's configuration says of its answers, which its weights do not tell: part of its
fingerprint.

Two models with the same weights answer otherwise where their positions turn by another base,
their norms have another epsilon, or their window of attention is another one.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["configured"]

#: What says where a model came from, how it is stored or how it is called, and not what it
#: computes. The precision is there in every weight, as it was loaded and not as it was stored.
ELSEWHERE = frozenset(
    {
        "_attn_implementation_autoset",
        "_commit_hash",
        "_name_or_path",
        "architectures",
        "auto_map",
        "dtype",
        "torch_dtype",
        "transformers_version",
        "use_cache",
    }
)


def configured(config: Any) -> str:
    """What ``config``, one of transformers, says of what its model computes; the same for a model
    that was saved and loaded again."""
    return json.dumps(_computed(config.to_dict()), sort_keys=True, default=str)


def _computed(value: Any) -> Any:
    """``value`` without what is ``ELSEWHERE``, at any depth: parts have configurations too."""
    if isinstance(value, dict):
        return {str(k): _computed(held) for k, held in value.items() if k not in ELSEWHERE}
    if isinstance(value, list | tuple):
        return [_computed(held) for held in value]
    return value
