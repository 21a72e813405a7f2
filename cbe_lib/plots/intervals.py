"""Many intervals beside one truth: what "95 times in 100" means."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.plots import canvas


def draw_intervals(table: pd.DataFrame, truth: float, *, ax: Axes, measure: str = "Depth of the dip (points)") -> Axes:
    """Which of these intervals hold the truth?

    Parameters
    ----------
    table : DataFrame
        estimate, conf_low, conf_high: a row for each district.
    truth : float
        What every district has in common.
    ax : matplotlib Axes
        Added to and returned.
    measure : str
        What was estimated, with its unit, for the vertical axis.

    Returns
    -------
    matplotlib Axes
        Intervals that hold the truth are thin, the others heavy with a cross at the estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"estimate": [7, 3], "conf_low": [4, 1], "conf_high": [10, 5]})
    >>> draw_intervals(table, 8, ax=Figure().add_subplot()).get_legend_handles_labels()[1]
    ['holds the truth', 'misses it', 'the truth: 8']
    """
    place = np.arange(1, len(table) + 1)
    held = holds(table, truth).to_numpy()
    low, high = table["conf_low"].to_numpy(float), table["conf_high"].to_numpy(float)
    ax.vlines(place[held], low[held], high[held], color=canvas.CURVE, linewidth=1.3, label="holds the truth")
    ax.vlines(place[~held], low[~held], high[~held], color=canvas.INK, linewidth=3)
    missed = {"color": canvas.INK, "markersize": 7, "markeredgewidth": 2}
    ax.plot(place[~held], table["estimate"].to_numpy(float)[~held], "x", label="misses it", **missed)
    ax.axhline(truth, color=canvas.TRUTH, linewidth=1.4, linestyle=(0, (5, 2.5)), label=f"the truth: {truth:g}")
    ax.set_xlim(0, len(table) + 1)
    ax.set_xlabel("Simulated district", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, measure)
    return ax


def holds(table: pd.DataFrame, truth: float) -> pd.Series:
    """Say for each row whether its interval holds the truth."""
    return (table["conf_low"] <= truth) & (table["conf_high"] >= truth)


def intervals_figure(
    table: pd.DataFrame,
    truth: float,
    *,
    measure: str = "Depth of the dip (points)",
    size: tuple[float, float] = canvas.PAGE,
) -> Figure:
    """How many of these intervals hold the truth? The picture of `draw_intervals` as a detached figure.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"estimate": [7, 3], "conf_low": [4, 1], "conf_high": [10, 5]})
    >>> intervals_figure(table, 8).axes[0].get_title(loc="left")
    '1 of 2 intervals hold the truth'
    """
    figure, ax = canvas.page(size=size)
    draw_intervals(table, truth, ax=ax, measure=measure)
    return canvas.finish(figure, f"{holds(table, truth).sum()} of {len(table)} intervals hold the truth", keyed=True)
