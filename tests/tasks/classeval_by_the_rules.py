"""ClassEval's rules once more, written from their description and sharing nothing with the task:
what a completion becomes, and what its test classes say of it, one script a test class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from codeupdate.types import Limits, Program, Verdict

Row = Mapping[str, Any]

JUDGE = """
import json, random, sys, unittest
sys.path.insert(0, ".")
import under_test
random.seed(2)
result = unittest.TestResult()
unittest.TestLoader().loadTestsFromTestCase(under_test.{name}).run(result)
print("\\nRAN " + json.dumps([result.testsRun, len(result.failures), len(result.errors)]))
"""


def module_of(row: Row, completion: str) -> str:
    """Imports, completion and tests, as one module."""
    for mark in ("### Response:", "@@ Response:", "[/INST]"):
        if mark in completion:
            completion = completion.split(mark, 1)[1]
    pieces = completion.split("```")
    if len(pieces) > 1:
        code = pieces[1].split("\n", 1)[1] if "\n" in pieces[1] else ""
    else:
        code = _from_the_class_on(completion.split("\n"))
    lines: list[str] = []
    for line in code.split("\n"):
        if "@staticmethod" not in line:
            method = line.startswith("    def ")
            if method and "self" not in line and "cls" not in line:
                lines.append("    @staticmethod")
            lines.append(line)
    return "\n".join([*row["import_statement"], *lines, row["test"]])


def _from_the_class_on(lines: list[str]) -> str:
    kept: list[str] = []
    margin = None
    for line in lines:
        words = line.strip()
        if margin is None and words.startswith("class"):
            margin = len(line) - len(line.lstrip())
        if margin is None and not words.startswith(("import", "from")):
            continue
        kept.append(line)
    if margin:
        return "\n".join(
            line[margin:] if not line[:margin].strip() else line.lstrip() for line in kept
        )
    return "\n".join(kept)


def scripts_of(row: Row, completion: str) -> dict[str, Program]:
    """Test class → the script that runs it and tells the counts."""
    module = module_of(row, completion)
    names = [name.strip() for name in row["test_classes"]]
    return {
        name: Program(
            id=f"{row['task_id']}/{name}",
            environment="classeval",
            source=JUDGE.format(name=name),
            files={"under_test.py": module},
            limits=Limits(cpu_seconds=20, wall_seconds=60, memory=4 * 1024**3),
            clock="2023-08-01T12:00:00",
        )
        for name in names
    }


def succeeded(verdict: Verdict) -> bool:
    """At least one test ran, and none failed."""
    said = [line for line in verdict.stdout.splitlines() if line.startswith("RAN ")]
    if not verdict.passed or not said:
        return False
    ran, failures, errors = json.loads(said[-1].removeprefix("RAN "))
    return bool(ran > 0 and failures == errors == 0)
