"""Copies of a lesson: blank for students, executed for instructors, plain for nbgrader."""

from __future__ import annotations

import copy
import itertools
from collections import defaultdict
from datetime import datetime

import nbformat
from nbformat.v4 import new_markdown_cell

from course.lessons import CHECK, SOLUTION, Lesson, asked_for, code_cells, tagged

STUB = "# Your answer here: put it in place of the dots."
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
NBGRADER_CONFIG = '''"""Settings of nbgrader for this course; run its commands in this folder."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "cbe"
c.Execute.timeout = 300
'''


def student(lesson: Lesson) -> nbformat.NotebookNode:
    """Blank copy: no output, and dots where the solutions stood."""
    book = plain(lesson)
    following = [*book.cells[1:], None]
    for cell, after in zip(book.cells, following, strict=True):
        if tagged(cell, SOLUTION):
            names = asked_for(after.source) if after is not None and tagged(after, CHECK) else []
            cell.source = "\n".join([STUB, *(f"{name} = ..." for name in names)])
            cell.metadata.pop("jupyter", None)
            cell.metadata.tags = ["answer"]
    return book


def _drop_early_dots(book: nbformat.NotebookNode) -> None:
    """Leave one place for each answer: dots that a lesson offers before its solution would be a second one."""
    dots = {f"{name} = ..." for cell in book.cells if tagged(cell, CHECK) for name in asked_for(cell.source)}
    for cell in code_cells(book):
        if not tagged(cell, SOLUTION):
            cell.source = "\n".join(line for line in cell.source.splitlines() if line not in dots)
    book.cells = [cell for cell in book.cells if cell.source.strip()]


def plain(lesson: Lesson) -> nbformat.NotebookNode:
    """Copy without outputs, as nbgrader takes it for a source: it cuts the solutions itself."""
    book = copy.deepcopy(lesson.book)
    for cell in code_cells(book):
        cell.outputs, cell.execution_count = [], None
    _drop_early_dots(book)
    return book


def instructor(lesson: Lesson, executed: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Executed copy with solutions and answers open, and how long each part took to run."""
    book = copy.deepcopy(executed)
    for cell in code_cells(book):
        cell.metadata.pop("jupyter", None)
    book.cells.insert(1, new_markdown_cell(_timings(lesson, executed), id="instructor-timings"))
    return book


def _timings(lesson: Lesson, executed: nbformat.NotebookNode) -> str:
    parts = seconds_by_part(executed)
    rows = "\n".join(f"| {part} | {taken:.1f} |" for part, taken in parts.items())
    told = f" Readers are told {lesson.minutes} minutes." if lesson.minutes else ""
    return (
        f"**Instructor copy.** All cells ran in {sum(parts.values()):.1f} seconds when this copy was made.{told} "
        f"Solutions are open.\n\n| part | seconds to run |\n|---|---|\n{rows}"
    )


def seconds_by_part(executed: nbformat.NotebookNode) -> dict[str, float]:
    """Seconds that the code below each heading of the second level took."""
    parts: defaultdict[str, float] = defaultdict(float)
    part = "Setup"
    for cell in executed.cells:
        if cell.cell_type == "markdown":
            headings = [line[3:] for line in cell.source.splitlines() if line.startswith("## ")]
            part = headings[-1] if headings else part
        else:
            parts[part] += seconds(cell)
    return dict(parts)


def seconds(cell: nbformat.NotebookNode) -> float:
    """Seconds that a cell took, from the times that its kernel reported."""
    times = cell.metadata.get("execution", {})
    began, ended = times.get("iopub.execute_input"), times.get("shell.execute_reply")
    if not (began and ended):
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def leaks(lesson: Lesson, copied: nbformat.NotebookNode) -> list[str]:
    """Lines of solutions that stand in a copy all the same."""
    solved = [cell.source.splitlines() for cell in lesson.book.cells if tagged(cell, SOLUTION)]
    lines = {line.strip() for line in itertools.chain.from_iterable(solved)} - set(MARKS)
    telling = {line for line in lines if sum(letter.isalnum() for letter in line) > 3}
    there = [line for cell in copied.cells for line in cell.source.splitlines()]
    return sorted(line for line in telling if any(line in other for other in there))
