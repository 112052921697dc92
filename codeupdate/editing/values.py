"""The value of a locate-and-edit method: the vector that makes a model write something else.

A vector δ is added to what one module writes at the key position of every context, and
optimised until the new tokens become likely (ROME, arXiv 2202.05262, section 3.1, step 2;
MEMIT, arXiv 2210.07229, section 4.3.1, does the same at the last of its layers).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.editing.hooks import recorded, written
from codeupdate.editing.targets import Split, Target
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["Value", "ValueSettings", "optimise"]


class ValueSettings(BaseModel):
    """How facts are found in examples, and how their values are optimised: by Adam at
    ``learning_rate``, in at most ``steps`` passes, the last of which only looks, until the loss
    is below ``enough``.

    ``kl`` weighs how far what follows the new tokens may move, ``weight_decay`` the length of
    δ; δ never becomes longer than ``clamp`` times what the module writes by itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    split: Split = "sequence"  # a value for all new tokens of an update, or one for each
    contexts: int = Field(16, ge=1)  # examples that a value is optimised over, at most
    beside: float = Field(0.0, ge=0)  # weight, beside C, of the examples' other tokens
    rounds: int = Field(1, ge=1)  # what the model then still does not write is taught again
    steps: int = Field(20, ge=2)
    learning_rate: float = Field(0.5, gt=0)
    enough: float = Field(0.05, ge=0)
    kl: float = Field(0.0625, ge=0)
    weight_decay: float = Field(0.5, ge=0)
    clamp: float = Field(4.0, gt=0)


@dataclass(frozen=True, slots=True)
class Value:
    """``delta`` [width] is to be added to what the module writes for the key."""

    delta: torch.Tensor
    loss: float  # all of it, at the end
    tokens: int  # that the optimisation went over


def optimise(
    model: WeightedModel, site: Any, contexts: Sequence[Target], settings: ValueSettings
) -> Value:
    """Find the δ that, added to what the module ``site`` writes at the key position of each of
    ``contexts``, makes the model write the new tokens there.

    The loss is that of the authors' code: the mean negative log-likelihood of the new tokens,
    plus ``kl`` · KL(after ‖ before) on the rest of each example, where the model already writes
    what it should, plus ``weight_decay`` · ‖δ‖ / ‖v‖², ‖v‖ being the mean length of what
    ``site`` writes now.
    """
    import torch

    batch = _Batch(model, contexts)
    with torch.no_grad(), recorded(outputs=[site]) as (_, wrote):
        before = torch.log_softmax(batch.logits(), -1)
    now = wrote[0][:, 0].float()
    length = now.norm(dim=-1).mean()
    delta = torch.zeros(now.shape[1], device=now.device, requires_grad=True)

    def add(output: torch.Tensor) -> torch.Tensor:
        at_key = torch.zeros_like(output)
        at_key[:, 0] = delta.to(output.dtype)
        return output + at_key

    optimizer = torch.optim.Adam([delta], lr=settings.learning_rate)
    loss, seen = float("inf"), 0
    with torch.enable_grad(), written(site, add):
        for step in range(settings.steps):
            after = torch.log_softmax(batch.logits(), -1)
            total = objective(batch, before, after, delta, length, settings)
            loss = float(total.detach())
            seen += batch.tokens
            if loss < settings.enough or step == settings.steps - 1:
                break
            optimizer.zero_grad(set_to_none=True)
            (delta.grad,) = torch.autograd.grad(total, [delta])
            optimizer.step()
            with torch.no_grad():
                delta *= min(1.0, float(settings.clamp * length / delta.norm()))
    return Value(delta.detach(), loss, seen)


def objective(
    batch: _Batch,
    before: torch.Tensor,
    after: torch.Tensor,
    delta: torch.Tensor,
    length: torch.Tensor,
    settings: ValueSettings,
) -> torch.Tensor:
    """The loss of ``delta`` [width]. ``before`` and ``after`` are the log-probabilities
    [contexts, tokens - 1, vocabulary] without and with it, ``length`` is ‖v‖."""
    likelihood = batch.mean(-after.gather(-1, batch.wanted[..., None])[..., 0], batch.new)
    drift = batch.mean((after.exp() * (after - before)).sum(-1), batch.rest)
    decay = delta.norm() / length.square()
    return likelihood + settings.kl * drift + settings.weight_decay * decay


class _Batch:
    """Contexts from the key position on, after a prefill of what comes before it.

    Attention is causal: what precedes the key position is not moved by δ, and is computed
    once. Rows are [contexts, tokens], the first of which is at the key position.
    """

    def __init__(self, model: WeightedModel, contexts: Sequence[Target]) -> None:
        import torch

        self._module = model.module
        device, pad = model.module.device, model.tokenizer.pad_token_id or 0
        before = [context.ids[: context.start - 1] for context in contexts]
        after = [context.ids[context.start - 1 :] + context.rest for context in contexts]
        deep, wide = max(map(len, before)), max(map(len, after))
        filled = [[pad] * (deep - len(row)) + list(row) for row in before]
        ids = [list(row) + [pad] * (wide - len(row)) for row in after]
        self._ids = torch.tensor(ids, device=device)
        self._mask = torch.tensor(
            [[0] * (deep - len(row)) + [1] * (len(row) + wide) for row in before], device=device
        )
        self._positions = (self._mask.cumsum(1) - 1).clamp(min=0)[:, deep:]
        self._cache: Any = None
        if deep:
            with torch.no_grad():
                self._cache = self._module(
                    input_ids=torch.tensor(filled, device=device),
                    attention_mask=self._mask[:, :deep],
                    position_ids=(self._mask.cumsum(1) - 1).clamp(min=0)[:, :deep],
                    use_cache=True,
                    logits_to_keep=1,
                ).past_key_values
        self.wanted = self._ids[:, 1:]
        place = torch.arange(wide - 1, device=device)[None]
        new = torch.tensor([len(c.ids) - c.start for c in contexts], device=device)[:, None]
        whole = torch.tensor([len(row) - 1 for row in after], device=device)[:, None]
        self.new = place < new  # where a new token is to be written
        self.rest = (place >= new) & (place < whole)
        self.tokens = int(whole.sum()) + len(after)

    def logits(self) -> torch.Tensor:
        """[contexts, tokens - 1, vocabulary], each for the token that follows."""
        found = self._module(
            input_ids=self._ids,
            attention_mask=self._mask,
            position_ids=self._positions,
            past_key_values=copy.deepcopy(self._cache),  # it would grow with every call
            use_cache=self._cache is not None,
        ).logits
        return found[:, :-1].float()

    def mean(self, each: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        """The mean of ``each`` [contexts, tokens - 1] over ``where``, contexts equally heavy."""
        count = where.sum(1).clamp(min=1)
        return ((each * where).sum(1) / count).mean()
