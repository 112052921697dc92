"""Colours, markers and type of the plots: told apart by the colour-blind, and in black and white."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from codeupdate.errors import MissingExtra

__all__ = [
    "COLOURS",
    "DARK",
    "FAINT",
    "INK",
    "LINE",
    "MARKERS",
    "OUTCOMES",
    "PAGE_COLOURS",
    "PAPER",
    "SHADES",
    "SOFT",
    "styled",
]

INK, FAINT, LINE, SOFT, PAPER = "#1b1f24", "#5c6670", "#d9dee3", "#f4f6f8", "#fefefe"
#: What a page may set to give the same plots in light and in dark.
PAGE_COLOURS = {
    INK: f"var(--ink, {INK})",
    FAINT: f"var(--faint, {FAINT})",
    LINE: f"var(--line, {LINE})",
    SOFT: f"var(--soft, {SOFT})",
    PAPER: f"var(--paper, {PAPER})",
}
#: Okabe and Ito's palette, with a marker each; the first is for the baseline.
COLOURS = ("#7a828a", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", INK)
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
#: Shades from 0 to 100 %, and the share from which on they need light text.
SHADES, DARK = "Blues", 60
#: How a sample can end, in the order in which it is stacked: colour and hatching.
OUTCOMES = {
    "passed": ("#009e73", ""),
    "failed": ("#d55e00", "//"),
    "error": ("#cc79a7", "xx"),
    "timeout": ("#e69f00", "\\\\"),
    "memory": ("#f0e442", "--"),
    "output": ("#56b4e9", "||"),
    "measured": ("#0072b2", ""),
    "infrastructure": (INK, ""),
    "unknown": (LINE, ""),
}
STYLE = {
    "axes.edgecolor": FAINT,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "font.size": 10,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.8,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: it can be read, found and recoloured
    "svg.hashsalt": "codeupdate",  # ids do not depend on the time
    "text.color": INK,
    "text.parse_math": False,  # a name with $ is a name
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
}


@contextmanager
def styled() -> Iterator[None]:
    """Whatever is drawn inside is drawn in this style; matplotlib's own is left alone.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtra("a plot", "matplotlib", "reporting") from error
    with mpl.rc_context(STYLE):
        yield
