"""A brief as one HTML page: no outside request, readable on a phone and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from cbe_lib.brief.content import Brief, Grid, Part, Picture, Question, Section, Text
from cbe_lib.plots.picture import svg

HERE = Path(__file__).parent / "templates"
IN_NOTEBOOK = 3  # 1 is the title of the notebook, 2 one of its sections


def page(brief: Brief) -> str:
    """Return the whole page."""
    css = Markup((HERE / "brief.css").read_text(encoding="utf-8"))  # ours, not from data
    return _templates().get_template("page.html").render(brief=brief, css=css, top=1)


def fragment(brief: Brief) -> str:
    """Return what stands between the tags of the body, for a notebook; its title is no heading of the first rank."""
    return _templates().get_template("body.html").render(brief=brief, top=IN_NOTEBOOK)


@cache
def _templates() -> jinja2.Environment:
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["drawn"] = _drawn
    pages.filters["blocks"] = blocks
    return pages


def _drawn(picture: Picture) -> Markup:
    return Markup(svg(picture.figure, picture.description))


def blocks(section: Section) -> list[tuple[str, Sequence[Part]]]:
    """Return the parts of a section with the kind of each; items that follow each other are one list."""
    found: list[tuple[str, list[Part]]] = []
    for part in section.parts:
        kind = _kind(part)
        if kind == "items" and found and found[-1][0] == kind:
            found[-1][1].append(part)
        else:
            found.append((kind, [part]))
    return [(kind, tuple(parts)) for kind, parts in found]


def _kind(part: Part) -> str:
    if isinstance(part, Text):
        return {"item": "items", "small": "small", "plain": "plain"}[part.style]
    return {Grid: "grid", Picture: "picture", Question: "question"}[type(part)]
