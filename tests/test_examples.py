"""The notebooks in examples/ run from top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared import ROOT

nbclient = pytest.importorskip("nbclient", reason="notebooks are run by nbclient")
nbformat = pytest.importorskip("nbformat", reason="notebooks are read by nbformat")
pytest.importorskip("ipykernel", reason="notebooks need a kernel")

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert {"add-a-task.ipynb", "edit.ipynb", "evaluate.ipynb", "pie.ipynb"} <= {
        path.name for path in NOTEBOOKS
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "kept without its outputs"
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert shown
    for output in shown:  # a reader sees what it is, not that it is there
        data = output.get("data", {})
        assert set(data) != {"text/plain"} or not data["text/plain"].startswith("<")
