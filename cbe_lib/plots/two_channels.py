"""Results and confusion on one time axis: is it a dip in performance, in confidence, or in both?"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.plots import canvas
from cbe_lib.plots.dip import draw_rollout


def two_channels_figure(
    table: pd.DataFrame,
    rollout: int,
    *,
    lag: int = 0,
    year: str = "year",
    value: str = "value",
    confused: str = "confused",
    size: tuple[float, float] = (4.8, 4.9),
) -> Figure:
    """Did confusion rise before results fell, and by how many years?

    Parameters
    ----------
    table : DataFrame
        A row for each year; either column may have gaps.
    rollout : int
        Spring year of the first results that the change can have affected.
    lag : int
        Years by which the confusion curve is shown later than it was measured.
    year, value, confused : str
        Columns of the spring year, the result (percent), and the share of people who say that they are
        confused (percent).
    size : (float, float)
        Width and height in inches.

    Returns
    -------
    matplotlib Figure
        Results above, confusion below; where it was measured stays as a faint line if it is shown later.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"year": [2013, 2014, 2015], "value": [60, 58, 54], "confused": [20, 51, 40]})
    >>> two_channels_figure(table, 2014).get_suptitle()
    'Most confusion in 2014, lowest results in 2015'
    """
    figure = Figure(figsize=size)
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(table[year], table[value], "o-", color=canvas.INK, linewidth=1.6, markersize=4)
    _draw_confusion(below, table[year], table[confused], lag)
    for ax, name in ((above, value), (below, confused)):
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=9)
        canvas.headroom(ax, table[name].min(), table[name].max(), share=0.22)
    above.set_xlim(table[year].min() - 0.6, table[year].max() + 0.6)
    draw_rollout(rollout, ax=above)
    below.axvline(rollout - 0.5, color=canvas.INK, linestyle=":", linewidth=1.2)
    canvas.measured(above, "Students proficient (%)")
    canvas.measured(below, "Staff confused (%)")
    canvas.years_axis(below)
    _frame(figure, _headline(table, rollout, year, value, confused))
    return figure


def _draw_confusion(ax: Axes, year: pd.Series, confused: pd.Series, lag: int) -> None:
    if lag:
        ax.plot(year, confused, "--", color=canvas.FAINT, linewidth=1.4, label="when it was measured")
    label = f"shown {lag} year{'' if lag == 1 else 's'} later" if lag else "when it was measured"
    ax.plot(year + lag, confused, "s-", color=canvas.PROJECTED, linewidth=1.6, markersize=4, label=label)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.97), borderaxespad=0, frameon=False, fontsize=8.5, ncols=2)


def _headline(table: pd.DataFrame, rollout: int, year: str, value: str, confused: str) -> str:
    after = table[table[year] >= rollout].set_index(year)
    return f"Most confusion in {after[confused].idxmax()}, lowest results in {after[value].idxmin()}"


def _frame(figure: Figure, title: str) -> None:
    width, height = figure.get_size_inches()
    figure.suptitle(title, x=0.02, y=0.985, ha="left", fontsize=10, fontweight="bold", color=canvas.INK)
    figure.subplots_adjust(0.6 / width, 0.5 / height, 1 - 0.15 / width, 1 - 0.4 / height, hspace=0.24)
    figure.align_ylabels()
