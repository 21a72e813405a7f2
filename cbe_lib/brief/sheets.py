"""A brief on two sheets of paper: a tagged PDF (PDF/UA-1) set by Typst."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst

from cbe_lib.brief.content import Brief, Grid, Part, Picture, Question, Text
from cbe_lib.brief.letters import MISSING, fonts, printable
from cbe_lib.brief.web import blocks
from cbe_lib.brief.words import short

TEMPLATE = Path(__file__).parent / "templates" / "brief.typ"
SIZES = (10.4, 9.8, 9.4, 9.2, 9.0)
PAGES = 2
STANDARD = "ua-1"


def pdf(brief: Brief) -> bytes:
    """Return the brief as PDF/UA-1: as large as two pages hold, and never below 9 points.

    First each sheet on its own page is tried, then one flow over both. What two pages cannot hold at 9 points goes on
    to a third, rather than being cut.
    """
    content = json.dumps(content_of(brief))
    return _compiled({"content": content, **fitting(content)})


def fitting(content: str) -> dict[str, str]:
    """Return the largest letters with which the brief has two pages: the smallest first, then by halving."""
    for parted in ("yes", "no"):
        if not _fits(content, SIZES[-1], parted):
            continue
        low, high = 0, len(SIZES) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if _fits(content, SIZES[middle], parted) else (middle + 1, high)
        return {"size": str(SIZES[low]), "parted": parted}
    return {"size": str(SIZES[-1]), "parted": "no"}


def _fits(content: str, size: float, parted: str) -> bool:
    inputs = {"content": content, "size": str(size), "parted": parted}
    return int(typst.query(str(TEMPLATE), "<pages>", field="value", one=True, **_options(inputs))) <= PAGES


def _options(inputs: dict[str, str]) -> dict[str, Any]:
    return {
        "root": str(TEMPLATE.parent),
        "font_paths": _fonts(),
        "ignore_system_fonts": True,
        "sys_inputs": inputs,
    }


@cache
def _fonts() -> typst.Fonts:
    """Find the fonts once: looking for them takes as long as setting a page."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(fonts())])


def _compiled(inputs: dict[str, str]) -> bytes:
    return typst.compile(str(TEMPLATE), format="pdf", pdf_standards=[STANDARD], **_options(inputs))


def content_of(brief: Brief) -> dict[str, Any]:
    """Return the brief as plain values for Typst, every word of it in letters that can be printed."""
    sections = [
        {
            "number": section.number,
            "title": section.title,
            "sheet": section.sheet,
            "parts": [_block(kind, parts) for kind, parts in blocks(section)],
        }
        for section in brief.sections
    ]
    content = {
        "title": brief.title,
        "subtitle": brief.subtitle,
        "footer": f"Site-visit brief: {short(brief.title, 60)}",
        "sections": sections,
    }
    safe = _printable(content)
    return {**safe, "replaced": MISSING in json.dumps(safe, ensure_ascii=False)}


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: cell if key == "svg" else _printable(cell) for key, cell in value.items()}
    return [_printable(each) for each in value] if isinstance(value, (list, tuple)) else value


def _block(kind: str, parts: Any) -> dict[str, Any]:
    if kind == "items":
        return {"kind": kind, "parts": [_part(part) for part in parts]}
    return {"kind": kind, **_part(parts[0])}


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"lead": part.lead, "text": part.text}
    if isinstance(part, Grid):
        shown = {"caption": part.caption, "columns": part.columns, "rows": part.rows}
        return {**shown, "widths": part.widths, "blank": part.blank}
    if isinstance(part, Question):
        asked = {"to": part.to.capitalize(), "text": part.text, "why": part.why}
        return {**asked, "listen_for": part.listen_for, "warning_sign": part.warning_sign}
    return {"svg": _outlined(part), "description": part.description, "caption": part.caption}


def _outlined(picture: Picture) -> str:
    """Write the figure as SVG with its letters as outlines, so that it needs no font."""
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "brief"}):
        page = io.StringIO()
        picture.figure.savefig(page, format="svg", metadata={"Date": None})
    return page.getvalue()
