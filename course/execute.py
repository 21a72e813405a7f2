"""Lessons run from top to bottom, two at a time; what has not changed is not run again."""

from __future__ import annotations

import copy
import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from course.lessons import ROOT, Lesson, code_cells

WORKERS = 2
PATIENCE = 300
# Figures then say their titles and axes in text/plain, from which pages take the text alternative. Said again before
# each cell, because `%matplotlib inline` makes IPython forget it.
DESCRIBE = """
def _described(figure, printer, cycle):
    titles = [figure.get_suptitle()] + [axes.get_title() or axes.get_title("left") for axes in figure.axes]
    named = [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes[:1]]
    axes = [f"{across} across, {up} up" for across, up in named if across and up]
    told = dict.fromkeys(" ".join(title.split()).rstrip(".") for title in titles if title.strip())
    printer.text(". ".join(["Chart", *told, *axes]) + ".")

def _describe(*_):
    get_ipython().display_formatter.formatters["text/plain"].for_type_by_name("matplotlib.figure", "Figure", _described)

get_ipython().events.register("pre_run_cell", _describe)
"""


def executed(wanted: list[Lesson], cache: Path, workers: int = WORKERS) -> dict[str, nbformat.NotebookNode]:
    """Run the lessons, or take from the cache what an unchanged lesson gave with an unchanged library."""
    cache.mkdir(parents=True, exist_ok=True)
    kept = {lesson.stem: cache / f"{lesson.stem}-{_digest(lesson)}.ipynb" for lesson in wanted}
    missing = [lesson for lesson in wanted if not kept[lesson.stem].exists()]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        jobs = [pool.submit(run, lesson.path, kept[lesson.stem]) for lesson in missing]
        for job in jobs:
            job.result()
    _forget_others(cache, set(kept.values()), set(kept))
    return {stem: nbformat.read(path, as_version=4) for stem, path in kept.items()}


def run(source: Path, target: Path) -> None:
    """Execute one notebook on a desk of its own, so that nothing it writes lands in the checkout."""
    book = nbformat.read(source, as_version=4)
    for cell in code_cells(book):
        cell.outputs, cell.execution_count = [], None
    book.cells.insert(0, new_code_cell(DESCRIBE))
    with TemporaryDirectory() as desk:
        place = {"metadata": {"path": desk}}
        NotebookClient(book, timeout=PATIENCE, kernel_name="python3", resources=place).execute()
    book.cells.pop(0)
    for cell in code_cells(book):
        cell.execution_count = cell.execution_count and cell.execution_count - 1
        for output in cell.outputs:
            if output.get("execution_count"):
                output.execution_count = cell.execution_count
    part = target.with_suffix(".part")
    nbformat.write(book, part)
    part.replace(target)


def _digest(lesson: Lesson) -> str:
    """Tell apart lessons, and states of the library and the samples that they run on."""
    source = copy.deepcopy(lesson.book)
    for cell in code_cells(source):
        cell.outputs, cell.execution_count = [], None
    return hashlib.sha256((nbformat.writes(source) + _library() + DESCRIBE).encode()).hexdigest()[:16]


@lru_cache
def _library() -> str:
    digest = hashlib.sha256()
    files = [path for folder in ("cbe_lib", "data") for path in sorted((ROOT / folder).rglob("*"))]
    for path in files:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _forget_others(cache: Path, kept: set[Path], stems: set[str]) -> None:
    for path in cache.glob("*.ipynb"):
        if path.stem.rpartition("-")[0] in stems and path not in kept:
            path.unlink()
