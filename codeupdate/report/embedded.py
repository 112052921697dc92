"""All samples of a report, packed for its page: columns of numbers into a list of texts, as
JSON, gzipped, in base64.

Nothing in base64 can end the element that holds it. Each distinct text is there once: a
prompt that all arms were shown is not repeated.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from codeupdate.evaluation.side_by_side import SideBySide
from codeupdate.report.frames import sample_rows
from codeupdate.report.labels import arm_labels
from codeupdate.types import Arm

__all__ = ["LONGEST", "Packed", "pack"]

MOST = 50_000  # samples on a page
LONGEST = 8_000  # characters of a text
BUDGET = 100_000_000  # characters of all texts together; beyond, each is cut to BRIEF
BRIEF = 400
UNJUDGED = "unknown"  # as in the tables

#: What is chosen from a short list of names, and what is read as text.
NAMES = ("arm", "task", "role", "kind", "outcome", "suspicions")
TEXTS = ("problem", "prompt", "completion", "code", "verdict", "facts")


@dataclass(slots=True)
class _Texts:
    """Every distinct text once, cut where it is too long."""

    texts: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    size: int = 0
    cut: int = 0

    def place(self, text: str) -> int:
        """Where ``text`` stands in the list."""
        longest = LONGEST if self.size < BUDGET else BRIEF
        left = len(text) - longest
        if left > 0:
            self.cut += 1
            text = f"{text[:longest]}\n… ({left:,} more characters are in the run folder)"
        found = self.places.get(text)
        if found is None:
            found = self.places[text] = len(self.texts)
            self.texts.append(text)
            self.size += len(text)
        return found


@dataclass(frozen=True, slots=True)
class Packed:
    """The data of a page, how many samples they are of, and what had to be left out."""

    data: str
    samples: int
    left_out: int  # samples
    cut: int  # texts


def pack(found: SideBySide) -> Packed:
    """The samples of all runs of a report.

    Raises:
        StoreError: a run is gone.
    """
    labels = arm_labels(arm for named in found.names.values() for arm in named.values())
    texts, count = _Texts(), 0
    names: dict[str, dict[str, int]] = {name: {} for name in NAMES}
    names["arm"] = {label: number for number, label in enumerate(labels.values())}  # as planned
    columns: dict[str, list[int]] = {name: [] for name in (*NAMES, *TEXTS, "sample")}
    places: dict[tuple[Any, ...], int] = {}
    for arm, row in _rows(found):
        count += 1
        if count > MOST:
            continue
        key = (arm, row["stage"], row["role"], row["task"], row["problem"], row["sample"])
        places[key] = count - 1
        values = {
            **row,
            "arm": labels[arm],
            "outcome": row["outcome"] or UNJUDGED,
            "suspicions": "some" if row["suspicions"] else "none",
        }
        for name in NAMES:
            columns[name].append(names[name].setdefault(values[name], len(names[name])))
        shown = {**row, "code": row["program"], "verdict": _verdict(row), "facts": _facts(row)}
        for name in TEXTS:
            columns[name].append(texts.place(shown[name]))
        columns["sample"].append(row["sample"])
    flips = []
    for flip in found.flips:
        sides = ((flip.baseline, flip.before), (flip.arm, flip.after))
        pair = [
            places.get((arm, item.stage, item.role, item.task, item.problem, item.sample))
            for arm, item in sides
        ]
        if None not in pair:
            flips.append([*pair, int(flip.gained)])
    content = {
        "names": {name: list(own) for name, own in names.items()},
        "columns": columns,
        "texts": texts.texts,
        "flips": flips,
    }
    packed = gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0)
    shown_count = min(count, MOST)
    return Packed(base64.b64encode(packed).decode(), shown_count, count - shown_count, texts.cut)


def _rows(found: SideBySide) -> Iterator[tuple[Arm, dict[str, Any]]]:
    """Every sample with its arm as the report names it."""
    for run, named in found.names.items():
        for row in sample_rows(run):
            yield named[Arm(row["model"], row["arm"], row["strategy"], row["template"])], row


def _verdict(row: dict[str, Any]) -> str:
    """What was said of a sample: its checks, what was odd in them, measures, tests, and the
    first failure."""
    parts = [
        "\n".join(f"{check}: {outcome}" for check, outcome in row["outcomes"].items()),
        "\n".join(
            f"{check}, suspicious: {what}"
            for check, odd in row["suspicions"].items()
            for what in odd
        ),
        "\n".join(f"{name}: {value:.3f}" for name, value in row["measures"].items()),
        "\n".join(
            f"{test['name']}: {test['outcome']}" + (f": {test['message']}" * bool(test["message"]))
            for test in row["tests"]
        ),
        row["detail"] or "",
        "\n".join(f"{path} called {calls} ×" for path, calls in row["calls"].items()),
    ]
    return "\n\n".join(part for part in parts if part) or "not judged yet"


def _facts(row: dict[str, Any]) -> str:
    facts = [
        f"{row['prompt_tokens']:,} tokens read, {row['completion_tokens']:,} written",
        f"ended by {row['finish_reason']}",
        f"code: {row['extraction']}",
    ]
    if row["update"]:
        facts.append(f"needs {row['update']}")
    if row["documents"]:
        facts.append(f"shown documents of {', '.join(row['documents'])}")
    return "; ".join(facts)
