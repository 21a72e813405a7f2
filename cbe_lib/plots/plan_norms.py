"""A plan held against norms: hours of each kind of work, days before the first classroom change, and busy months."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, YearLocator, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, PercentFormatter

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.themes.ramp_up.audit import PlanAudit

SIZE = (4.8, 5.9)
ROW, LEFT, RIGHT, TOP, MONTHS, BOTTOM = 0.24, 1.95, 0.15, 0.62, 1.35, 0.8
SMALL: dict[str, Any] = {"fontsize": 8, "color": canvas.INK}


def norms_figure(result: PlanAudit, title: str, *, figure: Figure | None = None) -> Figure:
    """What does this plan lack, held against these norms? The two pictures below as one detached figure.

    Parameters
    ----------
    result : PlanAudit
        From `cbe_lib.themes.ramp_up.audit`.
    title : str
        The finding.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.audit(samples.state("plan")["plan"].query("district_id == '00203'"))
    >>> len(norms_figure(found, "A plan without a vision").axes)
    2
    """
    figure = figure or Figure(figsize=SIZE, dpi=72)
    width, height = figure.get_size_inches()
    if not figure.axes:
        _empty(figure)
    hours, months = (canvas.emptied(ax) for ax in figure.axes)
    draw_hours(result, ax=hours)
    draw_months(result, ax=months)
    canvas.titled(hours, title, outdent=LEFT - 0.12)
    lines = ("Bars: share of hours; │ norm. Dark: ramping up. Below: hours a month, ▲ overloaded.", "The norms are "
             f"a choice, not a finding. {claim('B06').label}.")  # fmt: skip
    figure.text(0.12 / width, 0.07 / height, "\n".join(lines), linespacing=1.25, fontsize=7.4, color=canvas.INK)
    return figure


def _empty(figure: Figure) -> None:
    width, height = figure.get_size_inches()
    across = (width - LEFT - RIGHT) / width
    low = BOTTOM + MONTHS + 0.5
    hours = figure.add_axes((LEFT / width, low / height, across, (height - low - TOP) / height))
    months = figure.add_axes((0.68 / width, BOTTOM / height, (width - 0.68 - RIGHT) / width, MONTHS / height))
    for ax in (hours, months):
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=8.5)
    hours.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    hours.xaxis.set_major_locator(FixedLocator([0, 0.2, 0.4, 0.6]))
    months.yaxis.set_major_locator(MaxNLocator(4))
    months.xaxis.set_major_locator(YearLocator())
    months.xaxis.set_major_formatter(DateFormatter("Jan %Y"))


def draw_hours(result: PlanAudit, *, ax: Axes) -> Axes:
    """Which share of the hours does each kind of work get, against its norm, and what is missing?

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.audit(samples.state("plan")["plan"].query("district_id == '00203'"))
    >>> ax = draw_hours(found, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.texts][:2]
    ['missing', 'missing']
    """
    table = result.table.sort_values("ramp_up", ascending=False, kind="stable").reset_index(drop=True)
    place = np.arange(len(table))
    share, norm = (table[name].fillna(0).to_numpy(float) for name in ("hours_share", "hours_norm"))
    colors = np.where(table["ramp_up"], canvas.CURVE, canvas.FAINT)
    ax.hlines(place, 0, share, colors=list(colors), linewidth=8)
    ax.vlines(norm, place - 0.42, place + 0.42, color=canvas.INK, linewidth=1.6)
    for row, (found, end) in enumerate(zip(table["finding"], np.maximum(share, norm), strict=True)):
        if found:
            ax.annotate(found, (end, row), xytext=(5, 0), textcoords="offset points", va="center", **SMALL)
    ax.set_yticks(place, table["name"], fontsize=8.3)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0, 0.6)
    return ax


def draw_months(result: PlanAudit, *, ax: Axes) -> Axes:
    """In which months do the tasks of one owner take more hours than the norm allows?

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.audit(samples.state("plan")["plan"].query("district_id == '00203'"))
    >>> draw_months(found, ax=Figure().add_subplot()).texts[0].get_text()
    'first classroom change'
    """
    months = result.months
    day, hours, over = date2num(months["month"].to_numpy()), months["hours"], months["overloaded"].to_numpy(bool)
    ax.plot(day[~over], hours[~over], "o", color=canvas.FAINT, markersize=4)
    ax.plot(day[over], hours[over], "^", color=canvas.TRUTH, markersize=6)
    ax.axhline(result.norms.hours_a_month, color=canvas.INK, linestyle=(0, (5, 2.5)), linewidth=1.2)
    if pd.notna(result.first_change):
        first = float(date2num(result.first_change))
        ax.axvline(first, color=canvas.INK, linestyle=":", linewidth=1.2)
        ax.text(first, 1.02, "first classroom change", transform=ax.get_xaxis_transform(), ha="center", **SMALL)
    if len(day):
        # Said here: axes that are drawn over still know what they held before.
        ax.set_xlim(day.min() - 30, day.max() + 30)
    ax.set_ylim(0, max(float(hours.max()) if len(hours) else 0, result.norms.hours_a_month) * 1.12)
    ax.set_ylabel("Hours of one owner", fontsize=8.5, color=canvas.INK)
    ax.yaxis.set_label_coords(-0.125, 0.5)
    return ax
