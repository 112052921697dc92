"""Three problems, and a model that answers them and writes tests, some of it wrong.

Run as a script, it evaluates them on the terminal that it stands at.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import codeupdate as cu
from codeupdate.types import Prompt, Sample, Sampling

TASK = """\
name: scripted
summary: Three functions.
data: {problems: problems.jsonl}
environment: python
sampling: {n: 4, temperature: 0.8, max_tokens: 64}
"""
#: Name → parameters, what a right function does, and tests that only the task knows.
PROBLEMS = {
    "double": ("x", "return 2 * x", ["assert double(4) == 8", "assert double(-1) == -2"]),
    "last": ("xs", "return xs[-1] if xs else None", ["assert last([4, 5]) == 5"]),
    "add": ("a, b", "return a + b", ["assert add(2, 3) == 5"]),
}
#: The four answers of the model: two are right, one is, all are.
CODES = {
    "double": ["return x + 2", "return x * x", "return 2 * x", "return x + x"],
    "last": ["return xs[0] if xs else None"] * 3 + ["return xs[-1] if xs else None"],
    "add": ["return a + b", "return b + a", "return a + b", "return sum([a, b])"],
}
#: What the model takes for right. The last of "double", the first of "last" and the last of
#: "add" are wrong, and that of "last" agrees with most of its answers.
WRITTEN = {
    "double": ["double(3) == 6", "double(0) == 0", "double(5) == 10", "double(1) == 3"],
    "last": ["last([1, 2]) == 1", "last([3]) == 3", "last([]) is None", "last([1, 2, 3]) == 3"],
    "add": ["add(1, 1) == 2", "add(2, 2) == 5"],
}


class Scripted:
    """Answers with the next code, or, where it is asked for tests, with those."""

    name = fingerprint = "scripted"

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        for number, prompt in enumerate(prompts):
            yield tuple(
                Sample(number, index, self._answer(prompt, index), 10, 10, "stop")
                for index in range(sampling.n)
            )

    def _answer(self, prompt: Prompt, index: int) -> str:
        if "an assert statement on one line" not in prompt.messages[-1].content:
            return f"    {CODES[prompt.problem][index]}\n"
        tests = WRITTEN[prompt.problem]
        own = [tests[index % len(tests)], tests[(index + 1) % len(tests)]]
        return "".join(f"assert {test}\n" for test in own)


def write_task(root: Path) -> Path:
    """The task ``scripted`` under ``root``, for ``--include``."""
    folder = root / "tasks" / "scripted"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(TASK)
    (folder / "prompt.jinja").write_text("def {{ problem.entry_point }}({{ parameters }}):\n")
    rows = [
        {
            "id": name,
            "fields": {"parameters": parameters},
            "entry_point": name,
            "reference": f"    {body}\n",
            "tests": [{"name": f"own{i}", "source": test} for i, test in enumerate(tests)],
        }
        for name, (parameters, body, tests) in PROBLEMS.items()
    ]
    (folder / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return root


def evaluated(root: Path, strategy: str, progress: bool) -> cu.Evaluation:
    return cu.evaluate(
        Scripted(),
        "scripted",
        include=(root,),
        strategy=strategy,
        sandbox="local",
        workers=2,
        output=root / f"run-{strategy}",
        progress=progress,
    )


if __name__ == "__main__":
    evaluated(Path(sys.argv[1]), sys.argv[2], progress=True)
