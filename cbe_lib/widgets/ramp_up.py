"""Ramping up: what may it cost to cut the time for it, if the link holds?"""

from __future__ import annotations

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from cbe_lib.plots.ramp_up import squeeze_figure
from cbe_lib.themes.ramp_up import squeeze
from cbe_lib.widgets.panel import panel

STEPS = 4


def cut_short(
    *,
    months: int = 12,
    largest_cut: int = 75,
    slope: float = 0.4,
    unsure: float = 0.35,
    depth: float = 7,
    back: float = 5.5,
) -> tuple[Figure, str]:
    """How much deeper may the dip be if the time for ramping up is cut?

    Parameters
    ----------
    months : int
        Months of ramp-up in the plan.
    largest_cut : int
        Percent of them that are cut at most, 1 to 100.
    slope : float
        Points that one month of ramp-up is assumed to spare.
    unsure : float
        How much more or less that may be, in points.
    depth : float
        Depth of the dip with the whole ramp-up, in points; from half to one and a half of it is tried.
    back : float
        Most likely years until the baseline is regained; from 1.5 fewer to 2.5 more are tried.

    Returns
    -------
    (Figure, str)
        The picture, with every assumption printed below it, and what it says.

    Examples
    --------
    >>> figure, sentence = cut_short(unsure=0)
    >>> sentence.partition(" points")[0]
    'Under these assumptions, cutting the ramp-up by 75% would go with a dip 3.6'
    """
    found = squeeze(
        months,
        slope=(-slope, -slope - unsure, -slope + unsure),
        depth=(depth, depth / 2, depth * 1.5),
        cuts=np.linspace(0, largest_cut / 100, STEPS),
        recovery_years=(back - 1.5, back, back + 2.5),
    )
    deep = found.table[found.table["term"] == "depth"].iloc[-1]
    now = f"A dip of {depth:g} points would become {deep['estimate']:.1f}"
    return squeeze_figure(found), f"{found.text} {now} ({deep['conf_low']:.1f} to {deep['conf_high']:.1f})."


def squeeze_explorer() -> ipywidgets.VBox:
    """What may it cost to cut the ramp-up, and how much of that is only assumed?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> explorer = squeeze_explorer()
    >>> [control.description for control in explorer.children[0].children][:2]
    ['Months in the plan', 'Largest cut (%)']
    """
    return panel(
        cut_short,
        months=ipywidgets.IntSlider(12, min=3, max=36, description="Months in the plan"),
        largest_cut=ipywidgets.IntSlider(75, min=25, max=100, step=5, description="Largest cut (%)"),
        slope=ipywidgets.FloatSlider(0.4, min=0, max=1, step=0.05, description="Points a month spares"),
        unsure=ipywidgets.FloatSlider(0.35, min=0, max=1, step=0.05, description="More or less"),
        depth=ipywidgets.IntSlider(7, min=1, max=15, description="Depth, nothing cut"),
        back=ipywidgets.FloatSlider(5.5, min=2, max=8, step=0.5, description="Years until back"),
    )
