"""Key covariance: the second moment C = E[k kᵀ] of what MLP output projections read.

It stands for everything that a projection is asked for besides an edit: a change ΔW costs
tr(ΔW C ΔWᵀ), the mean squared change of what the projection writes (ROME, arXiv 2202.05262,
section 3.1; MEMIT, arXiv 2210.07229, section 4.2). What is computed is kept in the user's
cache folder::

    covariance/KEY/layer-N.safetensors     C [width, width], float64

KEY stands for the weights and for the token ids that C was taken over.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.cache import cache_folder
from codeupdate.editing.corpus import INSTALLED, token_rows
from codeupdate.editing.editor import EditedModel, beneath, earlier
from codeupdate.editing.hooks import chosen, ending_after, projections, recorded
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["Carry", "CovarianceSettings", "Statistics", "second_moments", "statistics"]

log = logging.getLogger(__name__)
ROWS = 8  # rows of tokens that are looked at together
OnTokens = Callable[[int], None]


class CovarianceSettings(BaseModel):
    """What C is taken over; ``tokens`` is ROME's number of keys (section 3.1, footnote)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: str = INSTALLED
    tokens: int = Field(100_000, ge=1)


@dataclass(frozen=True, slots=True)
class Statistics:
    """``covariance`` maps a layer to its C, float64 on the CPU; ``depends`` is a hash of what
    they were taken over: weights and tokens."""

    covariance: Mapping[int, torch.Tensor]
    depends: str
    tokens: int
    files: Mapping[int, Path]  # where they are kept; nowhere for a model that is edited


@dataclass(frozen=True, slots=True)
class Carry:
    """What a locate-and-edit method leaves to the next edit (``Change.carry``): statistics of
    the model before its first edit, and K Kᵀ of the keys edited so far, by layer."""

    statistics: Statistics
    settings: CovarianceSettings
    keys: Mapping[int, torch.Tensor]


def statistics(
    model: WeightedModel,
    layers: Sequence[int],
    settings: CovarianceSettings,
    on_tokens: OnTokens = lambda count: None,
) -> Statistics:
    """The statistics of ``layers``: those that an edit in force was made with, else from the
    cache, else computed and kept there. What is computed of a model that is edited already is
    not kept.

    Raises:
        UsageError: there is no such corpus.
        EditError: the model has no such layer, or it cannot be edited by its MLP projections.
    """
    layers = chosen(model, layers)
    for change in earlier(model):
        carry = change.carry
        if isinstance(carry, Carry) and _answers(carry, layers, settings):
            return carry.statistics
    rows = token_rows(model, settings.corpus, settings.tokens)
    read = beneath(model)  # what stands in prompts does not change it
    content = json.dumps([read.fingerprint, rows]).encode()
    depends = hashlib.sha256(content).hexdigest()
    folder = cache_folder() / "covariance" / depends[:24]
    keep = not isinstance(read, EditedModel)
    files = {layer: folder / f"layer-{layer}.safetensors" for layer in layers} if keep else {}
    found = {layer: _read(file) for layer, file in files.items() if file.is_file()}
    if missing := [layer for layer in layers if layer not in found]:
        log.info(
            "computing the key covariance of '%s', layers %s, over %d tokens of '%s'",
            model.name, missing, sum(map(len, rows)), settings.corpus,
        )  # fmt: skip
        computed = second_moments(model, missing, rows, on_tokens)
        for layer in missing:
            found[layer] = computed[layer]
            if keep:
                _write(files[layer], computed[layer])
    return Statistics(found, depends, sum(map(len, rows)), files)


def second_moments(
    model: WeightedModel,
    layers: Sequence[int],
    rows: Sequence[Sequence[int]],
    on_tokens: OnTokens = lambda count: None,
) -> dict[int, torch.Tensor]:
    """XᵀX / n of the inputs X [n, width] of each layer's projection, over all tokens of ``rows``.

    Products and sums are in float64, whatever the weights are in.
    """
    import torch

    modules = projections(model)
    wanted = [modules[layer] for layer in layers]
    last = modules[max(layers)]
    sums = [torch.zeros(m.in_features, m.in_features, dtype=torch.float64) for m in wanted]
    # Rows of like length together need little padding; the sum does not depend on the order.
    ordered = sorted(rows, key=len)
    for start in range(0, len(ordered), ROWS):
        batch = ordered[start : start + ROWS]
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(row) for row in batch], batch_first=True
        )
        there = torch.arange(ids.shape[1]) < torch.tensor([[len(row)] for row in batch])
        with torch.no_grad(), recorded(inputs=wanted) as (read, _), ending_after(last):
            model.module(input_ids=ids.to(model.module.device), use_cache=False)
        for number, total in enumerate(sums):
            keys = read[number][there.to(read[number].device)].double()
            total += (keys.T @ keys).cpu()
        on_tokens(int(there.sum()))
    count = sum(map(len, rows))
    return {layer: total / count for layer, total in zip(layers, sums, strict=True)}


def _answers(carry: Carry, layers: Sequence[int], settings: CovarianceSettings) -> bool:
    same = (carry.settings.corpus, carry.settings.tokens) == (settings.corpus, settings.tokens)
    return same and set(layers) <= set(carry.statistics.covariance)


def _read(file: Path) -> torch.Tensor:
    from safetensors.torch import load_file

    return load_file(file)["covariance"]


def _write(file: Path, covariance: torch.Tensor) -> None:
    """Under a name of its own until it is whole: who is killed leaves no half of it."""
    from safetensors.torch import save_file

    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    os.close(handle)
    try:
        save_file({"covariance": covariance}, name)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
