"""Controls bound to a pure function: move one, and the picture and its sentence follow."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.plots import svg

_WIDE = ipywidgets.Layout(width="100%", max_width="42rem")


def panel(function: Callable[..., tuple[Figure, str]], **controls: Any) -> ipywidgets.VBox:
    """What would the picture be if this control stood elsewhere?

    Listens to the controls, calls `function` with their plain values, and shows the figure it returns with
    the sentence beside it; the sentence is also the text alternative of the picture. A CbeError becomes a
    sentence in place of the picture. It works under pytest without a kernel: assign to a control's `value`.

    Parameters
    ----------
    function : callable
        Takes the values of the controls by name; returns a detached figure and a sentence. It keeps no state,
        so that it can be tested alone.
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

    def show(_: object = None) -> None:
        picture.value, sentence.value = _shown(function, {name: each.value for name, each in controls.items()})

    for control in controls.values():
        # JupyterLab cuts labels that are longer than a few letters unless they are given room.
        control.style.description_width, control.layout.width = "11rem", "98%"
        control.observe(show, names="value")
    show()
    listed = ipywidgets.VBox(list(controls.values()), layout=_WIDE)
    listed.add_class("cbe-controls")
    return ipywidgets.VBox([listed, sentence, picture], layout=_WIDE)


def _shown(function: Callable[..., tuple[Figure, str]], values: dict[str, Any]) -> tuple[str, str]:
    try:
        figure, sentence = function(**values)
    except CbeError as problem:
        return "", f'<p class="cbe-problem"><strong>Not possible.</strong> {html.escape(str(problem))}</p>'
    return svg(figure, f"Chart. {sentence}"), f"<p>{html.escape(sentence)}</p>"
