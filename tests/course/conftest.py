"""A course of two small notebooks, built once."""

from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course import copies
from course.execute import executed
from course.lessons import lessons
from course.website import build_site
from tests.browser.conftest import browser, chromium

__all__ = ["browser", "chromium"]  # fixtures

TITLE = """# How many dots are there?

**Time:** about 10 minutes.

**By the end you can**

- count dots;
- say how sure you are.

See [the other one](01_second.ipynb)."""
FIGURE = """from matplotlib.figure import Figure

figure = Figure(figsize=(3, 2))
axes = figure.subplots()
axes.set(title="Three dots in a row", xlabel="place", ylabel="height")
axes.plot([1, 2, 3], "o")
figure"""
WIDGET = """import ipywidgets
level = ipywidgets.IntSlider(2, min=0, max=5, description="Level")
said = ipywidgets.HTML("<p>The level is two.</p>")
ipywidgets.VBox([level, said])"""
TABLE = """from IPython.display import HTML
HTML("<table><thead><tr><th>year</th></tr></thead><tbody><tr><td>2014</td></tr></tbody></table>")"""


def exercise():
    answer = new_code_cell(
        "### BEGIN SOLUTION\ndots = len([1, 2, 3])\n### END SOLUTION", metadata={"tags": ["solution"]}
    )
    seen = new_code_cell("def check(found, sealed):\n    return 'That is right.'\n\n\ncheck(dots, 'number:1f')")
    seen.metadata.tags = ["check"]
    task = (
        "## Exercise 1: count\n\n**Task.** Call the answer `dots`.\n\n<details><summary>Hint</summary>Look.</details>"
    )
    return [new_markdown_cell(task), answer, seen]


def book(cells):
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Two notebooks, run and built into a site: folder, lessons, runs and pages."""
    folder = tmp_path_factory.mktemp("notebooks")
    first = [new_markdown_cell(TITLE), *map(new_code_cell, ("%matplotlib inline", FIGURE, WIDGET, TABLE)), *exercise()]
    nbformat.write(book(first), folder / "00_first.ipynb")
    second = [new_markdown_cell("# Is there more?\n\n| a | b |\n|---|---|\n| 1 | 2 |"), new_code_cell("print('no')")]
    second[1].metadata.jupyter = {"outputs_hidden": True}
    nbformat.write(book(second), folder / "01_second.ipynb")
    out = tmp_path_factory.mktemp("out")
    wanted = lessons(folder)
    ran = executed(wanted, out / "cache")
    pages = build_site(wanted, ran, [], out / "site")
    return SimpleNamespace(out=out, lessons=wanted, ran=ran, pages=pages, student=copies.student(wanted[0]))
