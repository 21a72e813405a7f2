"""What every figure shares: colors that survive greyscale, size, margins, a key, and reuse."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

INK = "#1a1a1a"
CURVE = "#0b4f8a"
BAND = "#a9cbe8"
PROJECTED = "#8a4b00"
TRUTH = "#b0006d"
FAINT = "#b5b5b5"

PAGE = (4.8, 3.7)
"""Inches. At this size the letters stay legible when a phone shows the figure 340 pixels wide."""

LETTERS_PER_INCH = 11.6
TITLE_LINE, KEY_LINE, LABEL_LINE = 0.21, 0.19, 0.18


def page(figure: Figure | None = None, *, size: tuple[float, float] = PAGE) -> tuple[Figure, Axes]:
    """Return a detached figure with one empty pair of axes; `figure` is emptied and used again if given."""
    if figure is None:
        figure = Figure(figsize=size)
    if not figure.axes:
        ax = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=9.5)
    return figure, emptied(figure.axes[0])


def emptied(ax: Axes) -> Axes:
    """Remove what was drawn but keep the axes themselves: ticks and spines are slow to build anew."""
    figure: Any = ax.get_figure(root=True)
    for artist in [*figure.artists, *figure.texts, *ax.lines, *ax.collections, *ax.patches, *ax.texts]:
        artist.remove()
    # The limits of what was drawn before must not stretch the axes of what comes.
    ax.ignore_existing_data_limits = True
    return ax


def finish(figure: Figure, title: str, *, keyed: bool = False) -> Figure:
    """Write `title` above the axes, set the margins in inches, and if `keyed` put a key of two columns below."""
    width, height = figure.get_size_inches()
    ax = figure.axes[0]
    handles, labels = ax.get_legend_handles_labels() if keyed else ([], [])
    left = 0.66 + LABEL_LINE * ax.get_ylabel().count("\n")
    bottom = 0.55 + KEY_LINE * -(-len(labels) // 2) + (0.06 if labels else 0)
    across = (width - left - 0.15) / width
    ax.set_position((left / width, bottom / height, across, 0.5))
    top = height - 0.16 - TITLE_LINE * titled(ax, title, outdent=left - 0.15)
    ax.set_position((left / width, bottom / height, across, (top - bottom) / height))
    # Fixed places for the labels of the axes, too, spare a second round of measuring.
    ax.xaxis.set_label_coords(0.5, -0.29 / (top - bottom))
    ax.yaxis.set_label_coords(-0.42 / (width * across), 0.5)
    for place, (handle, label) in enumerate(zip(handles, labels, strict=True)):
        column, row = place % 2, place // 2
        _key_entry(figure, handle, label, left - 0.1 + column * 2.05, bottom - 0.52 - (row + 0.5) * KEY_LINE)
    return figure


def _key_entry(figure: Figure, handle: Any, label: str, x: float, y: float) -> None:
    """Write an entry of the key, `x` and `y` inches from the lower left: a legend takes five times as long."""
    width, height = figure.get_size_inches()
    sample = Line2D([x / width, (x + 0.3) / width], [y / height] * 2)
    if isinstance(handle, Line2D):
        sample.update_from(handle)
        sample.set(transform=figure.transFigure, clip_on=False)
        if handle.get_linestyle() == "None":
            sample.set_data([(x + 0.15) / width], [y / height])
    elif isinstance(handle, LineCollection):
        sample.set(color=handle.get_edgecolor(), linewidth=np.ravel(handle.get_linewidth())[0])
    else:
        filled: Any = handle[0] if isinstance(handle, BarContainer) else handle
        sample.set(color=filled.get_facecolor(), linewidth=8, solid_capstyle="butt")
    figure.add_artist(sample)
    figure.text((x + 0.4) / width, y / height, label, fontsize=8.8, color=INK, va="center_baseline")


def titled(ax: Axes, title: str, *, outdent: float = 0.0) -> int:
    """Write `title` above the axes, flush left or `outdent` inches further left; return its number of lines."""
    figure: Any = ax.get_figure(root=True)
    width = ax.get_position().width * figure.get_size_inches()[0]
    wrapped = textwrap.wrap(title, int((width + outdent) * LETTERS_PER_INCH)) or [""]
    # A y of our own spares Matplotlib from measuring every tick label at every drawing.
    place = {"loc": "left", "x": -outdent / width, "y": 1.0, "pad": 7}
    ax.set_title("\n".join(wrapped), **place, fontsize=10.5, fontweight="bold", color=INK)
    return len(wrapped)


def measured(ax: Axes, label: str) -> None:
    """Name what the vertical axis measures, on two lines if it is long, with few round ticks."""
    ax.set_ylabel(textwrap.fill(label, 32), fontsize=10, color=INK)
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def years_axis(ax: Axes) -> None:
    """Label the horizontal axis as school years, whole years only."""
    ax.set_xlabel("Spring of the school year", fontsize=10, color=INK)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def headroom(ax: Axes, low: float, high: float, share: float = 0.16) -> None:
    """Scale the vertical axis to `low`..`high` and leave a `share` of it free on top for a label."""
    span = max(high - low, 1e-9)
    ax.set_ylim(low - 0.06 * span, high + share * span)
