"""Short names of arms: the editor, and whatever else tells arms apart."""

from __future__ import annotations

from collections.abc import Iterable

from codeupdate.types import Arm

__all__ = ["arm_labels", "arm_name"]


def arm_labels(arms: Iterable[Arm]) -> dict[Arm, str]:
    """Arm → the shortest label that no other of ``arms`` has.

    The editor comes first; strategy, prompt and model follow where the arms differ in them.
    """
    given = list(dict.fromkeys(arms))
    telling = [
        name
        for name in ("strategy", "prompt", "model")
        if len({getattr(arm, name) for arm in given}) > 1
    ]
    return {
        arm: ", ".join([arm.editor, *(getattr(arm, name) for name in telling)]) for arm in given
    }


def arm_name(arm: Arm) -> str:
    """An arm on its own, in words: ``lora of tiny``."""
    words = [arm.editor]
    words += [arm.strategy] if arm.strategy != "direct" else []
    words += [arm.prompt] if arm.prompt != "prompt" else []
    return f"{', '.join(words)} of {arm.model}"
