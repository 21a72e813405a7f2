"""Everything that a course needs, built into one folder: `python -m course.build OUT`."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import nbformat

from course import copies
from course.execute import executed
from course.lessons import NOTEBOOKS, Lesson, lessons

PARTS = ("student", "instructor", "nbgrader", "slides", "site")


def build(out: Path, parts: tuple[str, ...] = PARTS, folder: Path = NOTEBOOKS) -> None:
    """Build the parts that are asked for."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    wanted = lessons(folder)
    ran = executed(wanted, out / "cache") if {"instructor", "slides", "site"} & set(parts) else {}
    makers = {"student": _student, "instructor": _instructor, "nbgrader": _nbgrader, "slides": _slides, "site": _site}
    for part in parts:
        began = time.monotonic()
        made = makers[part](wanted, ran, out)
        print(f"{part:<11}{made} ({time.monotonic() - began:.1f} s)")


def _student(wanted: list[Lesson], _: object, out: Path) -> str:
    for lesson in wanted:
        _write(copies.student(lesson), out / "student" / lesson.path.name)
    return f"{len(wanted)} blank copies"


def _instructor(wanted: list[Lesson], ran: dict[str, nbformat.NotebookNode], out: Path) -> str:
    for lesson in wanted:
        _write(copies.instructor(lesson, ran[lesson.stem]), out / "instructor" / lesson.path.name)
    return f"{len(wanted)} executed copies"


def _nbgrader(wanted: list[Lesson], _: object, out: Path) -> str:
    for lesson in wanted:
        _write(copies.plain(lesson), out / "nbgrader" / "source" / lesson.stem / lesson.path.name)
    (out / "nbgrader" / "nbgrader_config.py").write_text(copies.NBGRADER_CONFIG, encoding="utf8")
    return f"{len(wanted)} assignments"


def _slides(wanted: list[Lesson], ran: dict[str, nbformat.NotebookNode], out: Path) -> str:
    from course.slides import build_slides

    return build_slides(wanted, ran, out / "slides", out / "cache")


def _site(wanted: list[Lesson], ran: dict[str, nbformat.NotebookNode], out: Path) -> str:
    from course.explainers.films import films
    from course.website import build_site

    return f"{len(build_site(wanted, ran, films(out / 'explainers'), out / 'site'))} pages"


def _write(book: nbformat.NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(book, indent=1) + "\n", encoding="utf8")


def main() -> None:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("out", type=Path)
    reader.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    reader.add_argument("--notebooks", type=Path, default=NOTEBOOKS)
    asked = reader.parse_args()
    build(asked.out.resolve(), tuple(asked.parts), asked.notebooks)


if __name__ == "__main__":
    main()
