"""What people look at: tables, plots, a page; and rows for their own tools."""

from __future__ import annotations

from codeupdate.report.frames import export, sample_rows, to_dataset, to_pandas
from codeupdate.report.html import check_page, write_comparison, write_html
from codeupdate.report.notes import headline, notes
from codeupdate.report.plots import plot, svgs
from codeupdate.report.publishing import published
from codeupdate.report.side_by_side import flips_json, flips_view, side_by_side_table
from codeupdate.report.tables import comparison_table, results_table

__all__ = [
    "check_page",
    "comparison_table",
    "export",
    "flips_json",
    "flips_view",
    "headline",
    "notes",
    "plot",
    "published",
    "results_table",
    "sample_rows",
    "side_by_side_table",
    "svgs",
    "to_dataset",
    "to_pandas",
    "write_comparison",
    "write_html",
]
