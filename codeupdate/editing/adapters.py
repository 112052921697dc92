"""Adapters of peft beside the weights, added and taken off one by one.

An edit on top of another by the same method continues its adapter: a copy of it takes its
place and trains on. However many updates are taught one after another, the model has one
adapter to compute, and leaving an edit puts the adapter before it back.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codeupdate.editing.editor import earlier
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["Adapter", "adapter", "attached", "to_continue"]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in force: its name within the model, what trains, and the model around it."""

    name: str
    parameters: list[torch.nn.Parameter]
    wrapped: Any  # the PeftModel
    settings: Mapping[str, Any]  # of peft, as they were asked for
    below: tuple[str, ...]  # names of the adapters in force before it
    continues: bool  # it began as a copy of the last of these, and is in its place

    def save(self, path: Path) -> None:
        """Write a folder that peft and vLLM load; other adapters that are in force below this
        one are in folders of theirs, ``edit1`` and so on, this one in the last."""
        names = [*(self.below[:-1] if self.continues else self.below), self.name]
        with tempfile.TemporaryDirectory() as draft:
            for number, name in enumerate(names):
                self.wrapped.save_pretrained(draft, selected_adapters=[name])
                written = Path(draft) if name == "default" else Path(draft, name)
                place = path / f"edit{number}" if number else path
                place.mkdir(parents=True, exist_ok=True)
                for file in written.glob("adapter_*"):
                    shutil.move(file, place / file.name)

    @contextmanager
    def off(self) -> Iterator[None]:
        """The model before this adapter, with those that lie below it."""
        layers = list(_layers(self.wrapped).values())
        active = [layer._active_adapter for layer in layers]
        try:
            for layer in layers:
                layer._active_adapter = list(self.below)
            yield
        finally:
            for layer, names in zip(layers, active, strict=True):
                layer._active_adapter = names


def to_continue(model: WeightedModel, config: Any) -> Adapter | None:
    """The adapter that the last edit of ``model`` carries, where it was made with ``config``."""
    last = next(iter(earlier(model)), None)
    carried = last.carry if last else None
    same = isinstance(carried, Adapter) and carried.settings == config.to_dict()
    return carried if same else None  # type: ignore[return-value]


@contextmanager
def adapter(
    module: Any, config: Any, seed: int, before: Adapter | None = None
) -> Iterator[Adapter]:
    """Add an adapter beside those that are there, drawn from ``seed``; take it off on leaving.

    ``config`` is one of peft. With ``before``, the last adapter that was added, the new one is
    a copy of it and takes its place. peft's own ``unload`` takes all adapters off at once;
    nested edits need the last one off.
    """
    import torch
    from peft import PeftModel

    below, wrapped_before = _active(module), set(_layers(module))
    settings = config.to_dict()
    name = f"edit{len(getattr(module, 'peft_config', ()))}" if below else "default"
    for trained in getattr(module, "peft_config", {}).values():
        trained.inference_mode = True  # AdaLoRA wants one adapter that trains, and no more
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():
            torch.manual_seed(seed)
            warnings.filterwarnings("ignore", "Already found a `peft_config`")  # on purpose
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`")  # between the two
            wrapped = PeftModel(module, config, adapter_name=name)
        active = [*below[:-1], name] if before else [*below, name]
        for layer in _layers(module).values():
            layer._active_adapter = list(active)  # set_adapter() would make them all train
        added = _parameters(module, name)
        if before:
            with torch.no_grad():
                former = _parameters(module, before.name)
                for parameter, source in zip(added, former, strict=True):
                    parameter.copy_(source)
        yield Adapter(name, added, wrapped, settings, tuple(below), before is not None)
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


def _parameters(module: Any, name: str) -> list[Any]:
    """Those of the adapter ``name``, in the order of the layers."""
    return [
        parameter
        for parameter_name, parameter in module.named_parameters()
        if f".{name}." in f"{parameter_name}."
    ]


def _layers(module: Any) -> dict[str, Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    return {name: part for name, part in module.named_modules() if isinstance(part, BaseTunerLayer)}


def _active(module: Any) -> list[str]:
    layers = list(_layers(module).values())
    return list(layers[0].active_adapters) if layers else []
