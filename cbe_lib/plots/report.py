"""What a file needs before it can be used, as bars."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from cbe_lib.plots import canvas

if TYPE_CHECKING:
    from cbe_lib.ingest import Reading

LOOKS = {"rejected": (canvas.INK, "rejected: correct it"), "warned": (canvas.PROJECTED, "read with a doubt")}
LOOKS |= {"handled": (canvas.BAND, "put right")}
MOST = 14
ROW, ROOM = 0.27, 1.35


def draw_reading(reading: Reading, *, ax: Axes) -> Axes:
    """Which problems did this file have, and how many cells did each touch?

    Parameters
    ----------
    reading : Reading
        From `cbe_lib.ingest.read`.
    ax : matplotlib Axes
        Added to and returned.

    Returns
    -------
    matplotlib Axes
        One bar for each rule, those to correct first; the count stands at its end. The scale is logarithmic.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import ingest, samples
    >>> reading = ingest.read(samples.folder() / "messy_state_file.xlsx", id_width=7)
    >>> draw_reading(reading, ax=Figure().add_subplot()).get_xscale()
    'log'
    """
    counts = _counts(reading)
    place = np.arange(len(counts))[::-1]
    for action, (color, label) in LOOKS.items():
        here = (counts["action"] == action).to_numpy()
        if here.any():
            ax.barh(place[here], counts["count"][here], color=color, height=0.62, left=0.8, label=label)
    for row, count in zip(place, counts["count"], strict=True):
        ax.text(count + 0.8, row, f" {count:,}", va="center", fontsize=8.8, color=canvas.INK)
    ax.set_yticks(place, [textwrap.shorten(rule, 38, placeholder="…") for rule in counts["rule"]], fontsize=8.8)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(0.8, max(counts["count"].max() * 6, 10) if len(counts) else 10)
    ax.set_ylim(-0.6, max(len(counts), 1) - 0.4)
    ax.set_xlabel("Cells or rows", fontsize=9.5, color=canvas.INK)
    return ax


def _counts(reading: Reading):
    order = list(LOOKS)
    by = reading.report.groupby(["action", "rule"], sort=False)["count"].sum().reset_index()
    by = by.assign(rank=by["action"].map(order.index)).sort_values(["rank", "count"], ascending=[True, False])
    return by.head(MOST).reset_index(drop=True)


def reading_figure(reading: Reading) -> Figure:
    """What does this file need before it can be used? The picture of `draw_reading` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import ingest, samples
    >>> reading = ingest.read(samples.folder() / "messy_state_file.xlsx", id_width=7)
    >>> reading_figure(reading).axes[0].get_title(loc="left").startswith("Still to correct")
    True
    """
    rows = max(len(_counts(reading)), 1)
    width, height = canvas.PAGE[0] + 0.6, ROOM + ROW * rows
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((2.75 / width, 0.85 / height, (width - 2.95) / width, ROW * rows / height))
    ax.spines[["top", "right"]].set_visible(False)
    draw_reading(reading, ax=ax)
    # The names of the rules stand left of the axes, so the title begins there.
    canvas.titled(ax, _headline(reading), outdent=2.6)
    figure.legend(*ax.get_legend_handles_labels(), loc="lower left", ncols=3, fontsize=8.8, frameon=False)
    return figure


def _headline(reading: Reading) -> str:
    left = reading.rejected
    if left:
        return f"Still to correct: {left} cell{'s' if left > 1 else ''} or row{'s' if left > 1 else ''}"
    return "Nothing is left to correct"
