"""Dynamic ConPET: an adapter for each update, trained apart, and a selector that finds the
ones that a prompt needs (Song et al. 2023, arXiv 2309.14763).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from codeupdate.editing import Change, earlier
from codeupdate.editing.low_rank import Delta, Deltas, LowRankSettings, learned_apart
from codeupdate.editing.projections import linear_projections
from codeupdate.editing.routing import Choose, Router, features, routed
from codeupdate.editing.storage import read_tensors, write_tensors
from codeupdate.editing.training import lessons, tokenized
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(LowRankSettings):
    """A prompt gets its ``top_k`` best adapters. The selector is trained on ``kept`` prompts
    of each update, and as many as are replayed for those that need no adapter."""

    top_k: int = Field(1, ge=1)
    kept: int = Field(50, ge=1)
    penalty: float = Field(1e-2, ge=0)  # of the selector


@dataclass(frozen=True, slots=True)
class Experts:
    """An adapter for each update so far, and what the selector learned from: the features of
    prompts that need none (prompts, width), and of those of each update."""

    adapters: tuple[Deltas, ...]
    unrelated: torch.Tensor
    prompts: tuple[torch.Tensor, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """The router on the model, and who it routes to."""

    router: Router
    experts: Experts


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    with _router(model, settings) as (router, before):
        known = len(before.adapters) if before else 0
        with router.set((), None):  # every adapter is trained on the model without the others
            unchanged = replay[: settings.replay]
            if before is None:
                before = Experts((), _features(model, unchanged), ())
            learned = [
                learned_apart(model, lessons([u], replay, settings), settings, "conpet-dynamic")
                for u in updates
            ]
            seen = [_features(model, lessons([u], (), settings)[: settings.kept]) for u in updates]
        experts = Experts(
            (*before.adapters, *(deltas for deltas, _ in learned)),
            before.unrelated,
            (*before.prompts, *seen),
        )
        tokens = sum(tokens for _, tokens in learned)
        with _in_force(router, experts, settings, known, tokens) as change:
            yield change


@contextmanager
def attach(model: WeightedModel, folder: Path, settings: Settings) -> Iterator[Change]:
    """Put in force again what an edit saved in ``folder``."""
    tensors = read_tensors(folder, model.module.device)
    names = linear_projections(model, settings.targets)
    with (
        routed(model, names) as router,
        _in_force(router, _experts(tensors), settings, known=0, tokens=0) as change,
    ):
        yield change


@contextmanager
def _in_force(
    router: Router, experts: Experts, settings: Settings, known: int, tokens: int
) -> Iterator[Change]:
    """``experts`` in force, the first ``known`` of which earlier edits have brought."""
    choose, numbers = selector(experts, settings)  # which is another one with each edit
    for deltas in experts.adapters[known:]:
        numbers += sum(d.left.numel() + d.right.numel() for d in deltas.values())
    with router.set(experts.adapters, choose):
        yield Change(
            numbers,
            tokens,
            save=lambda folder: write_tensors(folder, _tensors(experts)),
            carry=InForce(router, experts),
        )


@contextmanager
def _router(model: WeightedModel, settings: Settings) -> Iterator[tuple[Router, Experts | None]]:
    """The router on ``model`` and its experts so far, or a new one.

    Raises:
        EditError: the one in force adds to other projections.
    """
    names = linear_projections(model, settings.targets)
    for change in earlier(model):
        if isinstance(change.carry, InForce):
            if change.carry.router.names != tuple(names):
                raise EditError(
                    f"the adapters in force on '{model.name}' are at other projections than the "
                    f"setting targets={settings.targets} names; use the same targets for all edits"
                )
            yield change.carry.router, change.carry.experts
            return
    with routed(model, names) as router:
        yield router, None


def _features(model: WeightedModel, examples: Sequence[Example]) -> torch.Tensor:
    import torch

    if not examples:
        return torch.zeros(0, model.module.config.hidden_size, device=model.module.device)
    return features(model, tokenized(model, examples))


def selector(experts: Experts, settings: Settings) -> tuple[Choose, int]:
    """Softmax regression from a prompt's features to the update that it needs, or none; and
    how many numbers it has.

    A prompt gets its ``top_k`` likeliest, in proportion; the share of none stays unused.
    """
    import torch

    classes = [experts.unrelated, *experts.prompts]
    seen = torch.cat(classes).double()
    labels = torch.cat([torch.full((len(part),), n) for n, part in enumerate(classes)])
    labels = labels.to(seen.device)
    mean, spread = seen.mean(0), seen.std(0, unbiased=False) + 1e-6
    inputs = (seen - mean) / spread
    weight = torch.zeros(len(classes), seen.shape[1], dtype=seen.dtype, device=seen.device)
    bias = torch.zeros(len(classes), dtype=seen.dtype, device=seen.device)
    if not len(experts.unrelated):
        bias[0] = -torch.inf  # without an example of it, nothing is unrelated
    parameters = [weight.requires_grad_(), bias.requires_grad_()]
    optimizer = torch.optim.LBFGS(parameters, max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(inputs @ weight.T + bias, labels)
        loss = loss + settings.penalty * weight.square().sum() / 2
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)

    def choose(prompts: torch.Tensor) -> torch.Tensor:
        logits = ((prompts.double() - mean) / spread) @ weight.detach().T + bias.detach()
        best = logits.topk(min(settings.top_k, len(classes)), -1)
        shares = torch.zeros_like(logits).scatter(-1, best.indices, best.values.softmax(-1))
        return shares[:, 1:].float()

    return choose, weight.numel() + bias.numel()


def _tensors(experts: Experts) -> dict[str, torch.Tensor]:
    tensors = {"unrelated": experts.unrelated}
    for number, (deltas, prompts) in enumerate(zip(experts.adapters, experts.prompts, strict=True)):
        tensors[f"{number}/prompts"] = prompts
        for name, delta in deltas.items():
            tensors[f"{number}/{name}/left"] = delta.left
            tensors[f"{number}/{name}/right"] = delta.right
    return tensors


def _experts(tensors: dict[str, torch.Tensor]) -> Experts:
    """What :func:`_tensors` took apart.

    Raises:
        EditError: something is missing.
    """
    try:
        count = sum(key.endswith("/prompts") for key in tensors)
        adapters = []
        for number in range(count):
            names = {
                key.split("/")[1]
                for key in tensors
                if key.startswith(f"{number}/") and "left" in key
            }
            adapters.append(
                {
                    name: Delta(tensors[f"{number}/{name}/left"], tensors[f"{number}/{name}/right"])
                    for name in sorted(names)
                }
            )
        prompts = tuple(tensors[f"{number}/prompts"] for number in range(count))
        return Experts(tuple(adapters), tensors["unrelated"], prompts)
    except KeyError as error:
        raise EditError(f"the saved adapters lack {error}; save the edit again") from error
