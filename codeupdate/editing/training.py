"""The training loop that tuning methods share: rows in, a lower loss on them out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.errors import EditError
from codeupdate.models.context import context_of
from codeupdate.models.continuing import continuation_ids
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Message, Prompt, Update

if TYPE_CHECKING:
    import torch

__all__ = [
    "IGNORED",
    "Learn",
    "Tokens",
    "TrainingSettings",
    "completion_logits",
    "lessons",
    "likelihood",
    "tokenized",
    "train",
    "training_steps",
]

Learn = Literal["examples", "documentation", "both"]
Optimizer = Literal["adamw", "lion", "frugal"]
IGNORED = -100  # a label that has no loss
POOL = 8  # batches whose rows are sorted by length together


class TrainingSettings(BaseModel):
    """What every method that trains can be told. Training ends after ``epochs`` or
    ``max_steps``, whichever comes first; ``decay`` lets the rate fall linearly to 0 from half
    of the steps on. ``optimizer``: see :mod:`codeupdate.editing.optimizers`; Lion wants a rate
    3 to 10 times smaller than AdamW's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learn: Learn = "examples"
    examples: int | None = Field(None, ge=1)  # at most so many an update; None: all
    replay: int = Field(0, ge=0)  # so many examples of what must not change
    optimizer: Optimizer = "adamw"
    frugal_density: float = Field(0.25, ge=0, le=1)  # share of columns that AdamW updates
    frugal_gap: int = Field(200, ge=1)  # steps until other columns are chosen
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    decay: bool = False
    epochs: int = Field(10, ge=1)
    max_steps: int | None = Field(None, ge=1)
    batch_size: int = Field(1, ge=1)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """One example as token ids, the first ``prompt`` of which are given and not learned."""

    ids: tuple[int, ...]
    prompt: int

    def __len__(self) -> int:
        return len(self.ids)


Row = TypeVar("Row", bound=Sized)


def lessons(
    updates: Sequence[Update], replay: Sequence[Example], settings: TrainingSettings
) -> list[Example]:
    """What there is to learn: of each of ``updates`` its documentation as plain text, its
    examples, or both; then examples of what must not change.

    Raises:
        EditError: an update has no examples and they are to be learned.
    """
    found: list[Example] = []
    for update in updates:
        if settings.learn != "examples":
            text = f"{update.summary}\n{update.signature_after}\n{update.documentation}\n"
            found.append(Example("", text))
        if settings.learn != "documentation":
            if not update.examples:
                raise EditError(
                    f"the update '{update.id}' has no examples to train on; "
                    "use --set learn=documentation"
                )
            found += update.examples[: settings.examples]
    return [*found, *replay[: settings.replay]]


def tokenized(model: WeightedModel, examples: Sequence[Example]) -> list[Tokens]:
    """``examples`` as the model reads them; one without a prompt is learned from its start.

    Prompt and completion are encoded apart and joined as ids: the tokens of a joined
    string may straddle the seam, which breaks indentation (EasyEdit issue 328). A completion is
    encoded as what it is, text behind other text.

    Raises:
        EditError: an example does not fit into the model's context.
    """
    tokenizer, rows = model.tokenizer, []
    for example in examples:
        prompt: list[int] = []
        if example.prompt:
            prompt = model.encode(Prompt(example.prompt, (Message("user", example.prompt),)))
            answer = continuation_ids(tokenizer, example.completion)
        else:
            answer = tokenizer(example.completion)["input_ids"]
        rows.append(Tokens((*prompt, *answer, tokenizer.eos_token_id), len(prompt)))
    longest = max(map(len, rows), default=0)
    context = context_of(model.module)
    if longest > context:
        raise EditError(
            f"a training example of {longest} tokens exceeds the context of '{model.name}' "
            f"({context}); shorten the update's examples or documentation"
        )
    return rows


def likelihood(module: Any) -> Callable[[Sequence[Tokens]], torch.Tensor]:
    """The objective of plain fine-tuning: cross-entropy a completion token."""

    def loss(batch: Sequence[Tokens]) -> torch.Tensor:
        import torch

        return torch.nn.functional.cross_entropy(*completion_logits(module, batch))

    return loss


def completion_logits(module: Any, batch: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits in float32, [tokens, vocabulary], for the completion tokens of ``batch``, row after
    row, and what they should have predicted, [tokens].

    Padding is on the right, where causal attention does not look. The output layer, which is
    most of the memory of a large vocabulary, is given the positions of these tokens alone.
    """
    import torch

    width = max(map(len, batch))
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    for number, row in enumerate(batch):
        ids[number, : len(row)] = torch.tensor(row.ids)
    learned = [
        (number, at)
        for number, row in enumerate(batch)
        for at in range(max(row.prompt, 1), len(row))
    ]
    places = torch.tensor([number * width + at - 1 for number, at in learned]).to(module.device)
    labels = torch.tensor([batch[number].ids[at] for number, at in learned]).to(module.device)

    def only_there(layer: Any, given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (given[0].flatten(0, 1).index_select(0, places), *given[1:])

    with module.get_output_embeddings().register_forward_pre_hook(only_there):
        logits = module(input_ids=ids.to(module.device), use_cache=False).logits
    return logits.float(), labels


def train(
    module: Any,
    parameters: Sequence[torch.nn.Parameter],
    rows: Sequence[Row],
    objective: Callable[[Sequence[Row]], torch.Tensor],
    settings: TrainingSettings,
    after_step: Callable[[int], None] | None = None,
    constrain: Callable[[Sequence[torch.Tensor]], None] | None = None,
) -> int:
    """Minimize ``objective`` over batches of ``rows``, changing ``parameters`` and nothing
    else; how many tokens it saw.

    Parameters in less than float32 are trained as copies in float32, because most steps are
    smaller than their precision, and rounded after each step. ``constrain`` may change the
    values in float32 in place before that. ``after_step`` is called with the number of each
    step, from 0, while the gradients are there.

    Deterministic for ``settings.seed``: the order of rows and dropout follow it.
    """
    import torch

    from codeupdate.editing.optimizers import optimizer_for

    steps = training_steps(len(rows), settings)
    _only(module, parameters)
    precise = [p if p.dtype.itemsize >= 4 else p.detach().float() for p in parameters]
    optimizer = optimizer_for(precise, settings)
    training, seen = module.training, 0
    module.train()
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(settings.seed)
        for step, batch in enumerate(_batches(rows, steps, settings)):
            if settings.decay:
                left = min(1.0, 2 * (1 - step / steps))
                optimizer.param_groups[0]["lr"] = settings.learning_rate * left
            objective(batch).backward()
            _step(optimizer, parameters, precise, constrain)
            if after_step is not None:
                after_step(step)
            for parameter in parameters:
                parameter.grad = None
            seen += sum(map(len, batch))
    module.train(training)
    return seen


def training_steps(rows: int, settings: TrainingSettings) -> int:
    """How many steps :func:`train` takes over so many rows."""
    whole = settings.epochs * -(-rows // settings.batch_size)
    return whole if settings.max_steps is None else min(whole, settings.max_steps)


def _step(
    optimizer: torch.optim.Optimizer,
    parameters: Sequence[torch.nn.Parameter],
    precise: Sequence[torch.Tensor],
    constrain: Callable[[Sequence[torch.Tensor]], None] | None,
) -> None:
    import torch

    copies = [(p, copy) for p, copy in zip(parameters, precise, strict=True) if copy is not p]
    for parameter, copy in copies:
        copy.grad = None if parameter.grad is None else parameter.grad.float()
    optimizer.step()
    with torch.no_grad():
        if constrain is not None:
            constrain(precise)
        for parameter, copy in copies:
            parameter.copy_(copy)


def _only(module: Any, parameters: Sequence[torch.nn.Parameter]) -> None:
    """Let ``parameters`` have gradients, and no others; leaving the edit restores the flags."""
    chosen = {id(parameter) for parameter in parameters}
    for parameter in module.parameters():
        parameter.requires_grad_(id(parameter) in chosen)


def _batches(rows: Sequence[Row], steps: int, settings: TrainingSettings) -> Iterator[list[Row]]:
    """Exactly ``steps`` batches; every epoch goes through all rows in an order of its own.

    Rows of similar length share a batch, as far as chance brings them near each other: of
    what is padded on the embedded model's examples, a third of all tokens, a tenth is left.
    """
    order = random.Random(settings.seed)
    size, done = settings.batch_size, 0
    while done < steps:
        shuffled = order.sample(list(rows), len(rows))
        for start in range(0, len(rows), POOL * size):
            pool = sorted(shuffled[start : start + POOL * size], key=len)
            batches = [pool[at : at + size] for at in range(0, len(pool), size)]
            order.shuffle(batches)
            yield from batches[: steps - done]
            done += len(batches)
