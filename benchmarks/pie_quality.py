"""What keeping the cache of an edited context costs in quality: the tables of docs/pie.md.

The problems are those of ``repobench-edit``: a context of several files, the edit that made it, and
the line that comes next. Every context is encoded as it was before its edit, once; each strategy
makes the edit in a fork of that. The line that it completes is compared with the one that is
there (exact match, edit similarity); its expectations, token by token along that line, with the
line's tokens (share of tokens that are the likeliest; nats by which they are unexpected) and with
those after encoding everything anew (share of tokens of which the likeliest is the same;
Kullback-Leibler divergence in nats). Intervals are of 95 %, by a bootstrap over the files whose
lines are asked for.

A context ends in a new line. In many vocabularies that and the spaces behind it are one token, so
that behind a new line alone a model expects anything but an indented line: such a model is refused.

examples:
  codeupdate tasks build repobench-edit --from jinja2 --to rows.jsonl
  python benchmarks/pie_quality.py --model hf:/tmp/code --data rows.jsonl --contexts 30
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from time import process_time
from typing import Any

from codeupdate.kvcache import Edit, EditSession
from codeupdate.models import load_model
from codeupdate.models.protocol import WeightedModel, has_weights
from codeupdate.scoring.similarity import edit_similarity, exact_match
from codeupdate.tasks import load_task
from codeupdate.types import Problem

MEASURES = (
    *("exact_match", "edit_similarity", "accuracy"),
    *("loss", "agreement", "divergence", "encoded", "ms"),
)
COMPARED = MEASURES[:3]  # with those of `full`, in points
IN_NATS = ("loss", "divergence")
RESAMPLES = 1000


def main() -> None:
    options = _options()
    model = load_model(options.model)
    if not has_weights(model):
        raise SystemExit(f"{options.model} has no cache; use tiny or hf:NAME-OR-PATH")
    problems = _chosen(model, options)
    rows: list[dict[str, Any]] = []
    encoder = None
    for number, problem in enumerate(problems, start=1):
        fields = problem.fields
        session = EditSession(model, fields["before"], strategy="full", encoder=encoder)
        encoder = session._encoder
        edits = [Edit(**edit) for edit in fields["edits"]]
        line = _line(model, fields["context"], problem.reference)
        expected: list[Any] = []
        for name in ("full", *(s for s in options.strategies if s != "full")):
            fork = session.fork(strategy=name)
            began = process_time()
            edited = fork.edit(edits)
            seconds = process_time() - began
            found = list(_along(fork, line))
            expected = expected or found
            said = _first_line(fork.stream(options.max_tokens))
            rows.append(
                {
                    "context": f"{options.data.resolve()}/{problem.cluster}",
                    "file": fields["file_path"],
                    "kind": fields["kind"],
                    "strategy": name,
                    "tokens": edited.tokens,
                    "exact_match": exact_match(problem.reference, said),
                    "edit_similarity": edit_similarity(problem.reference, said),
                    **_against(found, line),
                    **_apart(found, expected),
                    "encoded": edited.encoded / edited.tokens,
                    "ms": 1000 * seconds,
                }
            )
        print(f"{number} of {len(problems)}: {problem.id}, {edited.tokens} tokens", flush=True)
        if options.to:
            options.to.write_text(json.dumps(rows), encoding="utf-8")
    for file in options.also:
        rows += json.loads(file.read_text(encoding="utf-8"))
    _tell(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, help="hf:NAME-OR-PATH")
    parser.add_argument("--data", type=Path, required=True, help="rows of repobench-edit")
    parser.add_argument("--contexts", type=int, default=30, help="at most so many, drawn")
    parser.add_argument("--shortest", type=int, default=2000, help="tokens of a context")
    parser.add_argument("--longest", type=int, default=4000, help="tokens of a context")
    parser.add_argument("--max-tokens", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, help="a file for what was measured, as JSON")
    parser.add_argument(
        "--also", type=Path, nargs="*", default=[], help="such files of other packages, told too"
    )
    parser.add_argument(
        "--strategies",
        type=lambda text: text.split(","),
        default=["full", "prefix", "pie", "conflict", "selective"],
    )
    return parser.parse_args()


def _chosen(model: WeightedModel, options: argparse.Namespace) -> list[Problem]:
    """All problems of contexts drawn from those of the lengths that are asked for."""
    by_context: dict[str, list[Problem]] = defaultdict(list)
    for problem in load_task("repobench-edit", data=options.data).problems():
        by_context[problem.cluster].append(problem)
    names = sorted(by_context)
    random.Random(options.seed).shuffle(names)
    found: list[Problem] = []
    for name in names:
        texts = [p.fields[side] for p in by_context[name] for side in ("context", "before")]
        lengths = [len(model.tokenizer(text, verbose=False)["input_ids"]) for text in texts]
        if options.shortest <= min(lengths) and max(lengths) <= options.longest:
            found += by_context[name]
        if len({problem.cluster for problem in found}) == options.contexts:
            break
    return found


def _line(model: WeightedModel, context: str, line: str) -> list[int]:
    """The tokens of the next ``line`` and of its end."""
    known, whole = (
        model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        for text in (context, f"{context}{line}\n")
    )
    if whole[: len(known)] != known:
        raise SystemExit("a token of this model reaches beyond the end of a line")
    return list(whole[len(known) :])


def _first_line(pieces: Iterator[str]) -> str:
    """The first line that says something."""
    said = ""
    for piece in pieces:
        said += piece
        if "\n" in said.lstrip():
            break
    return next((line for line in said.split("\n") if line.strip()), "")


def _along(session: EditSession, line: Sequence[int]) -> Iterator[Any]:
    """The logarithms of what is expected before each token of ``line``, (vocabulary,)."""
    following = session.following()
    logits = next(following)
    for token in line[:-1]:
        yield logits.double().log_softmax(-1)
        logits = following.send(token)
    yield logits.double().log_softmax(-1)
    following.close()


def _against(found: Sequence[Any], line: Sequence[int]) -> dict[str, float]:
    pairs = list(zip(found, line, strict=True))
    return {
        "accuracy": mean(float(logs.argmax() == token) for logs, token in pairs),
        "loss": mean(-float(logs[token]) for logs, token in pairs),
    }


def _apart(found: Sequence[Any], expected: Sequence[Any]) -> dict[str, float]:
    pairs = list(zip(found, expected, strict=True))
    return {
        "agreement": mean(float(a.argmax() == b.argmax()) for a, b in pairs),
        "divergence": mean(float((b.exp() * (b - a)).sum()) for a, b in pairs),
    }


def _tell(rows: Sequence[dict[str, Any]]) -> None:
    for kind in ("all", *dict.fromkeys(row["kind"] for row in rows)):
        of_kind = [row for row in rows if kind in ("all", row["kind"])]
        contexts = len({row["context"] for row in of_kind})
        files = len({row["file"] for row in of_kind})
        print(f"\n{kind}: {contexts} contexts of {files} files")
        head = (
            "strategy",
            *("exact match", "to full", "edit similarity", "to full", "accuracy", "to full"),
            *("loss", "agreement", "KL", "encoded, %", "ms"),
        )
        print(f"| {' | '.join(head)} |")
        print("| --- " * len(head) + "|")
        full = [row for row in of_kind if row["strategy"] == "full"]
        for name in dict.fromkeys(row["strategy"] for row in of_kind):
            mine = [row for row in of_kind if row["strategy"] == name]
            cells = [name]
            for measure in MEASURES:
                cells.append(_cell([row[measure] for row in mine], measure))
                if measure in COMPARED:
                    low, high = _interval(mine, full, measure)
                    cells.append(f"{low:+.1f} … {high:+.1f}")
            print(f"| {' | '.join(cells)} |")


def _cell(numbers: Sequence[float], measure: str) -> str:
    value = mean(numbers)
    if measure in IN_NATS:
        return f"{value:.4f}"
    return f"{value:.0f}" if measure == "ms" else f"{100 * value:.1f}"


def _interval(
    rows: Sequence[dict[str, Any]], full: Sequence[dict[str, Any]], measure: str
) -> tuple[float, float]:
    """Between how many points the difference of ``measure`` lies."""
    by_file: dict[str, list[float]] = defaultdict(list)
    for row, exact in zip(rows, full, strict=True):
        gain = row[measure] - exact[measure]
        by_file[row["file"]].append(100 * gain)
    draw, groups = random.Random(0), list(by_file.values())
    means = sorted(
        mean(gain for group in draw.choices(groups, k=len(groups)) for gain in group)
        for _ in range(RESAMPLES)
    )
    return means[RESAMPLES // 40], means[-1 - RESAMPLES // 40]


if __name__ == "__main__":
    main()
