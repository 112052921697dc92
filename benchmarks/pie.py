"""What an edit of a long context costs, by strategy: the table of docs/performance.md.

A random Llama (its weights do not matter for time) holds a context in its cache; in the middle
8 tokens become 16, and the cache is brought up to date. The time is that of the edit, until the
next token could be predicted; tokenizing the text is not in it. Every strategy starts from a
copy of the same cache, in turns; figures are medians. *Peak memory* is what an edit needs beside
the cache at its highest, activations of the model included, as a part of the cache.

The floor is what no strategy that turns keys can be below: to read and to write the keys after
the edit once, at the memory bandwidth measured here, and to encode the new tokens.

examples:
  python benchmarks/pie.py --tokens 2048
  python benchmarks/pie.py --tokens 8192 --json
  python benchmarks/pie.py --model deepseek-coder-1.3b --tokens 8192 --dtype bfloat16
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from statistics import median
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from codeupdate.kvcache.cache import EditableCache, Run
from codeupdate.kvcache.encoder import Encoder
from codeupdate.kvcache.strategies import STRATEGIES, Strategy, strategy_named

#: hidden, MLP, layers, heads, key-value heads, vocabulary: the prototype's and the paper's.
SHAPES = {
    "llama-25m": (512, 1408, 8, 8, 4, 1024),
    "deepseek-coder-1.3b": (2048, 5504, 24, 16, 16, 32_256),
    "deepseek-coder-6.7b": (4096, 11_008, 32, 32, 32, 32_256),
}
OLD, NEW = 8, 16  # tokens that are replaced, and that take their place


class Shaped:
    """A random model of a shape, as the encoder takes it."""

    def __init__(self, shape: str, tokens: int, dtype: torch.dtype, device: str) -> None:
        hidden, mlp, layers, heads, kv_heads, vocabulary = SHAPES[shape]
        config = LlamaConfig(
            hidden_size=hidden,
            intermediate_size=mlp,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=kv_heads,
            vocab_size=vocabulary,
            max_position_embeddings=tokens + 64,
        )
        torch.manual_seed(0)
        with torch.device(device):
            self.module = AutoModelForCausalLM.from_config(config, dtype=dtype).eval()
        self.name = shape


def main() -> None:
    options = _options()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = getattr(torch, options.dtype)
    encoder = Encoder(Shaped(options.model, options.tokens, dtype, device))  # type: ignore[arg-type]
    ids = torch.randint(2, 1000, (options.tokens + NEW,)).tolist()
    before, after = ids[: options.tokens], [*ids[: options.tokens]]
    at = int(options.tokens * options.place)
    after[at : at + OLD] = ids[-NEW:]
    kept = [Run(0, 0, at), Run(at + OLD, at + NEW, options.tokens - at - OLD)]
    cache = encoder.new_cache(len(after))
    encoder.encode(cache, before, range(len(before)))

    times: dict[str, list[float]] = {name: [] for name in options.strategies}
    floors: list[float] = []
    for _ in range(options.rounds):
        for name in options.strategies:
            held = cache.copy()
            times[name].append(
                _seconds(
                    lambda held=held, name=name: _edit(
                        encoder, held, strategy_named(name), after, kept
                    )
                )
            )
        floors.append(_floor(encoder, cache, after, at))
    full, held_bytes = median(times["full"]), _bytes(cache)
    peaks = {
        name: _peak(encoder, cache.copy(), strategy_named(name), after, kept)
        for name in options.strategies
    }
    rows = [
        {
            "strategy": name,
            "milliseconds": 1000 * median(times[name]),
            "ratio_to_full": median(t / f for t, f in zip(times[name], times["full"], strict=True)),
            "ratio_to_floor": median(times[name]) / median(floors),
            "peak_memory": peaks[name] / held_bytes,
        }
        for name in options.strategies
    ]
    floor = {"strategy": "floor", "milliseconds": 1000 * median(floors)}
    ratios = {"ratio_to_full": median(floors) / full, "ratio_to_floor": 1.0}
    rows.append({**floor, **ratios, "peak_memory": float("nan")})
    forks: list[EditableCache] = []
    forking = _seconds(lambda: forks.append(cache.fork()))
    about = {
        "model": options.model,
        "tokens": options.tokens,
        "dtype": options.dtype,
        "device": device,
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
        "fork_milliseconds": round(1000 * forking, 3),
        "fork_bytes": forks[0].own_nbytes,
    }
    if options.json:
        rows[-1]["peak_memory"] = None  # JSON knows no NaN
        print(json.dumps({**about, "rows": rows}))
        return
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    print("| strategy | ms an edit | of full | times the floor | peak memory, % |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(
            f"| {row['strategy']} | {row['milliseconds']:.1f} | {row['ratio_to_full']:.4f} "
            f"| {row['ratio_to_floor']:.2f} | {100 * row['peak_memory']:.1f} |"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, default=2048, help="length of the context")
    parser.add_argument("--model", choices=SHAPES, default="llama-25m", help="shape of the model")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32")
    parser.add_argument("--place", type=float, default=0.5, help="where the edit is, from 0 to 1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--threads", type=int, default=0, help="of torch on the CPU; 0: its own choice"
    )
    parser.add_argument("--strategies", type=lambda text: text.split(","), default=list(STRATEGIES))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    if "full" not in options.strategies:
        parser.error("--strategies needs 'full', which the others are compared with")
    return options


def _edit(
    encoder: Encoder,
    cache: EditableCache,
    strategy: Strategy,
    ids: Sequence[int],
    kept: Sequence[Run],
) -> None:
    strategy.update(encoder, cache, ids, kept)


def _floor(encoder: Encoder, cache: EditableCache, ids: Sequence[int], at: int) -> float:
    """Seconds to copy as many bytes as the keys after the edit have, and to encode what is new."""
    layout = cache.layout
    after = len(ids) - at - NEW
    source = torch.empty(
        layout.layers,
        layout.heads,
        after,
        layout.key_size,
        dtype=layout.dtype,
        device=layout.device,
    ).fill_(1)
    target = torch.empty_like(source).fill_(0)
    copying = min(_seconds(lambda: target.copy_(source)) for _ in range(3))
    held, new = cache.copy(), [*range(at, at + NEW), len(ids) - 1]
    return copying + _seconds(lambda: encoder.encode(held, [ids[i] for i in new], new))


def _bytes(cache: EditableCache) -> int:
    """Of the tokens in a cache, without the room for more."""
    layout = cache.layout
    numbers = layout.layers * layout.heads * (layout.key_size + layout.value_size)
    return cache.length * numbers * layout.dtype.itemsize


def _peak(
    encoder: Encoder,
    cache: EditableCache,
    strategy: Strategy,
    ids: Sequence[int],
    kept: Sequence[Run],
) -> int:
    """The most bytes that an edit holds at once beyond those at its beginning."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        _edit(encoder, cache, strategy, ids, kept)
        return torch.cuda.max_memory_allocated() - before
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        _edit(encoder, cache, strategy, ids, kept)
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = accumulate(event.nbytes() for event in sorted(events, key=lambda e: e.start_ns()))
    return max(held, default=0)


def _seconds(work: Callable[[], Any]) -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return time.perf_counter() - began
    began = time.process_time()  # on the CPU: what others do on the machine is not counted
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
