"""The training loop that tuning methods share: examples in, a lower loss on them out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Message, Prompt, Update

if TYPE_CHECKING:
    import torch

__all__ = ["Learn", "Schedule", "lessons", "train"]

Learn = Literal["examples", "documentation", "both"]
IGNORED = -100  # a label that has no loss


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast. Training ends after ``epochs`` or ``max_steps``, whichever
    comes first; ``decay`` lets the rate fall linearly to 0 from half of the steps on."""

    learning_rate: float
    epochs: int
    max_steps: int | None
    batch_size: int
    decay: bool
    seed: int


def lessons(updates: Sequence[Update], learn: Learn, limit: int | None = None) -> list[Example]:
    """What ``updates`` have to teach: their documentation as plain text, their examples
    (at most ``limit`` an update), or both.

    Raises:
        EditError: an update has no examples and they are to be learned.
    """
    found: list[Example] = []
    for update in updates:
        if learn != "examples":
            text = f"{update.summary}\n{update.signature_after}\n{update.documentation}\n"
            found.append(Example("", text))
        if learn != "documentation":
            if not update.examples:
                raise EditError(
                    f"the update '{update.id}' has no examples to train on; "
                    "use --set learn=documentation"
                )
            found += update.examples[:limit]
    return found


def train(
    model: WeightedModel,
    parameters: Sequence[torch.nn.Parameter],
    examples: Sequence[Example],
    schedule: Schedule,
) -> int:
    """Minimize the loss on the completions of ``examples`` with AdamW; how many tokens it saw.

    Deterministic for ``schedule.seed``: the order of examples and dropout follow it.

    Raises:
        EditError: an example does not fit into the model's context.
    """
    import torch

    rows = [_tokens(model, example) for example in examples]
    longest = max(len(ids) for ids, _ in rows)
    context = getattr(model.module.config, "max_position_embeddings", longest)
    if longest > context:
        raise EditError(
            f"a training example of {longest} tokens exceeds the context of '{model.name}' "
            f"({context}); shorten the update's examples or documentation"
        )
    steps = _steps(len(rows), schedule)
    optimizer = torch.optim.AdamW(parameters, lr=schedule.learning_rate, weight_decay=0.0)
    module, seen = model.module, 0
    module.train()
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(schedule.seed)
        for step, batch in enumerate(_batches(rows, steps, schedule)):
            if schedule.decay:
                left = min(1.0, 2 * (1 - step / steps))
                optimizer.param_groups[0]["lr"] = schedule.learning_rate * left
            _loss(module, batch).backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            seen += sum(len(ids) for ids, _ in batch)
    module.eval()
    return seen


def _tokens(model: WeightedModel, example: Example) -> tuple[list[int], int]:
    """Token ids and how many of them are the prompt.

    Prompt and completion are encoded apart and joined as ids: the tokens of a joined
    string may straddle the seam, which breaks indentation (EasyEdit issue 328).
    """
    tokenizer = model.tokenizer
    if not example.prompt:
        return [*tokenizer(example.completion)["input_ids"], tokenizer.eos_token_id], 0
    prompt = model.encode(Prompt(example.prompt, (Message("user", example.prompt),)))
    completion = tokenizer(example.completion, add_special_tokens=False)["input_ids"]
    return [*prompt, *completion, tokenizer.eos_token_id], len(prompt)


def _steps(rows: int, schedule: Schedule) -> int:
    whole = schedule.epochs * -(-rows // schedule.batch_size)
    return whole if schedule.max_steps is None else min(whole, schedule.max_steps)


def _batches(
    rows: Sequence[tuple[list[int], int]], steps: int, schedule: Schedule
) -> Iterator[list[tuple[list[int], int]]]:
    """Exactly ``steps`` batches; every epoch goes through all rows in an order of its own."""
    order = random.Random(schedule.seed)
    done = 0
    while True:
        shuffled = order.sample(range(len(rows)), len(rows))
        for start in range(0, len(rows), schedule.batch_size):
            if done == steps:
                return
            yield [rows[i] for i in shuffled[start : start + schedule.batch_size]]
            done += 1


def _loss(module: Any, batch: Sequence[tuple[list[int], int]]) -> torch.Tensor:
    """Cross-entropy a completion token. Padding is on the right, where causal attention
    does not look; logits are computed only where there is a loss to take."""
    import torch

    device = module.device
    width = max(len(ids) for ids, _ in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    labels = torch.full((len(batch), width), IGNORED)
    for row, (tokens, prompt) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, prompt : len(tokens)] = torch.tensor(tokens[prompt:])
    first = min(max(prompt - 1, 0) for _, prompt in batch)
    logits = module(input_ids=ids.to(device), use_cache=False, logits_to_keep=width - first).logits
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]).float(),
        labels[:, first + 1 :].reshape(-1).to(device),
        ignore_index=IGNORED,
    )
