"""Trains a small model of Python code, to see what keeping a cache costs in quality.

The texts are the Python files of the installed packages, or of some; packages and folders that are
to be evaluated on are left out. A byte-pair vocabulary is made from a part of them, in which a new
line is a token of its own, as in that of DeepSeek-Coder, so that a text may end in one. A Llama is
trained on files of one folder in a row, as RepoBench shows them, so that what stands far back is
worth looking up: first on short rows, where a token costs least, in the end on 4,096 tokens. Muon
for matrices and AdamW for the rest (as ``data/kitworld`` trains the embedded model). Every five
minutes it is saved.

examples:
  python benchmarks/code_model.py --output /tmp/code --hours 2 --without jinja2,click,httpx
  codeupdate tasks build repobench-edit --from jinja2 --to rows.jsonl
  codeupdate eval --model hf:/tmp/code --task repobench-edit --data rows.jsonl \\
      --strategy full,prefix,pie,conflict,selective
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import sysconfig
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

from kitworld.optimizer import Muon

CONTEXT = 4096
VOCABULARY = 4096
TOKENIZER_FILES = 2000
LONGEST_FILE = 100_000  # bytes; longer ones are generated or data
NEIGHBOURS = 4  # files of one folder that follow one another
#: Until which share of the time: rows of how many tokens, and how many of them in a step.
STAGES = ((0.65, 512, 8), (0.87, 2048, 3), (1.0, CONTEXT, 2))
MATRIX_RATE, OTHER_RATE = 0.02, 4e-3
WARM_UP = 50  # steps
END = "<|endoftext|>"


def main() -> None:
    options = _options()
    # What attention gives to most tokens becomes too small for a float32 of full precision, and
    # the processor half as fast. Threads inherit this: it comes before there are any.
    torch.set_flush_denormal(True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    files = list(_files(options.corpus, options.packages.split(","), options.without.split(",")))
    groups = _groups(options.corpus, files, random.Random(options.seed))
    tokenizer = _tokenizer(
        random.Random(options.seed).sample(files, min(TOKENIZER_FILES, len(files)))
    )
    tokenizer.save_pretrained(options.output)
    model = _model(options)
    print(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(files):,} files",
        flush=True,
    )
    _train(model, _streams(tokenizer, groups), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of the model")
    parser.add_argument("--corpus", type=Path, default=Path(sysconfig.get_path("purelib")))
    parser.add_argument("--packages", default="", help="only these, by commas [default: all]")
    parser.add_argument("--without", default="", help="names that are left out, by commas")
    parser.add_argument("--hours", type=float, default=1.0, help="how long to train")
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--compile", action="store_true", help="with torch.compile: 1.4 times as fast, needs g++"
    )
    return parser.parse_args()


def _files(corpus: Path, packages: Sequence[str], without: Sequence[str]) -> Iterator[Path]:
    """The files that no package or folder in ``without`` has, nor a numbered successor
    (``httpx2``), nor a copy that another package carries (``typer/_click``)."""
    folders = [corpus / package for package in packages]
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        names = path.relative_to(corpus).with_suffix("").parts
        plain = {form for name in names for form in (name, name.strip("_0123456789"))}
        held_out = not plain.isdisjoint(without)
        if not held_out and path.stat().st_size <= LONGEST_FILE:
            yield path


def _groups(corpus: Path, files: Sequence[Path], rng: random.Random) -> list[str]:
    """Texts of up to ``NEIGHBOURS`` files of one folder, each under its path; in random order."""
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for path in files:
        by_folder[path.parent].append(path)
    groups = []
    for neighbours in by_folder.values():
        rng.shuffle(neighbours)
        for start in range(0, len(neighbours), NEIGHBOURS):
            names = [path.relative_to(corpus) for path in neighbours[start : start + NEIGHBOURS]]
            parts = [f"# Path: {name.as_posix()}\n{_text(corpus / name)}\n\n" for name in names]
            groups.append(f"# Repo Name: {names[0].parts[0]}\n" + "".join(parts))
    rng.shuffle(groups)
    return groups


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _tokenizer(files: Sequence[Path]) -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split("\n", "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator((_text(path) for path in files), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=END, model_max_length=CONTEXT
    )


def _model(options: argparse.Namespace) -> LlamaForCausalLM:
    heads = options.hidden // 32
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=options.hidden,
        intermediate_size=options.hidden * 8 // 3,
        num_hidden_layers=options.layers,
        num_attention_heads=heads,
        num_key_value_heads=max(heads // 2, 1),
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config)


def _streams(tokenizer: PreTrainedTokenizerFast, groups: Sequence[str]) -> list[Iterator[int]]:
    """One for each row of a step, so that the rows have nothing to do with each other."""
    most = max(rows for _, _, rows in STAGES)
    return [_tokens(tokenizer, groups[row::most]) for row in range(most)]


def _tokens(tokenizer: PreTrainedTokenizerFast, groups: Sequence[str]) -> Iterator[int]:
    """The endless stream of the groups' tokens, an end after each."""
    while True:
        for text in groups:
            yield from tokenizer(text, verbose=False)["input_ids"]
            yield tokenizer.eos_token_id


def _train(model: Any, streams: Sequence[Iterator[int]], options: argparse.Namespace) -> None:
    model.train()
    named = list(model.named_parameters())
    matrices = [p for name, p in named if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in named if p.ndim < 2 or "embed" in name]
    optimizers = [
        Muon(matrices, lr=MATRIX_RATE),
        torch.optim.AdamW(others, lr=OTHER_RATE, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    loss_of = torch.compile(_loss, dynamic=False) if options.compile else _loss
    began = saved = time.monotonic()
    seen, average, log, step = 0, 0.0, [], 0
    while (done := (time.monotonic() - began) / (3600 * options.hours)) < 1:
        length, rows = next((length, rows) for until, length, rows in STAGES if done < until)
        ids = torch.tensor([list(islice(tokens, length + 1)) for tokens in streams[:rows]])
        for optimizer, rate in zip(optimizers, (MATRIX_RATE, OTHER_RATE), strict=True):
            optimizer.param_groups[0]["lr"] = rate * min(1.0, (step + 1) / WARM_UP, 2 * (1 - done))
        loss = loss_of(model, ids)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step, seen = step + 1, seen + ids[:, 1:].numel()
        average = loss.item() if step == 1 else 0.98 * average + 0.02 * loss.item()
        if step % 20 == 0:
            seconds = time.monotonic() - began
            log.append({"step": step, "tokens": seen, "loss": round(average, 3)})
            print(f"step {step}, {seen:,} tokens, {seen / seconds:.0f}/s, loss {average:.3f}", flush=True)  # fmt: skip
        if time.monotonic() - saved > 300:
            _save(model, log, options.output)
            saved = time.monotonic()
    _save(model, log, options.output)


def _loss(model: Any, ids: torch.Tensor) -> torch.Tensor:
    logits = model(input_ids=ids[:, :-1], use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


def _save(model: Any, log: list[dict[str, float]], output: Path) -> None:
    model.save_pretrained(output)
    (output / "training.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
