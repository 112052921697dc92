"""Looks at what modules read and write during a forward pass, and changes what they write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from codeupdate.editing.projections import mlp_outputs
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["chosen", "ending_after", "projections", "recorded", "written"]


def projections(model: WeightedModel) -> list[Any]:
    """The linear layer by which the MLP of each block writes to the residual stream; under an
    adapter the one that carries it.

    Raises:
        EditError: a block has none or several, or they are quantized.
    """
    found = [model.module.get_submodule(name) for name in mlp_outputs(model)]
    return [getattr(layer, "base_layer", layer) for layer in found]


def chosen(model: WeightedModel, layers: Sequence[int]) -> list[int]:
    """``layers`` in order, once each, after a look whether ``model`` has them.

    Raises:
        EditError: it has not.
    """
    count = len(mlp_outputs(model))
    for layer in layers:
        if layer >= count:
            raise EditError(
                f"'{model.name}' has no layer {layer} to edit: it has {count}, counted from 0"
            )
    return sorted(set(layers))


@contextmanager
def recorded(
    inputs: Sequence[Any] = (), outputs: Sequence[Any] = ()
) -> Iterator[tuple[dict[int, torch.Tensor], dict[int, torch.Tensor]]]:
    """What the modules ``inputs`` read and ``outputs`` wrote last: by their number in the
    sequence, [rows, tokens, width]."""
    read: dict[int, torch.Tensor] = {}
    wrote: dict[int, torch.Tensor] = {}

    def reads(number: int) -> Callable[[Any, Any, Any], None]:
        return lambda module, given, output: read.__setitem__(number, given[0].detach())

    def writes(number: int) -> Callable[[Any, Any, Any], None]:
        return lambda module, given, output: wrote.__setitem__(number, _tensor(output).detach())

    with ExitStack() as hooks:
        for number, module in enumerate(inputs):
            hooks.callback(module.register_forward_hook(reads(number)).remove)
        for number, module in enumerate(outputs):
            hooks.callback(module.register_forward_hook(writes(number)).remove)
        yield read, wrote


@contextmanager
def written(module: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """Let ``module`` write ``change(output)`` where it would write ``output``,
    [rows, tokens, width]."""

    def replace(module: Any, given: Any, output: Any) -> Any:
        changed = change(_tensor(output))
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    handle = module.register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()


class _Enough(Exception):
    """What was asked for has been computed."""


@contextmanager
def ending_after(module: Any) -> Iterator[None]:
    """End the block once ``module`` has written, so that nothing after it is computed. Hooks
    registered on it earlier come first."""

    def end(module: Any, given: Any, output: Any) -> None:
        raise _Enough

    handle = module.register_forward_hook(end)
    try:
        yield
    except _Enough:
        pass
    finally:
        handle.remove()


def _tensor(output: Any) -> Any:
    """A decoder's block writes the hidden states alone, or first of several things."""
    return output[0] if isinstance(output, tuple) else output
