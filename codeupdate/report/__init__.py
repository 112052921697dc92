"""What people look at: tables, plots, a page; and rows for their own tools."""

from __future__ import annotations

from codeupdate.report.frames import export, sample_rows, to_dataset, to_pandas
from codeupdate.report.html import write_html
from codeupdate.report.notes import headline, notes
from codeupdate.report.plots import plot, svgs
from codeupdate.report.tables import comparison_table, results_table

__all__ = [
    "comparison_table",
    "export",
    "headline",
    "notes",
    "plot",
    "results_table",
    "sample_rows",
    "svgs",
    "to_dataset",
    "to_pandas",
    "write_html",
]
