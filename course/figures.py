"""The notebooks in figures, beside those of well-known teaching notebooks: `python -m course.figures`."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import nbformat

from course.lessons import NOTEBOOKS, ROOT, Lesson, code_cells, lessons
from course.prose import grade

PAGE = ROOT / "docs" / "notebooks.md"
# From our own count of the newest stored snapshots, 2018 to 2026; a dash stands where we did not count.
PEERS = """\
| *Think Stats / Think Bayes, a notebook* | 155 | 2 | 3,100 | – | – | – |
| *QuantEcon intro, a lecture* | 40 | 6 | 1,560 | – | – | – |
| *UBC Data Science, a chapter* | – | – | 6,740 | – | – | – |"""
HEAD = """\
# The notebooks in figures

Written by `python -m course.figures`; a test keeps it up to date. Lines are those of code without comments and blank
ones, the median over cells. Words are all words of text. Widgets are panels with controls. The grade is that of Flesch
and Kincaid, of the text without code, formulas, tables and sources: the school year in which it can be read.

| notebook | cells | lines a cell | words | exercises | widgets | grade |
|---|---|---|---|---|---|---|"""


def row(lesson: Lesson) -> str:
    """Write the line of one notebook."""
    lines = [len(code_lines(cell)) for cell in code_cells(lesson.book)]
    words = len(lesson.prose.split())
    exercises = len(re.findall(r"^## Exercise \d", lesson.prose, re.MULTILINE))
    panels = sum(len(re.findall(r"\bwidgets\.\w+\(", cell.source)) for cell in code_cells(lesson.book))
    figures = [len(lesson.book.cells), f"{statistics.median(lines):g}", f"{words:,}", exercises, panels]
    return f"| {lesson.stem} | {' | '.join(map(str, figures))} | {grade(lesson.prose):.1f} |"


def code_lines(cell: nbformat.NotebookNode) -> list[str]:
    """Give the lines of code that are neither blank nor a comment."""
    stripped = [line.strip() for line in cell.source.splitlines()]
    return [line for line in stripped if line and not line.startswith("#")]


def page(folder: Path = NOTEBOOKS) -> str:
    """Write the whole page."""
    return "\n".join([HEAD, *map(row, lessons(folder)), PEERS]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
    print(PAGE.read_text(encoding="utf8"))
