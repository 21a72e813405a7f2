"""Take every output out of notebooks about own data, kept ones too: pictures and tables of real students stay home.

A notebook is about own data if it lies in a folder named own, or says so in its metadata: {"cbe": {"own_data": true}}.
Used by pre-commit: `python .ci/strip_own_data.py FILE...`; ends with 1 if anything was taken out.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat


def about_own_data(path: Path, notebook: nbformat.NotebookNode) -> bool:
    """Whether this notebook shows data of somebody's own."""
    return "own" in path.parts[:-1] or notebook.metadata.get("cbe", {}).get("own_data") is True


def strip(path: Path) -> bool:
    """Empty the outputs of a notebook about own data; return whether there were any."""
    notebook = nbformat.read(path, as_version=4)
    full = [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    attached = [cell for cell in notebook.cells if cell.get("attachments")]
    widgets = "widgets" in notebook.metadata
    if not about_own_data(path, notebook) or not (full or attached or widgets):
        return False
    for cell in full:
        cell.outputs, cell.execution_count = [], None
    for cell in attached:
        del cell["attachments"]
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)
    return True


if __name__ == "__main__":
    stripped = [name for name in sys.argv[1:] if strip(Path(name))]
    for name in stripped:
        print(f"{name}: outputs of own data taken out; add the file again")
    sys.exit(1 if stripped else 0)
