"""The picture of a causal trace: what restoring a state gives back, by place and layer."""

from __future__ import annotations

from pathlib import Path

from codeupdate.editing.tracing import PLACES, Trace
from codeupdate.errors import UsageError
from codeupdate.report.looks import FAINT, INK, styled

__all__ = ["check_picture", "write_trace"]

ENDINGS = (".png", ".pdf", ".svg")


def check_picture(path: Path) -> None:
    """Whether a picture can be written to ``path``.

    Raises:
        UsageError: it does not end like a picture, or its folder does not exist.
        MissingExtra: matplotlib is not installed.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"a picture ends in {', '.join(ENDINGS)}, and '{path.name}' does not")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder '{path.parent}' to write a picture into")
    with styled():
        pass


def write_trace(trace: Trace, model: str, path: Path) -> None:
    """Write two heat maps beside each other, for hidden states and for MLPs.

    Raises:
        UsageError: nothing of that name can be written.
        MissingExtra: matplotlib is not installed.
    """
    check_picture(path)
    with styled():
        from matplotlib.figure import Figure

        layers = len(trace.states[0])
        window = f" (windows of {trace.window} layers)" if trace.window > 1 else ""
        figure = Figure(figsize=(5.5 + 0.5 * layers, 3.6), layout="constrained")
        figure.set_facecolor("white")
        axes = figure.subplots(1, 2, sharey=True)
        most = max(
            0.01, *(value for part in (trace.states, trace.mlps) for r in part for value in r)
        )
        for axis, part, title in (
            (axes[0], trace.states, "Hidden states"),
            (axes[1], trace.mlps, f"MLPs{window}"),
        ):
            image = axis.imshow(part, cmap="Blues", vmin=0, vmax=most, aspect="auto")
            axis.set_title(title)
            axis.set_xlabel("layer")
            axis.set_xticks(range(0, layers, max(1, layers // 8)))
            axis.set_yticks(range(len(PLACES)), PLACES)
            axis.tick_params(length=0)
            for spine in axis.spines.values():
                spine.set_visible(False)
            if layers <= 12:
                for y, row in enumerate(part):
                    for x, value in enumerate(row):
                        colour = "white" if value > 0.6 * most else INK
                        text = f"{max(value, 0.0):.2f}".removeprefix("0")
                        axis.text(x, y, text, ha="center", va="center", color=colour, fontsize=7.5)
        bar = figure.colorbar(image, ax=axes, fraction=0.04, label="probability given back")
        bar.outline.set_visible(False)
        figure.suptitle(
            f"{model}: {trace.examples} examples, the token it writes now: "
            f"{trace.clean:.0%} clean, {trace.corrupted:.0%} corrupted",
            x=0.01, ha="left", fontsize=9.5, color=FAINT,
        )  # fmt: skip
        figure.savefig(path, dpi=160)
