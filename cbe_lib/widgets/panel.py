"""Controls bound to a pure function: move one, and the picture and its sentence follow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipywidgets

from cbe_lib.widgets.pictures import Pictures, likely

_WIDE = ipywidgets.Layout(width="100%", max_width="42rem")


def panel(
    function: Callable[..., tuple[Any, ...]],
    *,
    ahead: bool = False,
    beforehand: Iterable[Mapping[str, Any]] = (),
    **controls: Any,
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
    ahead : bool
        While the reader looks at a picture, draw those that are one step away, so that the next is there at once.
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
    pictures = Pictures(function)
    names = {id(each): name for name, each in controls.items()}

    def show(change: Mapping[str, Any] | None = None) -> None:
        picture.value, sentence.value = pictures.of({name: each.value for name, each in controls.items()})
        if ahead and change:
            pictures.draw_ahead(likely(controls, names[id(change["owner"])], change["old"]))

    for control in controls.values():
        # JupyterLab cuts labels that are longer than a few letters unless they are given room.
        control.style.description_width, control.layout.width = "11rem", "98%"
        control.observe(show, names="value")
    show()
    if choices := [*beforehand, *(likely(controls) if ahead else ())]:
        threading.Thread(target=pictures.prepare, args=(choices,), daemon=True).start()
    listed = ipywidgets.VBox(list(controls.values()), layout=_WIDE)
    listed.add_class("cbe-controls")
    return ipywidgets.VBox([listed, sentence, picture], layout=_WIDE)
