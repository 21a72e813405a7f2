"""Ownership, moved by hand: who owns and who only accepts, and how old the purpose is on a given day."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import t as student

from cbe_lib import samples
from cbe_lib.plots.ownership import quadrants_figure, renewal_figure
from cbe_lib.themes import ownership
from cbe_lib.themes.ownership import Renewal
from cbe_lib.themes.ownership.quadrants import NAMES, SCALES, Quadrants, quadrant_of
from cbe_lib.widgets.panel import panel

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
DAYS = tuple(f"{year}-{day}" for year in range(2011, 2020) for day in ("01-31", "06-30"))
NEEDED = {
    "principles": ["district_id", "level", "principle_id", "text", "adopted", "revised"],
    "roster": ["person_id", "district_id", "role", "from_date", "to_date"],
}


def placed(*, cut: float = 3.0, level: float = 0.95, sure: bool = True) -> tuple[Figure, str]:
    """Which districts own the change and which only accept it, once the line or the certainty is moved?

    Parameters
    ----------
    cut : float, 1 to 5
        Line between low and high on both scales.
    level : float, between 0 and 1
        Coverage of the intervals.
    sure : bool
        Place a district only where neither interval holds the line; else by its means, luck and all.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> placed()[1].partition(".")[0]
    'Line at 3'
    """
    found = _quadrants()
    table, n = found.table.copy(), found.table["n"].astype(float)
    wider = student.ppf((1 + level) / 2, n - 1) / student.ppf(0.975, n - 1)
    limits = {}
    for scale in SCALES:
        mean, reach = table[scale], (table[f"{scale}_high"] - table[scale]) * wider
        table[f"{scale}_low"], table[f"{scale}_high"] = mean - reach, mean + reach
        limits[scale] = (table[f"{scale}_low"], table[f"{scale}_high"]) if sure else (mean, mean)
    table["quadrant"] = quadrant_of(limits, cut)
    figure = quadrants_figure(replace(found, table=table, cut=cut))
    return figure, _told(table, cut, level, sure)


def _told(table: pd.DataFrame, cut: float, level: float, sure: bool) -> str:
    count = table["quadrant"].value_counts()
    parts = ", ".join(f"{count[name]} {name}" for name in NAMES.values() if name in count)
    rule = f"beyond the {level:.0%} intervals" if sure else "by the means alone, without regard to luck"
    answers = int(table["n"].sum())
    return (
        f"Line at {cut:g}. Of {len(table)} synthetic districts ({answers} staff; small ones hidden), placed {rule}: "
        f"{parts or 'none'}; cannot tell: {count.get('cannot tell', 0)}."
    )


def ownership_explorer() -> ipywidgets.VBox:
    """See how the line and the certainty asked for decide who is said to own the change.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = ownership_explorer().children
    >>> controls.children[2].value = False
    >>> "cannot tell: 1." in sentence.value
    True
    """
    line = ipywidgets.FloatSlider(3.0, min=2.0, max=4.0, step=0.1, description="Line between low and high")
    return panel(
        placed,
        cut=line,
        level=ipywidgets.SelectionSlider(options=LEVELS, value=0.95, description="Certainty asked for"),
        sure=ipywidgets.Checkbox(True, description="Place only where intervals allow it", indent=False),
    )


def clock(*, day: str = "2016-06-30", every_months: int = 36) -> tuple[Figure, str]:
    """Whose purpose is overdue on this day, if it is to be renewed so often?

    Parameters
    ----------
    day : str
        Day of reading, YYYY-MM-DD.
    every_months : int
        Months after which a purpose is to be renewed, 1 or more.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> clock()[1].partition("had")[0]
    'Synthetic: by 2016-06-30, 7 of 16 districts with a dated text '
    """
    read = _read_on(day)
    late = (read.table["months_since"] > every_months).astype("boolean").mask(read.table["months_since"].isna())
    found = replace(read, table=read.table.assign(overdue=late))
    texts = found.table.drop_duplicates("district_id").dropna(subset=["last"])
    told = f"Synthetic: by {day}, {int(texts['overdue'].sum())} of {len(texts)} districts with a dated text"
    return renewal_figure(found), f"{told} had not renewed it for more than {every_months} months. {_newcomers(found)}"


def _newcomers(found: Renewal) -> str:
    staff = found.table[(found.table["people"] == "staff") & found.table["estimate"].notna()]
    if staff.empty:
        return "How many came later cannot be told."
    most = staff.sort_values("estimate").iloc[-1]
    return (
        f"Newcomers weigh most in {most['district_id']}: {most['estimate']:.0%} of {most['n']} staff "
        f"({most['conf_low']:.0%} to {most['conf_high']:.0%}) came after the last renewal."
    )


def renewal_clock() -> ipywidgets.VBox:
    """Let the calendar run, and see whose purpose is overdue and how many came after it.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = renewal_clock().children
    >>> controls.children[1].value = 24
    >>> "for more than 24 months" in sentence.value
    True
    """
    months = ipywidgets.IntSlider(36, min=12, max=96, step=6, description="Renew every (months)")
    return panel(
        clock,
        day=ipywidgets.SelectionSlider(options=DAYS, value="2016-06-30", description="Read on"),
        every_months=months,
    )


@lru_cache
def _quadrants() -> Quadrants:
    return ownership.quadrants(samples.state()["survey"])


@lru_cache
def _read_on(day: str) -> Renewal:
    principles, roster = _texts_and_people()
    return ownership.renewal(principles, roster, on=day)


@lru_cache
def _texts_and_people() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read what the clock needs and no more: every column is checked again at every move."""
    state = samples.state()
    written = state["principles"][state["principles"]["level"] == "district"]
    return written[NEEDED["principles"]], state["roster"][NEEDED["roster"]]
