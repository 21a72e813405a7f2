"""The guide for instructors: two syllabi, and for each notebook a discussion and a reading list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from course.render import markdown

FOLDER = Path(__file__).parent / "guide"
_NUMBER = re.compile(r"\bnotebook (\d\d)\b")
_STEP = re.compile(r"^\d+\. \((\d+) min\) ", re.MULTILINE)
_MINUTES = re.compile(r"\*\*Minutes\.\*\* (\d+)")


@dataclass(frozen=True)
class Protocol:
    """How to talk about one notebook, and what to read beside it."""

    number: str
    text: str

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.text.splitlines()[0].removeprefix("# ")

    @property
    def minutes(self) -> int:
        """Minutes that the talk takes."""
        found = _MINUTES.search(self.text)
        return int(found[1]) if found else 0

    @property
    def steps(self) -> list[int]:
        """Minutes of each step."""
        return [int(minutes) for minutes in _STEP.findall(self.text)]


def protocols() -> dict[str, Protocol]:
    """Give the protocol of each notebook by its number."""
    files = sorted(FOLDER.glob("[0-9][0-9].md"))
    return {path.stem: Protocol(path.stem, path.read_text(encoding="utf8")) for path in files}


def syllabi(stems: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Give name, title and HTML of each syllabus, with links to the notebooks that exist."""
    for path in sorted(FOLDER.glob("*_weeks.md")):
        text = path.read_text(encoding="utf8")
        linked = _NUMBER.sub(lambda found: _link(found, stems), text)
        yield path.stem, text.splitlines()[0].removeprefix("# "), markdown(linked)


def _link(found: re.Match[str], stems: Mapping[str, str]) -> str:
    stem = stems.get(found[1])
    return f"[{found[0]}](../notebooks/{stem}.html)" if stem else found[0]
