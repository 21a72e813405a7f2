"""A lesson as HTML: every cell with its outputs, nothing fetched, nothing that needs a kernel."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import nbformat
from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course.lessons import CHECK, SOLUTION, tagged
from course.stills import still

_LESSON_LINK = re.compile(r'(<a [^>]*href=")(?!https?:)([^"#]*?)\.ipynb(#[^"]*)?"')
_ANCHOR = re.compile(r'<a class="anchor-link".*?</a>', re.DOTALL)
_STYLED = re.compile(r"<style scoped>.*?</style>", re.DOTALL)
_SCROLLS = '<div class="scroll" tabindex="0" role="group" aria-label="Table">'
_MARK = re.compile(r"^# NBVAL_CHECK_OUTPUT\n")
_SVG_PROLOG = re.compile(r"^.*?(?=<svg)", re.DOTALL)


def lesson_html(executed: nbformat.NotebookNode) -> str:
    """Write the cells of an executed lesson as the body of a page."""
    state = widget_state(executed)
    return "\n".join(_cell(cell, state) for cell in executed.cells)


def widget_state(executed: nbformat.NotebookNode) -> dict[str, Any]:
    """Give what the widgets of a lesson showed when it had been run."""
    kept = executed.metadata.get("widgets", {})
    return kept.get("application/vnd.jupyter.widget-state+json", {}).get("state", {})


def markdown(text: str) -> str:
    """Turn Markdown into HTML, with links between lessons that lead from page to page."""
    written = _LESSON_LINK.sub(r'\1\2.html\3"', _ANCHOR.sub("", markdown2html_mistune(text)))
    return written.replace("<table>", f"{_SCROLLS}<table>").replace("</table>", "</table></div>")


def code(source: str) -> str:
    """Write code with its words marked, to be wrapped rather than scrolled."""
    return highlight(_MARK.sub("", source), PythonLexer(), HtmlFormatter(cssclass="code", wrapcode=True))


def _cell(cell: nbformat.NotebookNode, state: dict[str, Any]) -> str:
    if cell.cell_type == "markdown":
        return f'<div class="prose">{markdown(cell.source)}</div>'
    if tagged(cell, SOLUTION):
        return f'<details class="solution"><summary>Solution</summary>{cell_html(cell, state)}</details>'
    if tagged(cell, CHECK):
        return f'<details class="check"><summary>Check</summary>{cell_html(cell, state)}</details>'
    return f'<div class="cell">{cell_html(cell, state)}</div>'


def cell_html(cell: nbformat.NotebookNode, state: dict[str, Any]) -> str:
    """Write the code of a cell and all that it gave; what follows a prediction stays closed until it is asked for."""
    given = outputs_html(cell, state)
    if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
        given = f'<details class="answer"><summary>What the cell gives</summary>{given}</details>'
    return code(_without_marks(cell.source)) + given


def outputs_html(cell: nbformat.NotebookNode, state: dict[str, Any]) -> str:
    """Write all that a cell gave."""
    return "".join(_output(output, state) for output in cell.outputs)


def _without_marks(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith("### "))


def _output(output: nbformat.NotebookNode, state: dict[str, Any]) -> str:
    if output.output_type == "stream":
        return _text(output.text)
    if output.output_type == "error":
        return _text("\n".join(output.traceback))
    for kind, write in _WRITERS.items():
        if kind in output.data:
            return write(output.data, state)
    return ""


def _widget(data: dict[str, Any], state: dict[str, Any]) -> str:
    return still(data["application/vnd.jupyter.widget-view+json"]["model_id"], state)


def _table(data: dict[str, Any], _: object) -> str:
    plain = _STYLED.sub("", data["text/html"]).replace(' border="1"', "").replace(' style="text-align: right;"', "")
    return f'<div class="output scroll" tabindex="0" role="group" aria-label="Result">{plain}</div>'


def _svg(data: dict[str, Any], _: object) -> str:
    label = html.escape(_alternative(data), quote=True)
    drawn = _SVG_PROLOG.sub("", data["image/svg+xml"]).replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return f'<div class="output">{drawn}</div>'


def _picture(data: dict[str, Any], _: object) -> str:
    label = html.escape(_alternative(data), quote=True)
    return f'<div class="output"><img src="data:image/png;base64,{data["image/png"].strip()}" alt="{label}"></div>'


def _alternative(data: dict[str, Any]) -> str:
    told = data.get("text/plain", "")
    return told if told.startswith("Chart") else "Chart. The text beside it says what it shows."


def _prose(data: dict[str, Any], _: object) -> str:
    return f'<div class="output said">{markdown(data["text/markdown"])}</div>'


def _text(text: str) -> str:
    return f'<pre class="output">{html.escape(strip_ansi(text))}</pre>'


_WRITERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "application/vnd.jupyter.widget-view+json": _widget,
    "text/html": _table,
    "image/svg+xml": _svg,
    "image/png": _picture,
    "text/markdown": _prose,
    "text/plain": lambda data, _: _text(data["text/plain"]),
}
