"""Adapters of peft beside the weights, added and taken off one by one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

__all__ = ["Adapter", "adapter", "attached"]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in force: its name within the model, what trains, and the model around it."""

    name: str
    parameters: list[torch.nn.Parameter]
    wrapped: Any  # the PeftModel

    def save(self, path: Path) -> None:
        """Write a folder that peft and vLLM load, with the adapters below in folders of theirs."""
        self.wrapped.save_pretrained(str(path))

    @contextmanager
    def off(self) -> Iterator[None]:
        """The model before this adapter, with those that lie below it."""
        layers = list(_layers(self.wrapped).values())
        active = [layer._active_adapter for layer in layers]
        try:
            for layer, names in zip(layers, active, strict=True):
                layer._active_adapter = [name for name in names if name != self.name]
            yield
        finally:
            for layer, names in zip(layers, active, strict=True):
                layer._active_adapter = names


@contextmanager
def adapter(module: Any, config: Any, seed: int) -> Iterator[Adapter]:
    """Add an adapter beside those that are there, drawn from ``seed``; take it off on leaving.

    ``config`` is one of peft. peft's own ``unload`` takes all adapters off at once; nested
    edits need the last one off.
    """
    import torch
    from peft import PeftModel

    below, wrapped_before = _active(module), set(_layers(module))
    name = f"edit{len(below)}" if below else "default"  # the one that is saved at the top
    for trained in getattr(module, "peft_config", {}).values():
        trained.inference_mode = True  # AdaLoRA wants one adapter that trains, and no more
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():
            torch.manual_seed(seed)
            warnings.filterwarnings("ignore", "Already found a `peft_config`")  # on purpose
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`")  # between the two
            wrapped = PeftModel(module, config, adapter_name=name)
        for layer in _layers(module).values():
            layer._active_adapter = [*below, name]  # set_adapter() would make them all train
        added = [
            parameter
            for parameter_name, parameter in module.named_parameters()
            if f".{name}." in f"{parameter_name}."
        ]
        yield Adapter(name, added, wrapped)
    finally:
        for layer_name, layer in _layers(module).items():
            if layer_name in wrapped_before:
                layer.delete_adapter(name)
                layer._active_adapter = list(below)
            else:  # those below may be at other layers
                parent, _, child = layer_name.rpartition(".")
                setattr(module.get_submodule(parent), child, layer.get_base_layer())
        if below:
            module.peft_config.pop(name, None)
        elif hasattr(module, "peft_config"):
            del module.peft_config


@contextmanager
def attached(module: Any, folder: Path) -> Iterator[list[Adapter]]:
    """Put the adapters that :meth:`Adapter.save` wrote into ``folder`` beside the weights, the
    lowest first; take them off on leaving."""
    from peft import PeftConfig, load_peft_weights, set_peft_model_state_dict

    above = [path.parent for path in folder.glob("*/adapter_config.json")]
    found: list[Adapter] = []
    with ExitStack() as stack:
        for place in [folder, *sorted(above, key=lambda path: (len(path.name), path.name))]:
            config = PeftConfig.from_pretrained(str(place))
            one = stack.enter_context(adapter(module, config, seed=0))
            weights = load_peft_weights(str(place), device=str(module.device))
            set_peft_model_state_dict(one.wrapped, weights, adapter_name=one.name)
            found.append(one)
        module.train(module.training)  # what was added came with its dropout switched on
        yield found


def _layers(module: Any) -> dict[str, Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    return {name: part for name, part in module.named_modules() if isinstance(part, BaseTunerLayer)}


def _active(module: Any) -> list[str]:
    layers = list(_layers(module).values())
    return list(layers[0].active_adapters) if layers else []
