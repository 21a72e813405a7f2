"""Teachers and corrections: a run chart with a planted change, and hours of learning that keen teachers seek."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.plots.teachers import practice_growth_figure, run_chart_figure
from cbe_lib.themes import teachers
from cbe_lib.widgets.panel import panel

WEEKS_BEFORE, USUAL, SWING = 12, 60.0, 5.0
SCHOOLS = 8


def charted(*, change: float = 0.0, weeks_after: int = 12, carry: float = 0.0, draw: int = 1) -> tuple[Figure, str]:
    """Would a run chart notice a change of this size, and how often does it see one where there is none?

    Parameters
    ----------
    change : float
        Planted lasting change, percentage points; weeks swing by a standard deviation of 5.
    weeks_after : int
        Weeks after the change; there are 12 before.
    carry : float, 0 to 0.9
        How much of one week's swing carries over to the next.
    draw : int
        Another number is other weeks with the same truth.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> charted(change=15)[1].endswith("The truth: a lasting change of 15 points was planted.")
    True
    """
    rng = np.random.default_rng(draw)
    count = WEEKS_BEFORE + weeks_after
    swing = rng.normal(0, SWING, count)
    for week in range(1, count):
        swing[week] = carry * swing[week - 1] + np.sqrt(1 - carry**2) * swing[week]
    after = np.arange(count) >= WEEKS_BEFORE
    weeks = pd.date_range("2015-09-07", periods=count, freq="W-MON")
    measured = pd.DataFrame({"date": weeks, "value": USUAL + change * after + swing})
    found = teachers.run_chart(measured, str(weeks[WEEKS_BEFORE].date()))
    planted = f"a lasting change of {change:g} points was planted" if change else "nothing was planted"
    gap = measured["value"][after].mean() - measured["value"][~after].mean()
    sentence = (
        f"Synthetic. {found.text} The mean after is {abs(gap):.1f} points {'higher' if gap >= 0 else 'lower'} than the "
        f"mean before. The truth: {planted}."
    )
    return run_chart_figure(found, measure="Work returned within a week (%)"), sentence


def practiced(*, gain: float = 4.0, keen: float = 0.0, each: int = 8, draw: int = 1) -> tuple[Figure, str]:
    """Do hours of learning change teaching, or do keen teachers take more hours?

    Parameters
    ----------
    gain : float
        Points of use that ten hours truly add.
    keen : float
        How strongly being keen brings both more hours and more use by itself: points of use for a keen teacher (one
        standard deviation), who also takes 8 more hours. 0: hours were dealt out by lot.
    each : int
        Teachers in each of eight schools.
    draw : int
        Another number is other teachers with the same truth.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> practiced(gain=4)[1].endswith("The truth: ten hours add 4 points.")
    True
    """
    rng = np.random.default_rng(draw)
    count = SCHOOLS * each
    keenness = rng.normal(0, 1, count)
    hours = np.clip(20 + (8 * keenness if keen else 0) + rng.normal(0, 8, count), 0, 60)
    before = np.clip(rng.normal(0.25, 0.06, count), 0, 1)
    school = np.repeat([f"school {number + 1}" for number in range(SCHOOLS)], each)
    grown = 0.1 + gain / 1000 * hours + keen / 100 * keenness + rng.normal(0, 0.08, count)
    seen = pd.DataFrame({"school_id": school, "hours": hours, "before": before, "after": np.clip(before + grown, 0, 1)})
    found = teachers.practice_growth(seen)
    return practice_growth_figure(found), f"Synthetic. {found.text} The truth: ten hours add {gain:g} points."


def run_chart_explorer() -> ipywidgets.VBox:
    """When can a run chart tell a change from noise?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = run_chart_explorer().children
    >>> controls.children[0].description
    'Planted change (points)'
    """
    return panel(
        charted,
        change=ipywidgets.FloatSlider(0, min=-15, max=15, step=1, description="Planted change (points)"),
        weeks_after=ipywidgets.IntSlider(12, min=3, max=24, description="Weeks after"),
        carry=ipywidgets.FloatSlider(0, min=0, max=0.9, step=0.1, description="Carry-over"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )


def practice_explorer() -> ipywidgets.VBox:
    """What do hours seem to do when keen teachers take more of them?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = practice_explorer().children
    >>> controls.children[1].description
    'Keen teachers (points)'
    """
    return panel(
        practiced,
        gain=ipywidgets.FloatSlider(4, min=0, max=10, step=1, description="Ten hours add (points)"),
        keen=ipywidgets.FloatSlider(0, min=0, max=15, step=1, description="Keen teachers (points)"),
        each=ipywidgets.IntSlider(8, min=1, max=30, description="Teachers a school"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )
