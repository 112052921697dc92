"""Labels are short, and no two arms share one."""

from __future__ import annotations

from codeupdate.report.labels import arm_labels, arm_name
from codeupdate.types import Arm


def test_the_editor_is_enough_where_nothing_else_differs() -> None:
    arms = [Arm("m", "none", "self-debug"), Arm("m", "lora", "self-debug")]
    assert list(arm_labels(arms).values()) == ["none", "lora"]


def test_what_differs_is_named() -> None:
    arms = [Arm("m", "none"), Arm("m", "none", "self-debug"), Arm("m", "none", prompt="short")]
    labels = arm_labels(arms)
    assert labels[arms[1]] == "none, self-debug, prompt"
    assert len(set(labels.values())) == 3


def test_a_name_leaves_out_what_is_usual() -> None:
    assert arm_name(Arm("tiny", "lora")) == "lora of tiny"
    assert arm_name(Arm("tiny", "lora", "self-debug", "short")) == "lora, self-debug, short of tiny"
