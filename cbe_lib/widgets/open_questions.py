"""Open questions: what catching up may cost, who stands above the age grade, and what a lid hides."""

from __future__ import annotations

from functools import cache

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.plots.open_questions import ceiling_figure, cost_figure
from cbe_lib.themes import open_questions
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

EVERYBODY = "all students"
GRADE = 7


def catch_up(
    *, students: int = 200, behind: float = 1.8, hours: int = 80, unsure: int = 40, price: int = 45, years: int = 3
) -> tuple[Figure, str]:
    """What would it cost to bring these students up to their age grade?

    Parameters
    ----------
    students : int
        Students who enroll behind.
    behind : float
        Levels that they are behind, on average.
    hours : int
        Hours of service that one level most likely takes.
    unsure : int, 0 to 80
        How far the hours may be off in either direction, percent.
    price : int
        Most likely cost of an hour, dollars; a fifth less or two fifths more is plausible.
    years : int
        Years over which the hours are spread.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> figure, sentence = catch_up(students=100)
    >>> sentence.split(" through ")[0]
    'Synthetic prices. Bringing 100 students up by 1.8 levels on average'
    """
    row = {
        "district_id": "x",
        "service": "the service",
        "cost": float(price),
        "low": 0.8 * price,
        "high": 1.4 * price,
        "hours_per_level": float(hours),
        "hours_low": hours * (1 - unsure / 100),
        "hours_high": hours * (1 + unsure / 100),
    }
    costs = pd.DataFrame([row])
    found = open_questions.catch_up_cost({"all": (students, behind)}, costs, service="the service", years=years)
    return cost_figure(found), f"Synthetic prices. {found.text}"


def above_grade(*, group: str = EVERYBODY, district: str = "") -> tuple[Figure, str]:
    """Which students of the sample state stand above their age grade in mathematics?

    Parameters
    ----------
    group : str
        A group of students, or "all students".
    district : str
        Id of one district; "" for all. Fewer than 10 students are hidden.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> above_grade(group="English learners")[1].split(",")[0]
    'Synthetic state. Of 44 students'
    """
    rows = _mathematics()
    rows = rows if group == EVERYBODY else rows[rows["subgroup"] == group]
    rows = rows[rows["district_id"] == district] if district else rows
    if rows.empty:
        return _nobody(group)
    found = open_questions.ceiling(rows)
    return ceiling_figure(found), f"Synthetic state. {found.text}"


def _nobody(group: str) -> tuple[Figure, str]:
    return Figure(figsize=(4.8, 0.6)), f"There are no {group} in the sample of this district."


@cache
def _mathematics() -> pd.DataFrame:
    progress = sample_districts.table("progress")
    return progress[progress["subject"] == "mathematics"]


def under_a_lid(*, courses: int = 50, lid: int = 0, spread: float = 1.0, draw: int = 1) -> tuple[Figure, str]:
    """How many students look as if they were at their limit, because their course is?

    Parameters
    ----------
    courses : int, 0 to 100
        Percent of students whose course ends at a level.
    lid : int
        How many levels above the age grade such a course ends; 0: with the grade.
    spread : float
        Spread of where students would stand without any lid (standard deviation, levels).
    draw : int
        Another number is another 300 students.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> under_a_lid(courses=0)[1].split(". ")[1].partition(",")[0]
    'Without any lid 24% would stand a level or more above'
    """
    rng = np.random.default_rng(draw)
    count = 300
    would = np.round(GRADE + rng.normal(0, spread, count))
    capped = rng.random(count) < courses / 100
    stand = np.where(capped, np.minimum(would, GRADE + lid), would)
    rows = pd.DataFrame({"student_hash": [f"s{each}" for each in range(count)], "district_id": "x", "school_id": "x1"})
    rows = rows.assign(subject="mathematics", age_grade=float(GRADE), level=stand)
    found = open_questions.ceiling(rows.assign(course_cap=np.where(capped, float(GRADE + lid), np.nan)))
    told = (
        f"{count} synthetic students of age grade {GRADE}. Without any lid {np.mean(would > GRADE):.0%} would stand a "
        f"level or more above, and the mean would be {np.mean(would - GRADE):+.2f}; with it the mean is "
        f"{np.mean(stand - GRADE):+.2f}. "
    )
    return ceiling_figure(found), told + found.text


def catch_up_explorer() -> ipywidgets.VBox:
    """What may catching up cost, and which doubt matters most? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = catch_up_explorer()
    >>> len(explorer.children[0].children)
    6
    """
    return panel(
        catch_up,
        students=ipywidgets.IntSlider(200, min=0, max=1000, step=20, description="Students behind"),
        behind=ipywidgets.FloatSlider(1.8, min=0, max=4, step=0.1, description="Levels behind"),
        hours=ipywidgets.IntSlider(80, min=10, max=200, step=5, description="Hours a level"),
        unsure=ipywidgets.IntSlider(40, min=0, max=80, step=5, description="Hours unsure by (%)"),
        price=ipywidgets.IntSlider(45, min=10, max=120, step=5, description="Dollars an hour"),
        years=ipywidgets.IntSlider(3, min=1, max=6, description="Years"),
    )


def ceiling_explorer() -> ipywidgets.VBox:
    """Who stands above the age grade? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = ceiling_explorer()
    >>> explorer.children[0].children[0].value
    'all students'
    """
    names = {name: each for each, name in sample_districts.names().items()}
    groups = [EVERYBODY, *sorted(_mathematics()["subgroup"].dropna().unique())]
    return panel(
        above_grade,
        group=ipywidgets.Dropdown(options=groups, value=EVERYBODY, description="Students"),
        district=ipywidgets.Dropdown(options={"all districts": "", **names}, value="", description="District"),
    )


def lid_explorer() -> ipywidgets.VBox:
    """What does a lid on courses hide? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = lid_explorer()
    >>> len(explorer.children[0].children)
    4
    """
    return panel(
        under_a_lid,
        courses=ipywidgets.IntSlider(50, min=0, max=100, step=10, description="Courses with a lid (%)"),
        lid=ipywidgets.IntSlider(0, min=0, max=3, description="Lid above grade"),
        spread=ipywidgets.FloatSlider(1.0, min=0.2, max=2, step=0.2, description="Spread (levels)"),
        draw=ipywidgets.IntSlider(1, min=1, max=20, description="Try again: draw"),
    )
