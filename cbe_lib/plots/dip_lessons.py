"""Pictures for the lessons around the dip: what can be seen at all, and what a naive rule sees."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, PercentFormatter

from cbe_lib.plots import canvas

_STUDENTS = (10, 20, 40, 100, 200, 400, 1000, 2000, 4000, 10000)


def draw_detectability(table: pd.DataFrame, *, ax: Axes, marks: Mapping[str, float] | None = None) -> Axes:
    """How deep must a dip be before a district of this size can see it?

    Parameters
    ----------
    table : DataFrame
        n_tested (students tested a year) and smallest_dip (points), a row for each size.
    ax : matplotlib Axes
        Added to and returned.
    marks : mapping of str to float, optional
        Labels to put on the curve, each with its number of students.

    Examples
    --------
    >>> seen = pd.DataFrame({"n_tested": [40, 240], "smallest_dip": [31, 13]})
    >>> draw_detectability(seen, ax=Figure().add_subplot()).get_xlabel()
    'Students tested each year'
    """
    table = table.sort_values("n_tested")
    students, points = table["n_tested"].to_numpy(float), table["smallest_dip"].to_numpy(float)
    ax.plot(students, points, color=canvas.CURVE, linewidth=2)
    ax.fill_between(students, 0, points, color=canvas.BAND, alpha=0.6, linewidth=0)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(_STUDENTS))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlim(students.min(), students.max())
    ax.set_ylim(0, float(np.nanmax(points)) * 1.12)
    ax.text(0.04, 0.06, "dips in here stay unseen", transform=ax.transAxes, fontsize=9, color=canvas.INK)
    for label, count in (marks or {}).items():
        _mark(ax, label, count, float(np.interp(np.log(count), np.log(students), points)))
    ax.set_xlabel("Students tested each year", fontsize=10)
    canvas.measured(ax, "Smallest dip that would be seen (points)")
    return ax


def detectability_figure(
    table: pd.DataFrame, *, marks: Mapping[str, float] | None = None, size: tuple[float, float] = canvas.PAGE
) -> Figure:
    """Build the picture of `draw_detectability` as a detached figure.

    Examples
    --------
    >>> seen = pd.DataFrame({"n_tested": [40, 240], "smallest_dip": [31, 13]})
    >>> detectability_figure(seen, marks={"one grade": 40}).axes[0].texts[-1].get_text()
    'one grade: 31 points'
    """
    figure, ax = canvas.page(size=size)
    draw_detectability(table, ax=ax, marks=marks)
    ends = table.sort_values("n_tested")[["n_tested", "smallest_dip"]].iloc[[0, -1]]
    (few, worst), (many, best) = ends.itertuples(index=False)
    smallest = f"With {few:,.0f} students tested a dip must reach {worst:.0f} points to be seen"
    return canvas.finish(figure, f"{smallest}, with {many:,.0f} students {best:.0f}")


def draw_false_alarms(shares: pd.DataFrame, *, ax: Axes) -> Axes:
    """How many districts that never changed does the naive rule flag?

    Parameters
    ----------
    shares : DataFrame
        threshold (points), and a column of shares (0 to 1) for each way to prepare the data, whose heading is
        the label.
    ax : matplotlib Axes
        Added to and returned.

    Examples
    --------
    >>> shares = pd.DataFrame({"threshold": [3, 5], "as reported": [0.758, 0.604]})
    >>> [text.get_text() for text in draw_false_alarms(shares, ax=Figure().add_subplot()).texts]
    ['76%', '60%']
    """
    ways = [name for name in shares.columns if name != "threshold"]
    places = np.arange(len(shares))
    width = 0.8 / len(ways)
    for index, (way, color) in enumerate(zip(ways, (canvas.CURVE, canvas.BAND, canvas.FAINT), strict=False)):
        bars = ax.bar(places + index * width, shares[way], width * 0.94, color=color, label=str(way))
        ax.bar_label(bars, [f"{share:.0%}" for share in shares[way]], fontsize=9, padding=2, color=canvas.INK)
    ax.set_xticks(places + width * (len(ways) - 1) / 2, [f"{points:g}" for points in shares["threshold"]])
    ax.set_xlabel("Fall that the rule calls a dip (points)", fontsize=10)
    ax.set_ylabel("Districts flagged", fontsize=9.5)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylim(0, min(1.08, float(shares[ways].to_numpy(float).max()) * 1.2))
    return ax


def false_alarm_figure(shares: pd.DataFrame, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_false_alarms` as a detached figure.

    Examples
    --------
    >>> shares = pd.DataFrame({"threshold": [3, 5], "as reported": [0.758, 0.604]})
    >>> false_alarm_figure(shares).axes[0].get_ylabel()
    'Districts flagged'
    """
    figure, ax = canvas.page(size=size)
    draw_false_alarms(shares, ax=ax)
    low, high = (
        shares.drop(columns="threshold").to_numpy(float).min(),
        shares.iloc[:, 1:].to_numpy(float).max(),
    )
    return canvas.finish(
        figure,
        f"The naive rule sees a dip in {low:.0%} to {high:.0%} of districts that never changed",
        keyed=True,
    )


def gallery_figure(
    outcomes: pd.DataFrame,
    flagged: Iterable[object] = (),
    *,
    district: str = "district_id",
    year: str = "year",
    value: str = "value",
    title: str = "",
    measure: str = "Students passing (%)",
    size: tuple[float, float] = (4.8, 4.2),
) -> Figure:
    """Show up to twelve districts side by side, those that a rule flagged by a heavy line and a word.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"district_id": ["A", "A"], "year": [1992, 1993], "value": [50, 44]})
    >>> gallery_figure(outcomes, ["A"]).axes[0].get_title(loc="left")
    'A: flagged'
    """
    marked = set(flagged)
    chosen = list(dict.fromkeys(outcomes[district]))[:12]
    columns = 3
    rows = -(-len(chosen) // columns)
    figure = Figure(figsize=size)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for ax in list(grid.flat)[len(chosen) :]:
        ax.set_visible(False)
    for ax, name in zip(grid.flat, chosen, strict=False):
        series = outcomes[outcomes[district] == name].sort_values(year)
        _small(ax, series[year], series[value], name, name in marked)
    found = sum(name in marked for name in chosen)
    _frame(figure, title or f"{found} of these {len(chosen)} districts are flagged", measure)
    return figure


def _small(ax: Axes, years: pd.Series, values: pd.Series, name: object, flagged: bool) -> None:
    color = canvas.INK if flagged else canvas.FAINT
    ax.plot(years, values, color=color, linewidth=1.8 if flagged else 1.2, marker="o", markersize=2.5)
    heading = f"{name}: flagged" if flagged else str(name)
    ax.set_title(heading, loc="left", y=1.0, pad=3, fontsize=8.5, color=canvas.INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)
    ax.xaxis.set_major_locator(MaxNLocator(2, integer=True))


def _frame(figure: Figure, title: str, measure: str) -> None:
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(title, int(width * canvas.LETTERS_PER_INCH))
    figure.suptitle("\n".join(lines), x=0.02, y=0.99, ha="left", fontsize=10.5, fontweight="bold")
    figure.supxlabel("Spring of the school year", fontsize=9.5, y=0.01)
    figure.supylabel(measure, fontsize=9.5, x=0.01)
    top = height - 0.27 - canvas.TITLE_LINE * len(lines)
    figure.subplots_adjust(0.6 / width, 0.5 / height, 1 - 0.12 / width, top / height, wspace=0.12, hspace=0.42)


def _mark(ax: Axes, label: str, students: float, points: float) -> None:
    ax.plot([students], [points], "o", color=canvas.INK, markersize=5)
    few, many = ax.get_xlim()
    near_the_end = np.log(students / few) > 0.6 * np.log(many / few)
    ax.annotate(
        f"{label}: {points:.0f} points",
        (students, points),
        xytext=(10, 34) if near_the_end else (7, 5),
        textcoords="offset points",
        ha="right" if near_the_end else "left",
        arrowprops={"arrowstyle": "-", "color": canvas.INK, "linewidth": 0.8} if near_the_end else None,
        fontsize=9,
        color=canvas.INK,
    )
