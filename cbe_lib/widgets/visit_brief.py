"""The brief for a visit, made at the press of a button and kept by the reader: a PDF and a web page."""

from __future__ import annotations

import base64
import html
import tempfile
from functools import cache

import ipywidgets
import pandas as pd

from cbe_lib import samples
from cbe_lib.errors import CbeError

KINDS = {".pdf": ("application/pdf", "PDF, two pages"), ".html": ("text/html;charset=utf-8", "web page")}


def brief_links(district: str) -> str:
    """Where can the brief of this district be had? Links, in HTML, that hold the PDF and the web page themselves.

    Parameters
    ----------
    district : str
        district_id, or exact name, in the sample state.

    Returns
    -------
    str
        A sentence with two links.

    Raises
    ------
    CbeError
        For an unknown district.

    Examples
    --------
    >>> links = brief_links("00063")
    >>> 'download="00063.pdf"' in links
    True
    """
    # Here, not above: nobody but those who ask for a brief should wait for what it needs.
    from cbe_lib import brief

    content = brief.build(district, _state())
    with tempfile.TemporaryDirectory() as folder:
        links = [_link(file.name, file.suffix, file.read_bytes()) for file in brief.write(content, folder)]
    return f"<p>The brief of {html.escape(content.title)}: {' and '.join(links)}.</p>"


def brief_button(district: ipywidgets.Dropdown) -> ipywidgets.VBox:
    """Offer the brief of the chosen district.

    Parameters
    ----------
    district : ipywidgets.Dropdown
        Its value is a district_id of the sample state.

    Returns
    -------
    ipywidgets.VBox
        A button, and below it, once pressed, the links.

    Examples
    --------
    >>> choice = ipywidgets.Dropdown(options=[("Tarnelmere", "00063")])
    >>> brief_button(choice).children[0].description
    'Make the brief for a visit'
    """
    button = ipywidgets.Button(description="Make the brief for a visit", layout=ipywidgets.Layout(width="auto"))
    links = ipywidgets.HTML()
    links.add_class("cbe-sentence")

    def make(_: object) -> None:
        button.disabled, links.value = True, "<p>Making the brief…</p>"
        try:
            links.value = brief_links(str(district.value))
        except CbeError as problem:
            links.value = f'<p class="cbe-problem">{html.escape(str(problem))}</p>'
        finally:
            button.disabled = False

    button.on_click(make)
    district.observe(lambda _: setattr(links, "value", ""), names="value")
    box = ipywidgets.VBox([button, links])
    box.add_class("cbe-controls")
    return box


def _link(name: str, ending: str, content: bytes) -> str:
    kind, said = KINDS[ending]
    held = base64.b64encode(content).decode("ascii")
    return f'<a download="{html.escape(name)}" href="data:{kind};base64,{held}">{said}</a>'


@cache
def _state() -> dict[str, pd.DataFrame]:
    return samples.state()
