"""Controls bound to a pure function: move one, and the picture and its sentence follow."""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.plots import svg

MOST_KEPT = 300
FIRST_REST, REST = 8.0, 0.02
"""Seconds: drawing beforehand lets all pages come up first, and whoever moves a control come between."""
_WIDE = ipywidgets.Layout(width="100%", max_width="42rem")


def panel(
    function: Callable[..., tuple[Any, ...]], *, beforehand: Iterable[Mapping[str, Any]] = (), **controls: Any
) -> ipywidgets.VBox:
    """What would the picture be if this control stood elsewhere?

    Listens to the controls, calls `function` with their plain values, and shows the figure it returns with
    the sentence beside it; the sentence is also the text alternative of the picture. A CbeError becomes a
    sentence in place of the picture. It works under pytest without a kernel: assign to a control's `value`.

    Parameters
    ----------
    function : callable
        Takes the values of the controls by name; returns a detached figure and a sentence, and if need be a table
        (DataFrame) to be read below the picture. It keeps no state, so that it can be tested alone, and what it
        returned for the last few hundred choices is shown again without asking it.
    beforehand : iterable of mapping
        Choices, as values by name, to be drawn in the background, so that no reader waits for them.
    **controls : ipywidgets
        A widget with a `value` for each parameter of `function`, in the order in which they are shown.

    Returns
    -------
    ipywidgets.VBox
        The controls, the sentence and the picture, in this order.

    Examples
    --------
    >>> from ipywidgets import IntSlider
    >>> from matplotlib.figure import Figure
    >>> year = IntSlider(2010, min=2008, max=2015)
    >>> controls, sentence, picture = panel(lambda year: (Figure(), f"Rollout {year}."), year=year).children
    >>> year.value = 2012
    >>> "Rollout 2012." in sentence.value and 'aria-label="Chart. Rollout 2012."' in picture.value
    True
    """
    picture, sentence = ipywidgets.HTML(layout=_WIDE), ipywidgets.HTML(layout=_WIDE)
    picture.add_class("cbe-picture")
    sentence.add_class("cbe-sentence")
    pages = _Pages(function)

    def show(_: object = None) -> None:
        picture.value, sentence.value = pages.of({name: each.value for name, each in controls.items()})

    for control in controls.values():
        # JupyterLab cuts labels that are longer than a few letters unless they are given room.
        control.style.description_width, control.layout.width = "11rem", "98%"
        control.observe(show, names="value")
    show()
    if choices := list(beforehand):
        threading.Thread(target=pages.prepare, args=(choices,), daemon=True).start()
    listed = ipywidgets.VBox(list(controls.values()), layout=_WIDE)
    listed.add_class("cbe-controls")
    return ipywidgets.VBox([listed, sentence, picture], layout=_WIDE)


class _Pages:
    """What is shown for each choice; a function that draws over one figure is asked by one thread at a time."""

    def __init__(self, function: Callable[..., tuple[Any, ...]]) -> None:
        self.function, self.known, self.lock = function, {}, threading.Lock()

    def of(self, values: Mapping[str, Any]) -> tuple[str, str]:
        key = tuple(values.items())
        try:
            known = self.known.get(key)
        except TypeError:  # an upload is no key
            return _shown(partial(self.function, **values))
        return known or self._kept(key, values)

    def _kept(self, key: tuple, values: Mapping[str, Any]) -> tuple[str, str]:
        with self.lock:
            shown = self.known[key] = _shown(partial(self.function, **values))
            while len(self.known) > MOST_KEPT:
                self.known.pop(next(iter(self.known)))
        return shown

    def prepare(self, choices: Iterable[Mapping[str, Any]]) -> None:
        time.sleep(FIRST_REST)
        for values in choices:
            self.of(values)
            time.sleep(REST)


def _shown(function: Callable[[], tuple[Any, ...]]) -> tuple[str, str]:
    try:
        figure, sentence, *tables = function()
    except CbeError as problem:
        return "", f'<p class="cbe-problem"><strong>Not possible.</strong> {html.escape(str(problem))}</p>'
    picture = _picture(figure, sentence)
    return picture + "".join(_readable(table) for table in tables), f"<p>{html.escape(sentence)}</p>"


def _picture(figure: Figure, sentence: str) -> str:
    return svg(figure, f"Chart. {sentence}")


def _readable(table: pd.DataFrame) -> str:
    """Write a table whose first column names its rows; every cell is escaped."""
    heads = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(first))}</th>'
        + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in table.itertuples(index=False)
    )
    return f'<table class="cbe-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
