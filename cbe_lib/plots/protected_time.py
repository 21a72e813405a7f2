"""What weekly time to meet takes, as a picture: hours for each teacher beside hours of class for each student."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.rollout.protected_time import ProtectedTime

LEFT, MINUTES = 1.35, 60
NAMES = ("time to meet,\neach teacher", "class moved,\neach student")


def draw_protected_time(result: ProtectedTime, *, ax: Axes) -> Axes:
    """How many hours does each teacher get, and how many hours of class does each student move?

    Adds to `ax` two bars in hours a year, with a whisker from the lowest to the highest plausible value.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib.themes import rollout
    >>> found = rollout.protected_time(60, (34, 36, 38), 50)
    >>> draw_protected_time(found, ax=Figure().add_subplot()).get_xlabel()
    'Hours a year'
    """
    hours = _hours(result)
    place = np.arange(len(hours))
    ax.barh(place, hours[:, 0], height=0.5, color=[canvas.CURVE, canvas.PROJECTED])
    ax.hlines(place, hours[:, 1], hours[:, 2], color=canvas.INK, linewidth=1.4)
    for where, (likely, _, high) in enumerate(hours):
        note: dict[str, Any] = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": 9}
        ax.annotate(f"{likely:.0f}", (max(likely, high), where), **note, color=canvas.INK)
    ax.set_yticks(place, NAMES, fontsize=9)
    ax.set_ylim(len(hours) - 0.4, -0.6)
    ax.set_xlim(0, 1.15 * max(float(hours.max()), 1.0))
    ax.set_xlabel("Hours a year", fontsize=9.5, color=canvas.INK)
    return ax


def protected_time_figure(result: ProtectedTime, *, size: tuple[float, float] = (4.8, 2.3)) -> Figure:
    """What does the time to meet take? The picture of `draw_protected_time`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import rollout
    >>> protected_time_figure(rollout.protected_time(60, 36, 50)).axes[0].get_title(loc="left").splitlines()[0]
    '1,800 working hours a year; each student moves 36'
    """
    figure, ax = canvas.page(size=size)
    draw_protected_time(result, ax=ax)
    hours, moved = result.table.set_index("term").loc["staff_hours", "estimate"], _hours(result)[1, 0]
    title = f"{hours:,.0f} working hours a year; each student moves {moved:.0f} hours of class"
    canvas.finish(figure, title)
    box, width = ax.get_position(), size[0]
    ax.set_position((LEFT / width, box.y0, box.x1 - LEFT / width, box.height))
    style: dict[str, Any] = {"loc": "left", "fontsize": 10.5, "fontweight": "bold", "color": canvas.INK}
    ax.set_title(ax.get_title(loc="left"), x=-(LEFT - 0.15) / (box.x1 * width - LEFT), **style)
    return small_print(figure, "Line: lowest to highest of what was put in, not an interval.", claim("A06").label)


def _hours(result: ProtectedTime) -> np.ndarray:
    rows = result.table.set_index("term").loc[["hours_per_person", "minutes_moved"], ["estimate", "low", "high"]]
    return rows.to_numpy(float) / [[1], [MINUTES]]
