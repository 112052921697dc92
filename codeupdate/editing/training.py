"""The training loop that tuning methods share: rows in, a lower loss on them out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Message, Prompt, Update

if TYPE_CHECKING:
    import torch

__all__ = ["Learn", "Tokens", "TrainingSettings", "lessons", "likelihood", "tokenized", "train"]

Learn = Literal["examples", "documentation", "both"]
IGNORED = -100  # a label that has no loss


class TrainingSettings(BaseModel):
    """What every method that trains can be told. Training ends after ``epochs`` or
    ``max_steps``, whichever comes first; ``decay`` lets the rate fall linearly to 0 from half
    of the steps on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learn: Learn = "examples"
    examples: int | None = Field(None, ge=1)  # at most so many an update; None: all
    replay: int = Field(0, ge=0)  # so many examples of what must not change
    learning_rate: float = Field(1e-3, gt=0)
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
    string may straddle the seam, which breaks indentation (EasyEdit issue 328).

    Raises:
        EditError: an example does not fit into the model's context.
    """
    tokenizer, rows = model.tokenizer, []
    for example in examples:
        prompt: list[int] = []
        if example.prompt:
            prompt = model.encode(Prompt(example.prompt, (Message("user", example.prompt),)))
        answer = tokenizer(example.completion, add_special_tokens=not prompt)["input_ids"]
        rows.append(Tokens((*prompt, *answer, tokenizer.eos_token_id), len(prompt)))
    longest = max(map(len, rows), default=0)
    context = getattr(model.module.config, "max_position_embeddings", longest)
    if longest > context:
        raise EditError(
            f"a training example of {longest} tokens exceeds the context of '{model.name}' "
            f"({context}); shorten the update's examples or documentation"
        )
    return rows


def likelihood(module: Any) -> Callable[[Sequence[Tokens]], torch.Tensor]:
    """The objective of plain fine-tuning: cross-entropy a completion token.

    Padding is on the right, where causal attention does not look; logits are computed only
    where there is a loss to take.
    """

    def loss(batch: Sequence[Tokens]) -> torch.Tensor:
        import torch

        width = max(map(len, batch))
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        labels = torch.full((len(batch), width), IGNORED)
        for number, row in enumerate(batch):
            ids[number, : len(row)] = torch.tensor(row.ids)
            labels[number, row.prompt : len(row)] = torch.tensor(row.ids[row.prompt :])
        first = min(max(row.prompt - 1, 0) for row in batch)
        logits = module(
            input_ids=ids.to(module.device), use_cache=False, logits_to_keep=width - first
        ).logits
        return torch.nn.functional.cross_entropy(
            logits[:, :-1].reshape(-1, logits.shape[-1]).float(),
            labels[:, first + 1 :].reshape(-1).to(module.device),
            ignore_index=IGNORED,
        )

    return loss


def train(
    module: Any,
    parameters: Sequence[torch.nn.Parameter],
    rows: Sequence[Row],
    objective: Callable[[Sequence[Row]], torch.Tensor],
    settings: TrainingSettings,
    after_step: Callable[[int], None] | None = None,
) -> int:
    """Minimize ``objective`` over batches of ``rows``, changing ``parameters`` and nothing
    else; how many tokens it saw. ``after_step`` is called with the number of each step, from 0.

    Deterministic for ``settings.seed``: the order of rows and dropout follow it.
    """
    import torch

    steps = _steps(len(rows), settings)
    _only(module, parameters)
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=0.0)
    training, seen = module.training, 0
    module.train()
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(settings.seed)
        for step, batch in enumerate(_batches(rows, steps, settings)):
            if settings.decay:
                left = min(1.0, 2 * (1 - step / steps))
                optimizer.param_groups[0]["lr"] = settings.learning_rate * left
            objective(batch).backward()
            optimizer.step()
            if after_step is not None:
                after_step(step)
            optimizer.zero_grad(set_to_none=True)
            seen += sum(map(len, batch))
    module.train(training)
    return seen


def _only(module: Any, parameters: Sequence[torch.nn.Parameter]) -> None:
    """Let ``parameters`` have gradients, and no others; leaving the edit restores the flags."""
    chosen = {id(parameter) for parameter in parameters}
    for parameter in module.parameters():
        parameter.requires_grad_(id(parameter) in chosen)


def _steps(rows: int, settings: TrainingSettings) -> int:
    whole = settings.epochs * -(-rows // settings.batch_size)
    return whole if settings.max_steps is None else min(whole, settings.max_steps)


def _batches(rows: Sequence[Row], steps: int, settings: TrainingSettings) -> Iterator[list[Row]]:
    """Exactly ``steps`` batches; every epoch goes through all rows in an order of its own."""
    order = random.Random(settings.seed)
    done = 0
    while True:
        shuffled = order.sample(range(len(rows)), len(rows))
        for start in range(0, len(rows), settings.batch_size):
            if done == steps:
                return
            yield [rows[i] for i in shuffled[start : start + settings.batch_size]]
            done += 1
