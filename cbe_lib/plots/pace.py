"""Pace and placement as figures: who is still working on a level after so many days, and how sure a placement is."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from cbe_lib.plots import canvas
from cbe_lib.plots.ownership import named_rows, rows_finished, rows_page
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.pace import Pace, Placement

WIDE = (5.6, 3.9)
STYLES = (("-", canvas.CURVE), ("--", canvas.PROJECTED), (":", canvas.TRUTH), ("-.", canvas.INK))
WHOLE = "all students"


def draw_pace(result: Pace, *, ax: Axes, groups: bool = False) -> Axes:
    """What share of students is still working on a level after so many days?

    Parameters
    ----------
    result : Pace
        From `cbe_lib.themes.pace.pace`.
    ax : matplotlib Axes
        Added to and returned.
    groups : bool
        A curve for each group, the first four, in place of one for all students with its band.

    Returns
    -------
    matplotlib Axes
        Days to the right, percentage upwards, with a line at the half.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import pace
    >>> draw_pace(pace.pace(samples.state()["progress"]), ax=Figure().add_subplot()).get_ylabel()
    'Still working on the level (%)'
    """
    names = result.curves["group"].drop_duplicates().tolist()
    shown = [name for name in names if name != WHOLE][: len(STYLES)] if groups else names[:1]
    for name, (line, color) in zip(shown, STYLES, strict=False):
        curve = result.curves[result.curves["group"] == name]
        days = np.concatenate([[0.0], curve["days"].to_numpy(float)])
        share, low, high = (
            100 * np.concatenate([[1.0], curve[column].to_numpy(float)])
            for column in ("share", "conf_low", "conf_high")
        )
        if not groups:
            ax.fill_between(days, low, high, step="post", color=color, alpha=0.2, linewidth=0)
        ax.plot(days, share, line, drawstyle="steps-post", color=color, linewidth=1.6, label=name)
    ax.axhline(50, color=canvas.FAINT, linewidth=1, linestyle=(0, (5, 2.5)))
    ax.set_xlim(left=0)
    ax.set_ylim(0, 102)
    ax.set_xlabel("Days since the level before was reached", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Still working on the level (%)")
    return ax


def pace_figure(result: Pace, *, groups: bool = False, size: tuple[float, float] = WIDE) -> Figure:
    """How long does a level take? The picture of `draw_pace` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import pace
    >>> found = pace.pace(samples.state()["progress"], until="2016-06-30")
    >>> pace_figure(found).axes[0].get_title(loc="left")[:20]
    'Half of the students'
    """
    figure, ax = canvas.page(size=size)
    draw_pace(result, ax=ax, groups=groups)
    row = result.table.iloc[0]
    title = f"Cannot tell how long a level takes: {row['reason']}"
    if not row["reason"]:
        title = f"Half of the students reach the next level within {row['median_days']:.0f} days"
        title += f" ({_day(row['conf_low'])} to {_day(row['conf_high'])})"
    band = "" if groups else "Band: intervals, day by day. "
    return small_print(
        canvas.finish(figure, title, keyed=groups), f"{band}Every student counts once, those not through yet included."
    )


def _day(days: float) -> str:
    return f"{days:.0f}" if np.isfinite(days) else "not known"


def draw_placement(result: Placement, *, ax: Axes) -> Axes:
    """How near is each score to an edge, and where does the family expect the student?

    Adds to `ax` for each student the score with its 95% interval, the edges of the levels, and a diamond at the middle
    of the level that the family expects.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib.themes import pace
    >>> found = pace.placement(pd.DataFrame({"student": ["s1", "s2"], "score": [5.5, 5.95]}), error=0.3)
    >>> [label.get_text() for label in draw_placement(found, ax=Figure().add_subplot()).get_yticklabels()]
    ['s2', 's1']
    """
    table = result.table.iloc[::-1].reset_index(drop=True)
    reach = norm.ppf(0.975) * result.error
    place, score = np.arange(len(table)), table["score"].to_numpy(float)
    low = int(np.floor(np.nanmin([score.min() - reach, table["expected"].min()])))
    high = int(np.ceil(np.nanmax([score.max() + reach, table["expected"].max() + 1])))
    for edge in range(low, high + 1):
        ax.axvline(edge, color=canvas.FAINT, linewidth=0.9, zorder=0)
    for status, color, label in (("clear", canvas.CURVE, "clear"), ("look again", canvas.PROJECTED, "look again")):
        rows = (table["status"] == status).to_numpy()
        ax.hlines(place[rows], score[rows] - reach, score[rows] + reach, color=color, linewidth=2)
        ax.plot(score[rows], place[rows], "o", color=color, markersize=6, label=label)
    wished = table["expected"].notna().to_numpy()
    if wished.any():
        style = {"color": canvas.TRUTH, "markersize": 6, "fillstyle": "none", "label": "family expects"}
        ax.plot(table["expected"][wished] + 0.5, place[wished], "D", **style)
    named_rows(ax, table["student"].astype(str).tolist())
    ax.set_xlim(low, high)
    ax.set_xticks(range(low, high + 1))
    ax.set_xlabel("Score in levels; level 5 runs from 5 to below 6", fontsize=9.5, color=canvas.INK)
    return ax


def placement_figure(result: Placement, *, width: float = 5.6) -> Figure:
    """How many placements are clear? The picture of `draw_placement` as a detached figure.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib.themes import pace
    >>> found = pace.placement(pd.DataFrame({"student": ["s1", "s2"], "score": [5.5, 5.95]}), error=0.3)
    >>> placement_figure(found).axes[0].get_title(loc="left")
    '1 of 2 placements is clear'
    """
    figure, ax = rows_page(1.4 * len(result.table), width)
    draw_placement(result, ax=ax)
    clear = int((result.table["status"] == "clear").sum())
    title = f"{clear} of {len(result.table)} placements {'is' if clear == 1 else 'are'} clear"
    key = f"Lines: 95% intervals for a standard error of {result.error:g} levels."
    return small_print(rows_finished(figure, title, keyed=True), key)
