"""Adapters of peft, as many as are in force, as the one adapter that vLLM serves.

A sum of low-rank products is one of their ranks' sum: B₁·A₁ + B₂·A₂ = [B₁ B₂]·[A₁; A₂]. So
adapters in force together, whatever their scaling, become one whose scaling is 1; and
AdaLoRA's P·Λ·Q becomes P·(Λ·Q). Nothing is merged into the weights.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codeupdate.errors import EditError

if TYPE_CHECKING:
    import torch

    #: Factors A (rank, inputs) and B (outputs, rank) of what is added to a matrix.
    Factors = tuple[torch.Tensor, torch.Tensor]

__all__ = ["served_adapter"]

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
#: Settings of peft that make of an adapter something else than one product beside each matrix.
MORE = (
    *("use_dora", "bias", "lora_bias", "modules_to_save", "trainable_token_indices"),
    *("layer_replication", "alpha_pattern", "target_parameters"),
)


def served_adapter(folder: Path, to: Path) -> int:
    """Write all adapters that an edit saved in ``folder`` as one into ``to``; return its rank.

    Raises:
        EditError: one of them is not a low-rank product.
    """
    from safetensors.torch import save_file

    places = sorted(
        (path.parent for path in folder.rglob(CONFIG)),
        key=lambda place: (place != folder, len(place.name), place.name),
    )
    found: dict[str, list[Factors]] = {}
    for place in places:
        for name, factors in _factors(place).items():
            found.setdefault(name, []).append(factors)
    rank = max(sum(len(a) for a, _ in parts) for parts in found.values())
    tensors = {}
    for name, parts in found.items():
        a, b = _joined(parts, rank)
        tensors[f"{name}.lora_A.weight"], tensors[f"{name}.lora_B.weight"] = a, b
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": rank,
        "target_modules": sorted({name.rpartition(".")[2] for name in found}),
        "bias": "none",
    }
    to.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(to / WEIGHTS))
    (to / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return rank


def _joined(parts: Sequence[Factors], rank: int) -> Factors:
    """All ``parts`` side by side, and zeros up to ``rank``."""
    import torch

    a = torch.cat([a for a, _ in parts])
    b = torch.cat([b for _, b in parts], dim=1)
    lacking = rank - len(a)
    a = torch.nn.functional.pad(a, (0, 0, 0, lacking))
    b = torch.nn.functional.pad(b, (0, lacking))
    return a.contiguous(), b.contiguous()


def _factors(folder: Path) -> dict[str, Factors]:
    """Name of a matrix → the factors of what the adapter in ``folder`` adds to it."""
    from safetensors.torch import load_file

    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    kind = config.get("peft_type")
    more = [name for name in MORE if config.get(name) not in (None, False, "none", [], {})]
    if kind not in {"LORA", "ADALORA"} or more:
        raise EditError(
            f"vLLM serves adapters that are low-rank products, and the one in '{folder}' is not "
            f"({more[0] if more else kind}); use a model of the backend hf"
        )
    tensors = load_file(str(folder / WEIGHTS))
    found = {}
    for key, b in tensors.items():
        name, marker, end = key.rpartition(".lora_B")
        if marker:
            a = tensors[f"{name}.lora_A{end}"]
            if kind == "ADALORA":
                a = a * tensors[f"{name}.lora_E{end}"]
            found[name] = a, b * _scaling(config, len(a))
    return found


def _scaling(config: Mapping[str, Any], rank: int) -> float:
    """What peft multiplies the product of factors of ``rank`` by."""
    alpha = float(config["lora_alpha"])
    if config["peft_type"] == "ADALORA":
        return alpha / (float(config["init_r"]) + 1e-5)  # however many triplets are left
    return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
