"""Rolling out: what weekly time to meet takes, and how often people heard that the change takes years."""

from __future__ import annotations

from functools import cache

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.plots.protected_time import protected_time_figure
from cbe_lib.plots.rollout import messages_figure
from cbe_lib.themes.rollout import messages, protected_time
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

INSTRUCTION = 60_000
"""Minutes of instruction that a student is taken to have in a year."""


def time_to_meet(
    *, minutes: int = 60, weeks: int = 36, staff: int = 120, hourly_cost: int = 45, made_up: int = 0
) -> tuple[Figure, str]:
    """What does weekly time for teachers to meet take?

    Parameters
    ----------
    minutes, weeks, staff : int
        Minutes a week, weeks a year, and teachers who meet.
    hourly_cost : int
        Dollars that an hour of working time is worth.
    made_up : int
        Percent of the time that students make up on other days.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> figure, sentence = time_to_meet(minutes=45)
    >>> sentence.partition(", worth")[0]
    'The time to meet takes 3,240 working hours a year'
    """
    moved = 1 - made_up / 100
    found = protected_time(minutes, weeks, staff, hourly_cost=hourly_cost, moved=moved, instruction=INSTRUCTION)
    share = found.table.set_index("term").loc["share_moved", "estimate"]
    said = f"That is {share:.1f}% of a year of {INSTRUCTION:,} minutes."
    return protected_time_figure(found), f"{found.text} {said}"


def protected_time_explorer() -> ipywidgets.VBox:
    """What would another length of the weekly meeting take, in hours, dollars and class?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> len(protected_time_explorer().children[0].children)
    5
    """
    return panel(
        time_to_meet,
        minutes=ipywidgets.IntSlider(60, min=15, max=180, step=15, description="Minutes a week"),
        weeks=ipywidgets.IntSlider(36, min=10, max=40, description="Weeks a year"),
        staff=ipywidgets.IntSlider(120, min=10, max=500, step=10, description="Teachers"),
        hourly_cost=ipywidgets.IntSlider(45, min=20, max=90, step=5, description="Dollars an hour"),
        made_up=ipywidgets.IntSlider(0, min=0, max=100, step=10, description="Made up (%)"),
    )


def horizon(*, district: str = "00273", least_years: int = 2) -> tuple[Figure, str]:
    """How often did this synthetic district say that the change takes years, and how long was it silent?

    Parameters
    ----------
    district : str
        district_id in the sample state.
    least_years : int
        Shortest horizon that counts.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> horizon()[1].partition(" name")[0]
    'Brindelcombe (synthetic): 4 of 27 messages'
    """
    name = sample_districts.name_of(district)
    found = messages(_log(district), least_years=least_years)
    return messages_figure(found), f"{name}: {found.text}"


def messages_explorer() -> ipywidgets.VBox:
    """Which audience of which synthetic district heard how often that the change takes years?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> explorer = messages_explorer()
    >>> explorer.children[0].children[0].value
    '00273'
    """
    return panel(
        horizon,
        district=sample_districts.chooser("00273"),
        least_years=ipywidgets.IntSlider(2, min=1, max=6, description="Years that count"),
    )


@cache
def _log(district: str) -> pd.DataFrame:
    log = sample_districts.table("messages")
    return log[log["district_id"] == district]
