"""A figure as a picture for a page: a small SVG that carries its text alternative."""

from __future__ import annotations

import html
import io
import re
import statistics
from functools import lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.textpath import text_to_path

_NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
_GROUP_ID = re.compile(r'<g id="[^"]*">')
_STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_FAMILY = re.compile(r"; font-family: [^;\"]*")
_TAG, _DIGITS, _BLANKS = re.compile(r"<[^>]*>"), re.compile(r"(\.\d\d)\d+"), re.compile(r">\s+<")
_NO_TURN = re.compile(r' transform="rotate\(-0 [^"]*"')
POINTS = 72
_ROOT = re.compile(r'<svg [^>]*viewBox="([^"]+)"[^>]*>')


def svg(figure: Figure, description: str) -> str:
    """Write `figure` as inline SVG that scales with the page and is read aloud as `description`.

    Letters stay letters: the browser draws them, which is faster than drawing their outlines and stays sharp
    at any zoom. Nothing in the picture styles or names anything else on the page.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> svg(Figure(figsize=(1, 1)), "An <empty> figure")[:66]
    '<svg role="img" aria-label="An &lt;empty&gt; figure" viewBox="0 0 '
    """
    text = _written(figure)
    text = _lighter(_GROUP_ID.sub("<g>", _STYLE.sub("", text[text.index("<svg ") :], count=1)))
    families = _FAMILY.findall(text)
    family = statistics.mode(families) if families else ""
    text = _FAMILY.sub(lambda own: "" if own.group() == family else own.group(), text)
    style = f"width:100%;height:auto{family}"
    label = html.escape(description, quote=True)
    root = (
        f'<svg role="img" aria-label="{label}" viewBox="\\1" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" stroke-linejoin="round" style="{style}">'
    )
    return _ROOT.sub(lambda found: root.replace("\\1", found.group(1)), text, count=1)


def _lighter(text: str) -> str:
    """Leave out what no browser needs: blanks between tags, turns by nothing, and in tags digits beyond the second."""
    return _TAG.sub(lambda tag: _DIGITS.sub(r"\1", tag.group()), _NO_TURN.sub("", _BLANKS.sub("><", text)))


class _Renderer(RendererSVG):
    """Measures a text once: Matplotlib forgets after every picture how wide its words are."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        return _size(s, prop, ismath)


@lru_cache(4096)
def _size(text: str, font: Any, ismath: Any) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(text, font, ismath)


def _written(figure: Figure) -> str:
    """Write the whole SVG file; `Figure.savefig` does the same by a longer way."""
    page, dpi = io.StringIO(), figure.dpi
    width, height = figure.get_size_inches() * POINTS
    try:
        if dpi != POINTS:
            figure.dpi = POINTS
        with mpl.rc_context({"svg.fonttype": "none"}):
            renderer = _Renderer(width, height, page, image_dpi=POINTS, metadata=_NO_METADATA)
            figure.draw(renderer)
            renderer.finalize()
    finally:
        if dpi != POINTS:
            figure.dpi = dpi
    return page.getvalue()
