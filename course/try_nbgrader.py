"""nbgrader tried once on the course: `python -m course.try_nbgrader OUT`, OUT as given to course.build.

nbgrader is no dependency of the project. Put it with this checkout into an environment of its own, and run this with
that environment's Python, for instance:

    uv venv grading
    uv pip install --python grading/bin/python nbgrader -e .
    grading/bin/python -m course.try_nbgrader OUT

For every assignment the release is generated, and three students hand in: one the solutions, one nothing, one a wrong
answer to everything. Scores are read from the gradebook.
"""

from __future__ import annotations

import argparse
import copy
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat

from course.lessons import CHECK, SOLUTION, asked_for, code_cells, tagged

Book = nbformat.NotebookNode


def solved(source: Book, _: Book) -> Book:
    """Hand in the solutions."""
    return source


def blank(_: Book, release: Book) -> Book:
    """Hand in what was given out."""
    return release


def mistaken(source: Book, release: Book) -> Book:
    """Hand in an answer that no exercise has."""
    book = copy.deepcopy(release)
    for cell, after in zip(book.cells, [*source.cells[1:], None], strict=False):
        names = asked_for(after.source) if after is not None and tagged(after, CHECK) else []
        if names and tagged(cell, SOLUTION):
            cell.source = "\n".join(f'{name} = "no such answer"' for name in names)
    return book


STUDENTS: dict[str, Callable[[Book, Book], Book]] = {"solved": solved, "blank": blank, "mistaken": mistaken}


def nbgrader(folder: Path, *words: str) -> None:
    """Run one command of nbgrader in the folder of the course."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic by its name
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": beside}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"nbgrader {' '.join(words)} failed:\n{done.stderr[-3000:]}")


def tried(folder: Path, stem: str) -> dict[str, tuple[float, float]]:
    """Generate, hand in and grade one assignment; give points and most points by student."""
    nbgrader(folder, "generate_assignment", stem, "--force")
    source = nbformat.read(folder / "source" / stem / f"{stem}.ipynb", as_version=4)
    release = nbformat.read(folder / "release" / stem / f"{stem}.ipynb", as_version=4)
    if any("END SOLUTION" in cell.source for cell in code_cells(release)):
        sys.exit(f"{stem}: the release holds a solution")
    for student, hand_in in STUDENTS.items():
        target = folder / "submitted" / student / stem
        target.mkdir(parents=True, exist_ok=True)
        nbformat.write(hand_in(source, release), target / f"{stem}.ipynb")
    nbgrader(folder, "autograde", stem, "--force")
    return _scores(folder, stem)


def _scores(folder: Path, stem: str) -> dict[str, tuple[float, float]]:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        handed_in = [book.find_submission(stem, student) for student in STUDENTS]
        return {str(each.student.id): (float(each.score), float(each.max_score)) for each in handed_in}


def main() -> None:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("out", type=Path)
    reader.add_argument("stems", nargs="*", help="assignments to try; all if none is named")
    asked = reader.parse_args()
    folder = asked.out.resolve() / "nbgrader"
    for place in ("release", "submitted", "autograded"):
        shutil.rmtree(folder / place, ignore_errors=True)
    for stem in asked.stems or sorted(path.name for path in (folder / "source").iterdir()):
        scores = {student: f"{points:g} of {most:g}" for student, (points, most) in tried(folder, stem).items()}
        print(stem, scores, flush=True)


if __name__ == "__main__":
    main()
