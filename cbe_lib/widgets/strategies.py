"""The rollout simulator: one year, by cohort or by school, if the assumptions hold."""

from __future__ import annotations

from functools import partial

import ipywidgets
from matplotlib.figure import Figure

from cbe_lib.plots.rollout import strategies_figure
from cbe_lib.themes.rollout import strategies
from cbe_lib.themes.rollout.strategies import ASSUMPTIONS
from cbe_lib.widgets.panel import panel

STUDENTS, SIZE = 1000, (4.8, 5.6)


def simulated(
    *,
    preparation: float = 0.5,
    protected_hours: float = 0,
    cohorts: int = 4,
    school_waves: int = 3,
    depth: float = 6,
    back: float = 4,
    figure: Figure | None = None,
) -> tuple[Figure, str]:
    """What would each way of rolling out cost in results, under these assumptions?

    Parameters
    ----------
    preparation : float
        How far the district has prepared, 0 to 1.
    protected_hours : float
        Hours a week that teachers have to meet.
    cohorts, school_waves : int
        Years over which students switch by cohort, and by school.
    depth : float
        Most likely deepest fall in points, all at once and unprepared; from half to five thirds of it is tried.
    back : float
        Most likely years until results are back, 3 to 7.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Returns
    -------
    (Figure, str)
        The picture, with every assumption printed below it, and what it says.

    Examples
    --------
    >>> figure, sentence = simulated(preparation=1)
    >>> sentence.partition(":")[0]
    'Under these assumptions a student loses, in point-years'
    """
    found = strategies(
        STUDENTS,
        preparation=preparation,
        protected_hours=protected_hours,
        cohorts=cohorts,
        school_waves=school_waves,
        assumptions={"depth": (depth / 2, depth, depth * 5 / 3), "recovery_years": _years(back)},
    )
    return strategies_figure(found, figure=figure), found.text


def rollout_simulator(*, prepared: bool = False) -> ipywidgets.VBox:
    """Which way of rolling out costs least in results, and how much hangs on what is assumed?

    Parameters
    ----------
    prepared : bool
        Draw what is one step away in the background, so that few moves wait (for pages).

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> explorer = rollout_simulator()
    >>> [control.description for control in explorer.children[0].children][:2]
    ['Prepared (0 to 1)', 'Protected hours a week']
    """
    return panel(
        partial(simulated, figure=Figure(figsize=SIZE, dpi=72)),
        ahead=prepared,
        preparation=ipywidgets.FloatSlider(0.5, min=0, max=1, step=0.1, description="Prepared (0 to 1)"),
        protected_hours=ipywidgets.FloatSlider(0, min=0, max=5, step=0.5, description="Protected hours a week"),
        cohorts=ipywidgets.IntSlider(4, min=1, max=8, description="Years, by cohort"),
        school_waves=ipywidgets.IntSlider(3, min=1, max=8, description="Years, by school"),
        depth=ipywidgets.IntSlider(6, min=1, max=15, description="Deepest fall (points)"),
        back=ipywidgets.IntSlider(4, min=3, max=7, description="Years until back"),
    )


def _years(back: float) -> tuple[float, float, float]:
    """Keep the packaged range, widened where the most likely value lies outside it."""
    low, _, high = ASSUMPTIONS["recovery_years"][2]
    return min(low, back), back, max(high, back)
