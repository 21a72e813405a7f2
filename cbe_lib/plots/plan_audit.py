"""A plan as a calendar of tasks, and what it gives to ramping up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, MonthLocator, YearLocator, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.ramp_up.audit import PlanAudit

ROW, BARS, WIDTH, LEFT, LETTER = 0.17, 1.3, 6.4, 2.45, 0.054
LONGEST = 35
SHORT = 600  # days
SHARES = {"hours_share": "hours", "dollars_share": "money"}


def draw_audit(result: PlanAudit, *, ax: Axes) -> Axes:
    """When does each task run, and which have nobody who answers for them?

    Adds to `ax` a bar for each task, dark for ramping up, a line on the first classroom change, and a cross behind
    tasks without owner.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.audit(samples.state()["plan"].query("district_id == '00063'"))
    >>> len(draw_audit(found, ax=Figure().add_subplot()).get_yticklabels())
    20
    """
    tasks = result.tasks.dropna(subset=["start", "end"]).reset_index(drop=True)
    ramp = {norm.id for norm in result.norms.categories if norm.ramp_up}
    place = np.arange(len(tasks))
    start, end = (date2num(tasks[name].to_numpy()) for name in ("start", "end"))
    dark = tasks["category"].isin(ramp)
    colors = np.where(dark, canvas.CURVE, canvas.FAINT)
    ax.barh(place, np.maximum(end - start + 1, 5), left=start, height=0.62, color=list(colors))
    for where in np.flatnonzero(tasks["finding"].str.contains("no owner")):
        note: dict[str, Any] = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
        ax.annotate("× no owner", (end[where], where), **note, color=canvas.TRUTH)
    if pd.notna(result.first_change):
        ax.axvline(float(date2num(result.first_change)), color=canvas.INK, linestyle=":", linewidth=1.3)
    names = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in tasks["name"]]
    ax.set_yticks(place, names, fontsize=7.8)
    ax.set_ylim(len(tasks) - 0.4, -0.6)
    long = len(tasks) > 0 and end.max() - start.min() > SHORT
    ax.xaxis.set_major_locator(YearLocator() if long else MonthLocator(bymonth=(1, 4, 7, 10)))
    ax.xaxis.set_major_formatter(DateFormatter("%Y" if long else "%b %Y"))
    ax.tick_params(axis="x", labelsize=8.5)
    return ax


def draw_shares(result: PlanAudit, *, ax: Axes) -> Axes:
    """Which share of hours and of money goes to each kind of work? Adds two stacked bars to `ax`."""
    table = result.table.sort_values("ramp_up", ascending=False, kind="stable")
    for row, column in enumerate(SHARES):
        shares = table[column].fillna(0).to_numpy(float)
        left = np.concatenate([[0.0], np.cumsum(shares)[:-1]])
        colors = np.where(table["ramp_up"], canvas.CURVE, canvas.FAINT)
        ax.barh(row, shares, left=left, color=list(colors), edgecolor="white", linewidth=0.8, height=0.6)
        for share, begin, own, name in zip(shares, left, table["ramp_up"], table["name"], strict=True):
            words = name.replace(" ", "\n")
            if share * (WIDTH - LEFT - 0.75) >= LETTER * max(map(len, name.split())):
                style = {"ha": "center", "va": "center", "fontsize": 6.8, "color": "white" if own else canvas.INK}
                ax.text(begin + share / 2, row, words, **style)
    ax.set_yticks(range(len(SHARES)), list(SHARES.values()), fontsize=8.5)
    ax.set_ylim(len(SHARES) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(axis="x", labelsize=8.5)
    return ax


def audit_figure(result: PlanAudit, *, width: float = WIDTH) -> Figure:
    """What does this plan leave for ramping up? The calendar above, shares of hours and money below, titled.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.audit(samples.state()["plan"].query("district_id == '00203'"))
    >>> audit_figure(found).axes[0].get_title(loc="left").splitlines()[0]
    'Ramping up gets 2% of the hours; nothing for shared vision, why'
    """
    tall = ROW * max(len(result.tasks), 6)
    title = _title(result)
    height = tall + BARS + 1.2
    figure = Figure(figsize=(width, height))
    across = (width - LEFT - 0.75) / width
    above = figure.add_axes((LEFT / width, (BARS + 0.6) / height, across, tall / height))
    below = figure.add_axes((LEFT / width, 0.25 / height, across, (BARS - 0.2) / height))
    draw_audit(result, ax=above)
    draw_shares(result, ax=below)
    for ax in (above, below):
        ax.spines[["top", "right"]].set_visible(False)
    canvas.titled(above, title, outdent=LEFT - 0.15)
    dotted = "dotted line: first classroom change" if pd.notna(result.first_change) else "no classroom change is marked"
    busy = int(result.months["overloaded"].sum())
    load = f"{busy} month{'' if busy == 1 else 's'} overloaded"
    return small_print(figure, f"Dark: ramping up; {dotted}; {load} (the norms are a choice).", claim("B06").label)


def _title(result: PlanAudit) -> str:
    ramp = result.table[result.table["ramp_up"]]
    lacking = ramp.loc[ramp["finding"].str.contains("missing|no hours"), "name"].str.lower().tolist()
    nothing = f"nothing for {', '.join(lacking)}" if lacking else "every kind of it has hours"
    return f"Ramping up gets {ramp['hours_share'].sum():.0%} of the hours; {nothing}"
