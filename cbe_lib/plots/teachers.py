"""Teachers, lifts and corrections as figures: hours beside use in class, months of heavy load, and run charts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.plots import canvas
from cbe_lib.plots.grid import draw_grid, grid_finished
from cbe_lib.plots.ownership import dated
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.ramp_up.audit import PlanAudit
from cbe_lib.themes.teachers import PracticeGrowth, RunChart

WIDE = (5.6, 3.9)
QUARTERS = 16
SIGNALS = {"shift": "a shift", "trend": "a trend", "runs": "too few runs"}


def draw_practice_growth(result: PracticeGrowth, *, ax: Axes) -> Axes:
    """Did the practice spread more where teachers had more hours?

    Adds to `ax` a point for each teacher: hours to the right, use after less what the use before accounts for upwards;
    and the line whose slope is the estimate.

    Examples
    --------
    >>> from cbe_lib.themes import teachers
    >>> hours = np.arange(24.0)
    >>> seen = pd.DataFrame({"school_id": np.tile(list("abcdef"), 4), "hours": hours, "before": 0.2})
    >>> found = teachers.practice_growth(seen.assign(after=0.2 + 0.01 * hours))
    >>> draw_practice_growth(found, ax=Figure().add_subplot()).get_xlabel()
    'Hours of learning'
    """
    model, names = result.model, list(result.model.params.index)
    hours = np.asarray(model.model.exog)[:, names.index("hours")]
    use = 100 * (np.asarray(model.resid) + float(model.params["hours"]) * hours)
    start = 100 * (float(np.mean(model.model.endog)) - float(model.params["hours"]) * hours.mean())
    ax.plot(hours, use + start, "o", color=canvas.CURVE, alpha=0.5, markersize=4, markeredgewidth=0)
    ends = np.array([hours.min(), hours.max()])
    ax.plot(ends, start + 100 * float(model.params["hours"]) * ends, color=canvas.PROJECTED, linewidth=2)
    ax.set_xlabel("Hours of learning", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Visits with the practice (%), for an average start")
    return ax


def practice_growth_figure(result: PracticeGrowth) -> Figure:
    """What do hours of learning go with? The picture of `draw_practice_growth` as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import teachers
    >>> few = pd.DataFrame({"school_id": ["a"], "hours": [3.0], "before": [0.2], "after": [0.4]})
    >>> practice_growth_figure(teachers.practice_growth(few)).axes[0].get_title(loc="left")
    'Cannot tell what hours of learning go with'
    """
    figure, ax = canvas.page(size=WIDE)
    if result.model is None:
        return canvas.finish(figure, "Cannot tell what hours of learning go with")
    draw_practice_growth(result, ax=ax)
    row = result.table.set_index("term").loc["ten_hours"]
    likely = f"{100 * row['conf_low']:+.0f} to {100 * row['conf_high']:+.0f}"
    return canvas.finish(figure, f"Ten more hours go with {100 * row['estimate']:+.0f} points of use ({likely})")


def draw_lifts(result: PlanAudit, *, ax: Axes) -> Axes:
    """In which quarter-years must each owner lift most?

    Adds to `ax` a grid: rows are owners, columns quarter-years, each cell the hours of the heaviest month in it; a star
    marks a month above the limit.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.audit(samples.state()["plan"].query("district_id == '00203'"))
    >>> any(text.get_text().endswith("*") for text in draw_lifts(found, ax=Figure().add_subplot()).texts)
    True
    """
    table, starred = _by_quarter(result)
    words = np.array([["" if hours != hours else f"{hours:.0f}" for hours in row] for row in table.to_numpy(float)])
    words = np.char.add(words, np.where(starred.to_numpy(bool), "*", ""))
    quarters = pd.PeriodIndex(table.columns)
    columns = [f"{quarter}/{year % 100:02d}" for quarter, year in zip(quarters.quarter, quarters.year, strict=True)]
    ends = (0.0, 1.2 * result.norms.hours_a_month)
    draw_grid(ax, table.to_numpy(float), words, rows=table.index.tolist(), columns=columns, ends=ends)
    ax.set_xlabel("Quarter of the year", fontsize=9.5, color=canvas.INK)
    return ax


def _by_quarter(result: PlanAudit) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the heaviest month of each owner and quarter, and whether one is above the limit."""
    months = result.months.assign(quarter=result.months["month"].dt.to_period("Q"))
    every = pd.period_range(months["quarter"].min(), months["quarter"].max(), freq="Q")[:QUARTERS]
    both = months.groupby(["owner_role", "quarter"])[["hours", "overloaded"]].max()
    hours, above = (both[name].unstack().reindex(columns=every) for name in ("hours", "overloaded"))
    order = hours.max(axis=1).sort_values(ascending=False).index
    return hours.loc[order], above.loc[order].fillna(False)


def lifts_figure(result: PlanAudit) -> Figure:
    """Who lifts most, and when? The picture of `draw_lifts` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.audit(samples.state()["plan"].query("district_id == '00203'"))
    >>> lifts_figure(found).axes[0].get_title(loc="left")[:24]
    '2 months above the limit'
    """
    if result.months.empty:
        return canvas.finish(canvas.page(size=WIDE)[0], "Cannot tell who lifts most: no task has hours and dates")
    table, _ = _by_quarter(result)
    left = 0.2 + 0.072 * max(map(len, table.index))
    figure, ax = canvas.page(size=(max(left + 0.5 * table.shape[1] + 0.2, 5.2), 1.45 + 0.3 * len(table)))
    draw_lifts(result, ax=ax)
    over = result.months[result.months["overloaded"]]
    top = result.months.sort_values("hours").to_dict("records")[-1]
    title = (
        f"{len(over)} month{'' if len(over) == 1 else 's'} above the limit; the heaviest is {top['month']:%B %Y} "
        f"({top['owner_role']}, {top['hours']:.0f} hours)"
    )
    key = (
        f"Hours of the heaviest month in each of the first {table.shape[1]} quarters. * above "
        f"{result.norms.hours_a_month:g} hours (a choice)."
    )
    return small_print(grid_finished(figure, title), key)


def draw_run_chart(result: RunChart, *, ax: Axes) -> Axes:
    """Where do the points after a change lie, beside the median of those before it?

    Examples
    --------
    >>> from cbe_lib.themes import teachers
    >>> weeks = pd.date_range("2015-01-05", periods=20, freq="W-MON")
    >>> found = teachers.run_chart(pd.DataFrame({"date": weeks, "value": [5, 6] * 5 + [8, 9] * 5}), "2015-03-16")
    >>> len(draw_run_chart(found, ax=Figure().add_subplot()).lines)
    5
    """
    points = result.points
    after = points["after"].to_numpy(bool)
    ax.plot(points["date"], points["value"], "-", color=canvas.FAINT, linewidth=1)
    ax.plot(points["date"][~after], points["value"][~after], "o", color=canvas.INK, markersize=4.5, label="before")
    ax.plot(points["date"][after], points["value"][after], "s", color=canvas.CURVE, markersize=5, label="after")
    middle = {
        "color": canvas.PROJECTED,
        "linewidth": 1.6,
        "linestyle": (0, (5, 2.5)),
        "label": "median of the time before",
    }
    ax.plot(points["date"], points["median"], **middle)
    if after.any() and not after.all():
        last, first = points["date"][~after].iloc[-1], points["date"][after].iloc[0]
        ax.axvline(last + (first - last) / 2, color=canvas.INK, linewidth=1, linestyle=":")
    dated(ax, "Day")
    canvas.measured(ax, "Measure")
    return ax


def run_chart_figure(result: RunChart, *, measure: str = "Measure") -> Figure:
    """Did the change last? The picture of `draw_run_chart` as a detached figure; its title names the signals.

    Examples
    --------
    >>> from cbe_lib.themes import teachers
    >>> weeks = pd.date_range("2015-01-05", periods=20, freq="W-MON")
    >>> found = teachers.run_chart(pd.DataFrame({"date": weeks, "value": [5, 6] * 5 + [8, 9] * 5}), "2015-03-16")
    >>> run_chart_figure(found).axes[0].get_title(loc="left")
    'Signals: a shift, too few runs'
    """
    figure, ax = canvas.page(size=WIDE)
    draw_run_chart(result, ax=ax)
    canvas.measured(ax, measure)
    found = [SIGNALS[rule] for rule in result.table.loc[result.table["signal"].astype(bool), "rule"]]
    title = f"Signals: {', '.join(found)}" if found else "No signal: chance alone often looks like this"
    if result.table["chance"].isna().all():
        title = "Cannot tell: too few points before or after the change"
    return canvas.finish(figure, title, keyed=True)
