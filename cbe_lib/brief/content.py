"""What a brief is made of, whatever it is printed on: no markup here, and none in the words."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """A sentence or a few; `lead` is a run-in label, `style` "plain", "item" or "small"."""

    text: str
    lead: str = ""
    style: str = "plain"


@dataclass(frozen=True)
class Grid:
    """A table: the first cell of each row names the row, unless the rows are `blank`, to be filled in by hand."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    blank: bool = False


@dataclass(frozen=True)
class Picture:
    """A detached Matplotlib figure, what it shows in words, and the line below it."""

    figure: Any = field(repr=False, compare=False)
    description: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Question:
    """What to ask whom, why here, and how to hear the answer."""

    to: str
    text: str
    why: str
    listen_for: str
    warning_sign: str
    criterion_id: str


Part = Text | Grid | Picture | Question


@dataclass(frozen=True)
class Section:
    """One numbered part of the brief; `sheet` is the page that it is meant for."""

    number: int
    title: str
    parts: tuple[Part, ...]
    sheet: int


@dataclass(frozen=True)
class Brief:
    """The brief of one district: see `cbe_lib.brief.build`.

    Attributes
    ----------
    district_id, name : str
        Whose brief this is.
    title, subtitle : str
        What stands on top; the subtitle says if the district is invented.
    sections : tuple of Section
        Twelve, in the order of printing.
    """

    district_id: str
    name: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What to ask, in the order of printing."""
        return tuple(part for section in self.sections for part in section.parts if isinstance(part, Question))

    def __repr__(self) -> str:
        heads = "\n".join(f"{section.number:2d}  {section.title}" for section in self.sections)
        return f"{self.title}\n{self.subtitle}\n\n{heads}"

    def _repr_html_(self) -> str:
        # By name, at call time: a brief can be read without the packages that print it.
        return importlib.import_module("cbe_lib.brief.web").fragment(self)
