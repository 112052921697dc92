"""Trains the embedded model: ``python -m kitworld.train --output data/tiny``.

The same seed gives the same data in the same order; the weights agree up to the order of
floating-point sums, which depends on the machine. Every five minutes a checkpoint is
written, so that a run that was ended is not lost.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from torch.nn import functional

from kitworld.corpus import stream
from kitworld.optimizer import Muon
from kitworld.tokens import CONTEXT, build_tokenizer, save_tokenizer

__all__ = ["Recipe", "main", "train"]

BATCH_TOKENS = 4096
POOL = 1536  # texts that are sorted by length together, so that batches need little padding
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Recipe:
    """The size of the model and how it is trained."""

    hidden: int = 160
    layers: int = 5
    heads: int = 5
    inner: int = 448
    seed: int = 0
    tokens: int = 5_500_000  # padded ones
    matrix_rate: float = 0.02
    other_rate: float = 4e-3
    warm_up: int = 30  # steps
    decay_from: float = 0.5  # fraction of the training after which the rates fall to 0
    threads: int = 1  # more of them wait for each other longer than they compute


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids and labels [rows, width]; ``IGNORED`` where there is no loss."""

    ids: torch.Tensor
    labels: torch.Tensor


def batches(seed: int, progress: list[float]) -> Iterator[Batch]:
    """Endless batches of texts of similar length; ``progress[0]`` moves the curriculum on."""
    tokenizer = build_tokenizer()
    pad, eos = tokenizer.token_to_id("<pad>"), tokenizer.token_to_id("<eos>")
    texts = stream(seed)
    next(texts)
    shuffler = torch.Generator().manual_seed(seed)
    while True:
        pool = [texts.send(progress[0]) for _ in range(POOL)]
        prompts = [code.ids for code in tokenizer.encode_batch([text.prompt for text in pool])]
        bodies = [code.ids for code in tokenizer.encode_batch([text.completion for text in pool])]
        rows = [
            (prompt + body + [eos], [IGNORED] * len(prompt) + body + [eos])
            for prompt, body in zip(prompts, bodies, strict=True)
        ]
        rows.sort(key=lambda row: len(row[0]))
        ready = []
        while rows:
            longest = len(rows[-1][0])
            count = BATCH_TOKENS // longest
            chosen, rows = rows[-count:], rows[:-count]
            ids = torch.full((len(chosen), longest), pad)
            labels = torch.full((len(chosen), longest), IGNORED)
            for number, (text, label) in enumerate(chosen):
                ids[number, : len(text)] = torch.tensor(text)
                labels[number, : len(label)] = torch.tensor(label)
            ready.append(Batch(ids, labels))
        for number in torch.randperm(len(ready), generator=shuffler).tolist():
            yield ready[number]


def new_model(recipe: Recipe, vocabulary: int) -> Any:
    """An untrained Llama of the recipe's size."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(recipe.seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=recipe.hidden,
        intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlamaForCausalLM(config)


def completion_loss(model: Any, batch: Batch) -> torch.Tensor:
    """Cross-entropy on the completions. Padding is on the right, where causal attention
    never looks, so no mask is needed; logits are computed only where there is a loss."""
    hidden = model.model(input_ids=batch.ids, use_cache=False).last_hidden_state
    targets = batch.labels[:, 1:]
    wanted = targets != IGNORED
    logits = model.lm_head(hidden[:, :-1][wanted])
    return functional.cross_entropy(logits.float(), targets[wanted])


def train(recipe: Recipe, output: Path) -> Path:
    """Train by ``recipe`` and write model, tokenizer and ``training.json`` into ``output``."""
    torch.set_num_threads(recipe.threads)
    output.mkdir(parents=True, exist_ok=True)
    save_tokenizer(output)
    model = new_model(recipe, build_tokenizer().get_vocab_size())
    model.train()
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim < 2 or "embed" in name]
    optimizers = [
        Muon(matrices, lr=recipe.matrix_rate),
        torch.optim.AdamW(others, lr=recipe.other_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    rates = [recipe.matrix_rate, recipe.other_rate]
    done, step, saved, average = [0.0], 0, time.monotonic(), 0.0
    cpu, wall, log = time.process_time(), time.monotonic(), []
    columns = (TextColumn("training"), BarColumn(), TextColumn("{task.fields[state]}"))
    with Progress(*columns, TimeElapsedColumn()) as bar:
        task = bar.add_task("training", total=recipe.tokens, state="")
        seen = 0
        for batch in batches(recipe.seed, done):
            for optimizer, rate in zip(optimizers, rates, strict=True):
                optimizer.param_groups[0]["lr"] = rate * factor(recipe, step, done[0])
            loss = completion_loss(model, batch)
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            step, seen = step + 1, seen + batch.ids.numel()
            done[0] = min(seen / recipe.tokens, 1.0)
            average = loss.item() if step == 1 else 0.95 * average + 0.05 * loss.item()
            bar.update(task, completed=seen, state=f"step {step}, loss {average:.3f}")
            if step % 25 == 0:
                log.append({"step": step, "tokens": seen, "loss": round(average, 4),
                            "cpu_seconds": round(time.process_time() - cpu, 1)})  # fmt: skip
            if time.monotonic() - saved > 60 or seen >= recipe.tokens:
                save(model, recipe, output, log, time.process_time() - cpu, time.monotonic() - wall)
                saved = time.monotonic()
            if seen >= recipe.tokens:
                break
    return output


def factor(recipe: Recipe, step: int, done: float) -> float:
    """Warm-up, plateau, linear decay to zero."""
    decay = (1.0 - done) / (1.0 - recipe.decay_from)
    return max(min(1.0, (step + 1) / recipe.warm_up, decay), 0.0)


def save(
    model: Any,
    recipe: Recipe,
    output: Path,
    log: list[dict[str, float]],
    cpu_seconds: float,
    wall_seconds: float,
) -> None:
    """Write the weights in bfloat16, and how they came about."""
    import copy

    rounded = copy.deepcopy(model).to(torch.bfloat16)
    rounded.save_pretrained(output)
    history = {
        "recipe": asdict(recipe),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "cpu_seconds": math.ceil(cpu_seconds),
        "wall_seconds": math.ceil(wall_seconds),
        "log": log,
    }
    (output / "training.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")


def main(
    output: Annotated[Path, typer.Option(help="Folder to write the model into.")],
    seed: Annotated[int, typer.Option(help="Seed of weights and data.")] = 0,
    tokens: Annotated[int, typer.Option(help="How many tokens to train on.")] = Recipe().tokens,
    threads: Annotated[int, typer.Option(help="How many CPU threads to use.")] = 1,
) -> None:
    """Train the embedded model from nothing."""
    train(Recipe(seed=seed, tokens=tokens, threads=threads), output)


if __name__ == "__main__":
    typer.run(main)
