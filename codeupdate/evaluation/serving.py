"""What an evaluation asks of a model whose completions come from elsewhere than its module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codeupdate.editing import Editor
from codeupdate.editing.editor import FolderEditor
from codeupdate.editing.loading import Together
from codeupdate.errors import UsageError
from codeupdate.models.protocol import Model, ServesEdits
from codeupdate.models.vllm import no_cache, not_served
from codeupdate.strategies import Around, Strategy

__all__ = ["adapter_rank", "announce_edits", "check_serving"]

USUAL_RANK = 16  # of an adapter, where its editor does not say


def check_serving(
    name: str,
    model: Model | None,
    settings: Mapping[str, Any],
    editors: Sequence[Editor],
    strategies: Sequence[Strategy],
) -> None:
    """Whether the model ``name``, with ``settings`` or loaded already, can answer under
    ``editors`` and as ``strategies`` ask it.

    Raises:
        UsageError: it cannot; names what cannot and what would work.
    """
    if not (name.startswith("vllm:") if model is None else isinstance(model, ServesEdits)):
        return
    quantized = settings.get("quantization") is not None
    why = [no_cache(strategy.name) for strategy in strategies if isinstance(strategy, Around)]
    why += [
        not_served(
            editor.name,
            editor.changes,
            plain=editor.adapter_rank("default") != 0,
            quantized=quantized,
        )
        for editor in _parts(editors)
    ]
    if first := next(filter(None, why), None):
        raise UsageError(first)


def announce_edits(model: Model, editors: Sequence[Editor]) -> None:
    """Tell ``model`` what ``editors`` will have it serve, before it is asked anything."""
    if isinstance(model, ServesEdits):
        model.expect_adapters(adapter_rank(getattr(model, "family", "default"), editors))


def adapter_rank(family: str, editors: Sequence[Editor]) -> int:
    """The largest rank of the adapters of ``editors``; those of one arm are in force together."""
    return max(
        (
            sum(
                part.adapter_rank(family) or USUAL_RANK
                for part in _parts([editor])
                if part.changes == "adapter"
            )
            for editor in editors
        ),
        default=0,
    )


def _parts(editors: Sequence[Editor]) -> Iterator[FolderEditor]:
    """Those of which ``editors`` consist, where they are known."""
    for editor in editors:
        if isinstance(editor, FolderEditor):
            yield editor
        elif isinstance(editor, Together):
            yield from _parts(editor.editors)
