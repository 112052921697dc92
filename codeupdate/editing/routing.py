"""Several adapters beside a model, of which each prompt gets its own.

A prompt is routed when it is read, by the model's own last hidden states, averaged over its
tokens and without any adapter; what is generated after it, with a KV cache and in batches that
others leave and join, stays with the adapters that were chosen for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from codeupdate.editing.low_rank import Deltas
from codeupdate.editing.training import Tokens
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["Choose", "Router", "features", "routed"]

#: Features of prompts (rows, width) → how much of each adapter each gets (rows, adapters).
Choose = Callable[["torch.Tensor"], "torch.Tensor"]

ROWS = 32  # prompts that are looked at together


class Router:
    """What is in force at the matrices ``names``: the adapters and who chooses; none of them
    until it is set."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.adapters: tuple[Deltas, ...] = ()
        self.choose: Choose | None = None
        self._shares: torch.Tensor | None = None  # (rows, adapters) of this forward pass

    @contextmanager
    def set(self, adapters: Sequence[Deltas], choose: Choose | None) -> Iterator[None]:
        """Let ``choose`` choose among ``adapters``, or with None be the model without any; on
        leaving it is as before."""
        before = self.adapters, self.choose, self._shares
        self.adapters, self.choose, self._shares = tuple(adapters), choose, None
        try:
            yield
        finally:
            self.adapters, self.choose, self._shares = before

    def read(self, module: Any, given: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        """Route the rows of a forward pass, unless they go on from what is in a cache: then they
        are those that were read last, or what a decoder has kept ``beside`` them."""
        import torch

        choose, cache = self.choose, options.get("past_key_values")
        if choose is None:
            return
        beside = getattr(cache, "beside", {})
        if cache is not None and cache.get_seq_length() > 0:
            self._shares = beside.get(self, self._shares)
            return
        ids = given[0] if given else options["input_ids"]
        with self.set((), None), torch.no_grad():
            seen = _features(
                module, ids, options.get("attention_mask"), options.get("position_ids")
            )
        self._shares = beside[self] = choose(seen)

    def added(self, name: str, inputs: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
        """``output`` of the matrix ``name``, (rows, tokens, outputs), with what each row's
        adapters add to it."""
        if self.choose is None or self._shares is None:
            return output
        # Each prompt may be continued several times, by rows that follow each other.
        shares = self._shares.repeat_interleave(len(inputs) // len(self._shares), 0)
        for number, deltas in enumerate(self.adapters):
            rows = shares[:, number].nonzero()[:, 0]
            if len(rows) and name in deltas:
                delta = deltas[name]
                extra = (inputs[rows].float() @ delta.right.T) @ delta.left.T
                extra = extra * shares[rows, number, None, None]
                output = output.index_add(0, rows, extra.to(output.dtype))
        return output


@contextmanager
def routed(model: WeightedModel, names: Sequence[str]) -> Iterator[Router]:
    """A router whose adapters add to the matrices ``names``; taken off on leaving. For whoever
    reads prompts in another way, the module says so long that it is ``routed``."""
    router = Router(names)

    def adds(name: str) -> Callable[..., Any]:
        return lambda layer, given, output: router.added(name, given[0], output)

    with ExitStack() as hooks:
        hooks.callback(setattr, model.module, "routed", getattr(model.module, "routed", False))
        model.module.routed = True
        reading = model.module.register_forward_pre_hook(router.read, with_kwargs=True)
        hooks.callback(reading.remove)
        for name in names:
            layer = model.module.get_submodule(name)
            hooks.callback(layer.register_forward_hook(adds(name)).remove)
        yield router


def features(model: WeightedModel, prompts: Sequence[Tokens]) -> torch.Tensor:
    """What the model sees in each of ``prompts``, of which only the given part is read:
    (prompts, width), in float32."""
    import torch

    device, found = model.module.device, []
    for start in range(0, len(prompts), ROWS):
        given = [row.ids[: row.prompt] or row.ids for row in prompts[start : start + ROWS]]
        ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in given], True)
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones(len(row)) for row in given], True)
        with torch.no_grad():
            found.append(_features(model.module, ids.to(device), mask.long().to(device), None))
    return torch.cat(found)


def _features(module: Any, ids: torch.Tensor, mask: Any, positions: Any) -> torch.Tensor:
    seen = module(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions,
        use_cache=False,
        output_hidden_states=True,
        logits_to_keep=1,
    ).hidden_states[-1]
    weights = seen.new_ones(ids.shape) if mask is None else mask.to(seen.dtype)
    mean = (seen * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)
    averaged: torch.Tensor = mean.float()
    return averaged
