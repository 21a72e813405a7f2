"""Lines in small letters under a finished figure: what kind of claim it rests on, and what was assumed."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cbe_lib.plots import canvas

LINE, MARGIN, LETTERS_PER_INCH = 0.125, 0.08, 18.5


def small_print(figure: Figure, *lines: str) -> Figure:
    """Make the figure taller at its lower edge by as much as `lines` need, write them there, and return it."""
    width, height = figure.get_size_inches()
    wrapped = [part for line in lines for part in textwrap.wrap(line, int((width - 0.2) * LETTERS_PER_INCH))]
    extra = LINE * len(wrapped) + MARGIN
    taller = height + extra
    for ax in figure.axes:
        box = ax.get_position()
        ax.set_position((box.x0, (box.y0 * height + extra) / taller, box.width, box.height * height / taller))
    for text in figure.texts:
        x, y = text.get_position()
        text.set_position((x, (y * height + extra) / taller))
    for artist in figure.artists:
        if isinstance(artist, Line2D):
            x, y = artist.get_data(orig=True)
            artist.set_data(x, (np.asarray(y, dtype=float) * height + extra) / taller)
    figure.set_size_inches(width, taller)
    place: dict[str, Any] = {"fontsize": 7.2, "color": canvas.INK, "va": "bottom", "linespacing": 1.2}
    figure.text(0.12 / width, 0.04 / taller, "\n".join(wrapped), **place)
    return figure
