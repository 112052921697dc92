"""Adapters of peft beside the weights, added and taken off one by one.

An edit on top of another by the same method continues its adapter: a copy of it takes its
place and trains on. A method that wants a new adapter for each edit folds the one before into
the weights. Either way the model has one adapter to compute, however many updates are taught
one after another, and leaving an edit puts back what was before it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codeupdate.editing.change import Change
from codeupdate.editing.editor import earlier
from codeupdate.editing.interrupts import uninterrupted
from codeupdate.editing.projections import Which, linear_projections
from codeupdate.editing.snapshots import restored
from codeupdate.errors import MissingExtra
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = [
    "Adapter",
    "Fold",
    "adapter",
    "attached",
    "configuration",
    "continued",
    "folded",
    "last_adapter",
    "saved_files",
]

#: What a configuration of peft says of one training, and not of the adapter that trains.
SCHEDULE = frozenset({"total_step", "tinit", "tfinal"})
#: Where a saved edit says which of its adapters the weights carried: how many of them, from the
#: first on, they carried as one rounded sum, how many of the following as the next, and so on.
IN_WEIGHTS = "in_weights.json"


def configuration(
    model: WeightedModel, editor: str, targets: Which, kind: str = "LoraConfig", **options: object
) -> Any:
    """The configuration of peft for an adapter at the projections ``targets`` of ``model``.

    Raises:
        MissingExtra: peft is not installed.
        EditError: the model has no such projections that could be found.
    """
    try:
        import peft
    except ImportError as error:
        raise MissingExtra(f"the editor '{editor}'", "peft", "training") from error
    names = linear_projections(model, targets)
    return getattr(peft, kind)(task_type="CAUSAL_LM", target_modules=names, **options)


#: Names of adapters, by the sums of their products that the weights carry, each rounded once.
Sums = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in force: its name within the model, what trains, and the model around it."""

    name: str
    parameters: list[torch.nn.Parameter]
    wrapped: Any  # the PeftModel
    settings: Mapping[str, Any]  # of peft, as they were asked for, without the schedule
    below: tuple[str, ...]  # names of the adapters in force before it
    continues: bool  # it began as a copy of the last of these, and is in its place
    in_weights: Sums  # of those that the weights carry
    fold: Fold | None  # what they carry of the adapters right below it

    @property
    def numbers(self) -> int:
        """Of how many numbers it consists, whether they trained or not. Beside them AdaLoRA
        keeps one for each matrix, its rank."""
        named = _named_parameters(self.wrapped, self.name)
        return sum(parameter.numel() for name, parameter in named if ".lora_" in name)

    def made_with(self, config: Any) -> bool:
        """Whether it was made with ``config``, for a training of whatever length."""
        return self.settings == _of_adapter(config)

    def change(self, tokens: int) -> Change:
        """The edit that consists in this adapter."""
        return Change(self.numbers, tokens, save=self.save, carry=self)

    def save(self, path: Path) -> None:
        """Write a folder that peft and vLLM load; other adapters that are in force below this
        one are in folders of theirs, ``edit1`` and so on, this one in the last. An edit that
        was saved there before is replaced, and other files stay."""
        beside = self.below[:-1] if self.continues else self.below
        names = [*(name for names in self.in_weights for name in names), *beside, self.name]
        _clear(path)
        with tempfile.TemporaryDirectory() as draft:
            for number, name in enumerate(names):
                self.wrapped.save_pretrained(draft, selected_adapters=[name])
                written = Path(draft) if name == "default" else Path(draft, name)
                place = path / f"edit{number}" if number else path
                place.mkdir(parents=True, exist_ok=True)
                for file in written.glob("adapter_*"):
                    shutil.move(file, place / file.name)
        if self.in_weights:
            sizes = json.dumps([len(names) for names in self.in_weights])
            (path / IN_WEIGHTS).write_text(f"{sizes}\n", encoding="utf-8")

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


def last_adapter(model: WeightedModel, config: Any) -> Adapter | None:
    """The adapter that the last edit of ``model`` carries, where it was made with ``config``,
    for a training of whatever length. An edit of the prompt is none of the model."""
    edits = (change for change in earlier(model) if change.parameters)
    last = next(edits, None)
    carried = last.carry if last else None
    same = isinstance(carried, Adapter) and carried.made_with(config)
    return carried if same else None  # type: ignore[return-value]


def continued(model: WeightedModel, config: Any, seed: int) -> AbstractContextManager[Adapter]:
    """The adapter of an edit: the one of the edit before, which trains on, where that was made
    with ``config``; else a new one, drawn from ``seed``."""
    return adapter(model.module, config, seed, last_adapter(model, config))


@contextmanager
def adapter(
    module: Any,
    config: Any,
    seed: int,
    before: Adapter | None = None,
    fold: Fold | None = None,
) -> Iterator[Adapter]:
    """Add an adapter beside those that are there, drawn from ``seed``; take it off on leaving.

    ``config`` is one of peft. With ``before``, the last adapter that was added, the new one is
    a copy of it and takes its place. ``fold`` is what :func:`folded` yielded, if it is added
    within that. peft's own ``unload`` takes all adapters off at once; nested edits need the
    last one off.
    """
    import torch
    from peft import PeftModel

    below, wrapped_before = _active(module), set(_layers(module))
    others = len(getattr(module, "peft_config", ()))
    settings = _of_adapter(config)
    name = f"edit{others}" if others else "default"
    for trained in getattr(module, "peft_config", {}).values():
        trained.inference_mode = True  # AdaLoRA wants one adapter that trains, and no more
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():
            torch.manual_seed(seed)
            warnings.filterwarnings("ignore", "Already found a `peft_config`")  # on purpose
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`")  # between the two
            wrapped = PeftModel(module, config, adapter_name=name)
        # set_adapter() would make them all train
        _activate(module, [*(below[:-1] if before else below), name])
        added = _parameters(module, name)
        if before:
            with torch.no_grad():
                former = _parameters(module, before.name)
                for parameter, source in zip(added, former, strict=True):
                    parameter.copy_(source)
        yield Adapter(
            name=name,
            parameters=added,
            wrapped=wrapped,
            settings=settings,
            below=tuple(below),
            continues=before is not None,
            in_weights=_in_weights(module),
            fold=fold,
        )
    finally:
        for layer_name, layer in _layers(module).items():
            if layer_name in wrapped_before:
                layer.delete_adapter(name)
                layer._active_adapter = list(below)
            else:  # those below may be at other layers
                parent, _, child = layer_name.rpartition(".")
                setattr(module.get_submodule(parent), child, layer.get_base_layer())
        if others:
            module.peft_config.pop(name, None)
        elif hasattr(module, "peft_config"):
            del module.peft_config


@dataclass(frozen=True, slots=True)
class Fold:
    """Adapters whose products the weights of ``layers`` carry, the lowest first."""

    names: tuple[str, ...]
    layers: Sequence[Any]  # of peft
    put_back: Callable[[], None]  # makes the weights what they are without any of them

    def write(self) -> None:
        """Write the products into the weights: their sum, rounded once."""
        import torch

        self.put_back()
        with torch.no_grad():
            for layer in self.layers:
                weight, total = layer.get_base_layer().weight, 0.0
                for name in self.names:
                    total = total + layer.get_delta_weight(name).float()
                weight.copy_(weight.float() + total)

    def write_again(self) -> None:
        """The same when a later edit ends; a Ctrl-C waits for that."""
        with uninterrupted():
            self.write()


@contextmanager
def folded(module: Any, last: Adapter | None) -> Iterator[Fold | None]:
    """Let the weights carry ``last``, the adapter that was added last, if there is one, beside
    what they carry of those right below it: then it costs nothing to compute. On leaving it is
    beside them again, and they are what they were, bit for bit.

    The bits of the weights are kept once for all adapters that are folded one on the other. In
    less than float32 the weights round the sum; the adapters themselves stay as they are.
    """
    if last is None:
        yield None
        return
    active, in_weights, before = _active(module), _in_weights(module), last.fold
    layers = [layer for layer in _layers(module).values() if last.name in layer.lora_A]
    with ExitStack() as stack:
        if before is None:
            weights = [layer.get_base_layer().weight for layer in layers]
            fold = Fold((last.name,), layers, stack.enter_context(restored(weights)))
            sums = in_weights
        else:
            stack.callback(before.write_again)
            fold = Fold((*before.names, last.name), before.layers, before.put_back)
            sums = in_weights[:-1]
        try:
            fold.write()
            _activate(module, [name for name in active if name != last.name])
            module.adapters_in_weights = (*sums, fold.names)
            yield fold
        finally:
            module.adapters_in_weights = in_weights
            if not in_weights:
                del module.adapters_in_weights
            _activate(module, active)


@contextmanager
def attached(module: Any, folder: Path) -> Iterator[list[Adapter]]:
    """Put the adapters that :meth:`Adapter.save` wrote into ``folder`` beside the weights, the
    lowest first, and those into them that they carried; take them off on leaving."""
    places, found = _places(folder), list[Adapter]()
    with ExitStack() as stack:
        for size in _sums_saved(folder):
            fold = None
            for place in places[len(found) : len(found) + size]:
                found.append(stack.enter_context(_read(module, place, fold)))
                fold = stack.enter_context(folded(module, found[-1]))
        for place in places[len(found) :]:
            found.append(stack.enter_context(_read(module, place)))
        module.train(module.training)  # what was added came with its dropout switched on
        yield found


@contextmanager
def _read(module: Any, place: Path, fold: Fold | None = None) -> Iterator[Adapter]:
    """The adapter in the folder ``place`` beside the weights."""
    from peft import PeftConfig, load_peft_weights, set_peft_model_state_dict

    config = PeftConfig.from_pretrained(str(place))
    with adapter(module, config, seed=0, fold=fold) as one:
        weights = load_peft_weights(str(place), device=str(module.device))
        set_peft_model_state_dict(one.wrapped, weights, adapter_name=one.name)
        # Where it cuts ranks (AdaLoRA's) peft makes them anew, in the precision of the model.
        for name, parameter in one.wrapped.named_parameters():
            saved = weights.get(name.replace(f".{one.name}", ""))
            if saved is not None and parameter.dtype != saved.dtype:
                parameter.data = saved.to(parameter.device)
        yield one


def saved_files(folder: Path) -> list[Path]:
    """What :meth:`Adapter.save` wrote into ``folder``, if anything."""
    files = [file for place in _places(folder) for file in sorted(place.glob("adapter_*"))]
    return [*files, *folder.glob(IN_WEIGHTS)]


def _places(folder: Path) -> list[Path]:
    """The folders of the adapters that are saved in ``folder``, the lowest first. Others may lie
    there too, such as what a trainer keeps of its steps."""
    places = [folder]
    while (above := folder / f"edit{len(places)}").joinpath("adapter_config.json").is_file():
        places.append(above)
    return places


def _sums_saved(folder: Path) -> list[int]:
    file = folder / IN_WEIGHTS
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


def _clear(folder: Path) -> None:
    """Take away the adapters that are saved in ``folder``, and nothing else."""
    above = _places(folder)[1:]
    for file in saved_files(folder):
        file.unlink()
    for place in above:
        if not any(place.iterdir()):
            place.rmdir()


def _of_adapter(config: Any) -> dict[str, Any]:
    """What ``config`` says of the adapter itself."""
    return {key: value for key, value in config.to_dict().items() if key not in SCHEDULE}


def _parameters(module: Any, name: str) -> list[Any]:
    """Those of the adapter ``name``, in the order of the layers."""
    return [parameter for _, parameter in _named_parameters(module, name)]


def _named_parameters(module: Any, name: str) -> list[tuple[str, Any]]:
    return [
        (parameter_name, parameter)
        for parameter_name, parameter in module.named_parameters()
        if f".{name}." in f"{parameter_name}."
    ]


def _layers(module: Any) -> dict[str, Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    return {name: part for name, part in module.named_modules() if isinstance(part, BaseTunerLayer)}


def _active(module: Any) -> list[str]:
    layers = list(_layers(module).values())
    return list(layers[0].active_adapters) if layers else []


def _activate(module: Any, names: Sequence[str]) -> None:
    for layer in _layers(module).values():
        layer._active_adapter = list(names)


def _in_weights(module: Any) -> Sums:
    """Names of the adapters that are folded, of whatever edits."""
    return getattr(module, "adapters_in_weights", ())
