"""A figure that a notebook shows. Imported when something is drawn: it needs matplotlib."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

__all__ = ["ShownFigure"]


class ShownFigure(Figure):
    """Says by itself what it looks like.

    IPython knows matplotlib's own figures only where pyplot is in use, which changes settings
    of the whole process; nothing is drawn through it here.
    """

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()
