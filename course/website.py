"""The site: static pages that ask nothing of the world outside, with a search that runs in the reader's browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.guide import protocols, syllabi
from course.lessons import Lesson
from course.reference import reference
from course.render import lesson_html, markdown

HERE = Path(__file__).parent
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One page: its place below the site's folder, the template that draws it, and what it shows."""

    place: str
    template: str
    title: str
    values: dict[str, Any]


def build_site(
    wanted: list[Lesson], executed: dict[str, nbformat.NotebookNode], films: list[dict[str, Any]], folder: Path
) -> list[Path]:
    """Write all pages and the index of their words; return the pages."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "static", folder / "static")
    _copy_films(films, folder / "static" / "films")
    pages = [*_lesson_pages(wanted, executed), *_guide_pages(wanted), *_reference_pages()]
    pages += [
        Page("index.html", "index.html", "What can a district's numbers tell?", {"lessons": wanted}),
        Page("glossary.html", "glossary.html", "Glossary", {"entries": glossary(), "stems": _stems(wanted)}),
        Page("search.html", "search.html", "Search", {}),
        Page("explainers.html", "explainers.html", "Explainers", {"films": films}),
    ]
    written = list(_write(pages, folder))
    _index(folder)
    return written


def glossary() -> list[dict[str, str]]:
    """Give the terms with their plain definitions, in the order of the alphabet."""
    entries = tomllib.loads((HERE / "glossary.toml").read_text(encoding="utf8"))["entry"]
    return sorted(entries, key=lambda entry: entry["term"].casefold())


def _copy_films(films: list[dict[str, Any]], folder: Path) -> None:
    folder.mkdir()
    for film in films:
        for ending in (".mp4", ".vtt", ".png"):
            shutil.copy(film["file"].with_suffix(ending), folder)


def _lesson_pages(wanted: list[Lesson], executed: dict[str, nbformat.NotebookNode]) -> Iterable[Page]:
    around = [None, *wanted, None]
    for before, lesson, after in zip(around, wanted, around[2:], strict=False):
        body = lesson_html(executed[lesson.stem])
        values = {"body": body, "headings": _headings(body), "before": before, "after": after}
        yield Page(f"notebooks/{lesson.stem}.html", "lesson.html", lesson.title, values)


def _guide_pages(wanted: list[Lesson]) -> Iterable[Page]:
    stems = _stems(wanted)
    for name, title, body in syllabi(stems):
        yield Page(f"guide/{name}.html", "text.html", title, {"body": body})
    found = protocols()
    for number, protocol in found.items():
        values = {"body": markdown(protocol.text), "stem": stems.get(number)}
        yield Page(f"guide/protocol_{number}.html", "text.html", protocol.title, values)
    yield Page("guide/index.html", "guide.html", "Guide for instructors", {"protocols": found, "stems": stems})


def _reference_pages() -> Iterable[Page]:
    modules = reference()
    for module in modules:
        yield Page(f"reference/{module.name}.html", "module.html", module.name, {"module": module})
    yield Page("reference/index.html", "reference.html", "Reference", {"modules": modules})


def _headings(body: str) -> list[tuple[str, str]]:
    return [(anchor, re.sub(r"<.*?>", "", text).strip()) for anchor, text in _HEADING.findall(body)]


def _stems(wanted: list[Lesson]) -> dict[str, str]:
    return {lesson.number: lesson.stem for lesson in wanted}


def _write(pages: Iterable[Page], folder: Path) -> Iterable[Path]:
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    for page in pages:
        target = folder / page.place
        target.parent.mkdir(parents=True, exist_ok=True)
        root = "../" * page.place.count("/") or "./"
        text = templates.get_template(page.template).render(
            title=page.title, root=root, place=page.place, **page.values
        )
        target.write_text(text, encoding="utf8")
        yield target


def _index(folder: Path) -> None:
    """Write the index of words that the search page reads.

    By the command: the service that pagefind offers to Python is ended before all that it has written is on the disk.
    """
    subprocess.run([sys.executable, "-m", "pagefind", "--site", str(folder), "--quiet"], check=True)
