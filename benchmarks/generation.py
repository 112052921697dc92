"""Samples per second of hf: beside transformers' generate and lm-evaluation-harness, and of vllm:
beside vLLM asked directly: the tables of docs/performance.md.

All complete the same prompts with the same weights, on one thread, until a token that ends a
completion or ``--max-tokens``. They load the model first and then take turns; figures are medians
over the rounds. On the CPU the time is that of the process, and of those that it started, so that
what others do on the machine is not counted; on a GPU it is the clock's.

ours                 the backend hf:
generate             ``model.generate``, a prompt at a time, with num_return_sequences=n
batched              the same with prompts sorted by length, in batches of as many sequences as
                     ours decodes at once
lm-eval              the harness's HFLM at that batch size, in a process of the Python of --lm-eval
vllm                 the backend vllm:, in a process of the Python of --vllm
vllm directly        ``vllm.LLM.generate`` with the same engine, likewise

Greedy samples of a prompt are all the same: ours decodes one and hands it out n times, the
others decode all of them, because nothing tells them.

``llama-20m`` is a random Llama whose every twelfth token ends a completion, so that lengths vary;
its prompts are solved problems before the one that is asked, from one to a dozen.

examples:
  python benchmarks/generation.py --model tiny
  python benchmarks/generation.py --model llama-20m --lm-eval path/to/python
  python benchmarks/generation.py --systems ours --vllm .venv-vllm/bin/python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

ROWS = 128  # sequences at once, ours and theirs
ROOT = Path(__file__).resolve().parents[1]
#: What was written, by prompt and sample.
Texts = list[list[str]]
#: (prompts, n, temperature, most tokens) → what was written.
Complete = Callable[[list[str], int, float, int], Texts]
#: (n, temperature, most tokens) → seconds, and what was written.
Run = Callable[[int, float, int], tuple[float, Texts]]


def main() -> None:
    options = _options()
    if options.worker:
        _work(options.worker, options.folder)
        return
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        _save(options.model, folder)
        prompts = _prompts(options.model, options.prompts)
        (folder / "prompts.json").write_text(json.dumps(prompts))
        runs: dict[str, Run] = {name: _measured(name, folder) for name in options.systems}
        if options.lm_eval:
            runs["lm-eval"] = stack.enter_context(_elsewhere("lm-eval", folder, options.lm_eval))
        for name in ("vllm", "vllm directly") if options.vllm else ():
            runs[name] = stack.enter_context(_elsewhere(name, folder, options.vllm))
        for run in runs.values():
            run(1, 0.0, 4)  # what is done once is not counted
        rows = [
            {"n": n, "temperature": temperature, **row}
            for n in options.n
            for temperature in options.temperatures
            for row in _compared(runs, options, n, temperature)
        ]
    about = {"model": options.model, "prompts": len(prompts), "max_tokens": options.max_tokens}
    if options.json:
        print(json.dumps({**about, "rows": rows}))
        return
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    print("| n | temperature | system | samples/s | ours is faster | same texts |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(
            f"| {row['n']} | {row['temperature']} | {row['system']} | {row['rate']:.3g} | "
            f"{row['ours']:.2f}× | {row['same']} |"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def numbers(kind: type) -> Callable[[str], list[Any]]:
        return lambda text: [kind(part) for part in text.split(",")]

    parser.add_argument("--model", choices=["tiny", "llama-20m"], default="tiny")
    parser.add_argument("--prompts", type=int, default=80)
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("-n", type=numbers(int), default=[1, 5])
    parser.add_argument("--temperatures", type=numbers(float), default=[0.0, 0.8])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--systems", type=lambda text: text.split(","), default=["ours", "generate", "batched"]
    )
    parser.add_argument(
        "--lm-eval", metavar="PYTHON", help="of an environment with lm-eval, which then takes part"
    )
    parser.add_argument(
        "--vllm", metavar="PYTHON", help="of an environment with vLLM, which then takes part"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if "ours" not in options.systems:
        parser.error("--systems needs 'ours', which the others are compared with")
    return options


# ------------------------------------------------------------------- models and prompts


def _save(model: str, folder: Path) -> None:
    """Write the model in the form that all of them load."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig

    tiny = ROOT / "data" / "tiny"
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    if model == "tiny":
        module = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    else:
        torch.manual_seed(0)
        config = LlamaConfig(
            hidden_size=512,
            intermediate_size=1408,
            num_hidden_layers=6,
            num_attention_heads=8,
            num_key_value_heads=4,
            vocab_size=len(tokenizer),
            max_position_embeddings=2048,
            initializer_range=0.1,
        )
        module = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        module.generation_config.eos_token_id = list(range(0, len(tokenizer), 12))
    module.generation_config.pad_token_id = tokenizer.pad_token_id or 0
    module.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _prompts(model: str, count: int) -> list[str]:
    from codeupdate.tasks import load_task

    task = load_task("kit-base")
    problems = list(task.problems())
    texts = [task.prompt(problem, "prompt").text for problem in problems]
    if model == "tiny":
        return [texts[i % len(texts)] for i in range(count)]
    solved = [text + problem.reference for text, problem in zip(texts, problems, strict=True)]
    shots = [1 + i * 7 % 12 for i in range(count)]
    return [
        "\n\n".join(
            [*(solved[(i + j) % len(solved)] for j in range(number)), texts[i % len(texts)]]
        )
        for i, number in enumerate(shots)
    ]


# ----------------------------------------------------------------------------- measuring


def _compared(
    runs: dict[str, Run], options: argparse.Namespace, n: int, temperature: float
) -> Iterator[dict[str, Any]]:
    """A row for each system."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    texts: dict[str, Texts] = {}
    for _ in range(options.rounds):
        for name, run in runs.items():
            taken, texts[name] = run(n, temperature, options.max_tokens)
            seconds[name].append(taken)
    for name in runs:
        pairs = [
            (one, other)
            for mine, theirs in zip(texts["ours"], texts[name], strict=True)
            for one, other in zip(mine, theirs, strict=True)
        ]
        # Others may write the token that ended a completion.
        same = sum(other.startswith(one) for one, other in pairs)
        yield {
            "system": name,
            "rate": len(pairs) / median(seconds[name]),
            "ours": median(a / b for a, b in zip(seconds[name], seconds["ours"], strict=True)),
            "same": f"{same} of {len(pairs)}" if temperature == 0 else "drawn",
        }


def _measured(system: str, folder: Path) -> Run:
    import torch

    torch.set_num_threads(1)
    clock = time.perf_counter if torch.cuda.is_available() else _cpu_seconds
    complete = SYSTEMS[system](folder)
    prompts = json.loads((folder / "prompts.json").read_text())

    def run(n: int, temperature: float, max_tokens: int) -> tuple[float, Texts]:
        torch.manual_seed(0)
        began = clock()
        texts = complete(prompts, n, temperature, max_tokens)
        return clock() - began, texts

    return run


def _cpu_seconds() -> float:
    """Of this process, and of those that it started and that live."""
    seconds = time.process_time()
    with suppress(ImportError):  # what starts processes has it
        import psutil

        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                seconds += times.user + times.system
    return seconds


@contextmanager
def _elsewhere(system: str, folder: Path, python: str) -> Iterator[Run]:
    """A system in a process of another Python, which measures itself."""
    command = [python, __file__, "--worker", system, "--folder", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout

        def run(*asked: float) -> tuple[float, Texts]:
            print(json.dumps(asked), file=process.stdin, flush=True)
            for line in process.stdout or ():
                if line.startswith('{"seconds"'):  # and is not what a library says
                    answer = json.loads(line)
                    return answer["seconds"], answer["texts"]
            raise SystemExit(f"the process of {system} ended; what it said is above")

        yield run
        process.stdin.close()


def _work(system: str, folder: Path) -> None:
    """Answer requests on stdin until it ends."""
    run = _measured(system, folder)
    for line in sys.stdin:
        seconds, texts = run(*json.loads(line))
        print(json.dumps({"seconds": seconds, "texts": texts}), flush=True)


# ------------------------------------------------------------------------------- systems


def _ours(folder: Path) -> Complete:
    return _backend(f"hf:{folder}", {"dtype": "float32", "threads": 1, "batch_size": ROWS})


def _backend(name: str, settings: dict[str, Any]) -> Complete:
    from codeupdate.models import load_model
    from codeupdate.types import Prompt, Sampling

    model = load_model(name, settings=settings)

    def complete(prompts: list[str], n: int, temperature: float, max_tokens: int) -> Texts:
        sampling = Sampling(n=n, temperature=temperature, max_tokens=max_tokens)
        found = [[""] * n for _ in prompts]
        for batch in model.batches([Prompt(text) for text in prompts], sampling):
            for sample in batch:
                found[sample.prompt][sample.index] = sample.text
        return found

    return complete


def _loaded(folder: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    module = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return module.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def _generate(folder: Path, rows: int = 1) -> Complete:
    """``rows`` sequences in a batch, and at least the n of one prompt."""
    import torch

    module, tokenizer = _loaded(folder)

    def complete(prompts: list[str], n: int, temperature: float, max_tokens: int) -> Texts:
        drawn = {"do_sample": True, "temperature": temperature, "top_k": 0}
        drawn["num_return_sequences"] = n
        order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
        size = max(1, rows // n)
        found: Texts = [[] for _ in prompts]
        for begin in range(0, len(prompts), size):
            chunk = order[begin : begin + size]
            # It refuses to return several greedy sequences: they are asked for one by one.
            repeated = chunk if temperature else [i for i in chunk for _ in range(n)]
            given = tokenizer([prompts[i] for i in repeated], return_tensors="pt", padding=True)
            with torch.inference_mode():
                written = module.generate(
                    input_ids=given["input_ids"].to(module.device),
                    attention_mask=given["attention_mask"].to(module.device),
                    max_new_tokens=max_tokens,
                    **(drawn if temperature else {"do_sample": False}),
                )
            new = written[:, given["input_ids"].shape[1] :]
            for row, text in enumerate(tokenizer.batch_decode(new, skip_special_tokens=True)):
                found[chunk[row // n]].append(text)
        return found

    return complete


def _batched(folder: Path) -> Complete:
    return _generate(folder, ROWS)


def _lm_eval(folder: Path) -> Complete:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    module, tokenizer = _loaded(folder)
    harness = HFLM(pretrained=module, tokenizer=tokenizer, batch_size=ROWS)

    def complete(prompts: list[str], n: int, temperature: float, max_tokens: int) -> Texts:
        arguments: dict[str, Any] = {"until": [], "max_gen_toks": max_tokens}
        arguments |= {"do_sample": bool(temperature), "temperature": temperature}
        arguments |= {"top_k": 0} if temperature else {}
        asked = [
            Instance("generate_until", {}, (prompt, dict(arguments)), index)
            for prompt in prompts
            for index in range(n)
        ]
        texts = harness.generate_until(asked, disable_tqdm=True)
        return [texts[begin : begin + n] for begin in range(0, len(texts), n)]

    return complete


VLLM = {
    "dtype": "float32",
    "max_num_seqs": ROWS,
    "kv_cache_memory_bytes": 2**30,
    "enforce_eager": True,
}


def _vllm(folder: Path) -> Complete:
    return _backend(f"vllm:{folder}", VLLM)


def _vllm_directly(folder: Path) -> Complete:
    from vllm import LLM, SamplingParams

    model = LLM(str(folder), **VLLM)

    def complete(prompts: list[str], n: int, temperature: float, max_tokens: int) -> Texts:
        # It refuses several greedy samples: one is handed out n times, as by ours.
        drawn = {"n": n, "seed": 0} if temperature else {}
        sampling = SamplingParams(temperature=temperature, max_tokens=max_tokens, **drawn)
        found = model.generate(prompts, sampling, use_tqdm=False)
        return [[out.text for out in one.outputs] * (1 if temperature else n) for one in found]

    return complete


#: Name → what loads the model in a folder and gives what completes prompts with it.
SYSTEMS: dict[str, Callable[[Path], Complete]] = {
    "ours": _ours,
    "generate": _generate,
    "batched": _batched,
    "lm-eval": _lm_eval,
    "vllm": _vllm,
    "vllm directly": _vllm_directly,
}


if __name__ == "__main__":
    main()
