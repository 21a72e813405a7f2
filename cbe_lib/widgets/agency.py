"""Agency and instruction: a survey of schools whose truth is known, and a balance of assessment to set."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import t as student

from cbe_lib import survey
from cbe_lib.plots.agency import balance_figure, scale_figure
from cbe_lib.themes import agency
from cbe_lib.widgets.panel import panel

SCHOOLS, LOWEST, HIGHEST = 8, 3.0, 4.2
PEOPLE = 0.6  # standard deviation between students of one school, points


def surveyed(*, items: int = 1, students: int = 20, noise: float = 1.0, draw: int = 1) -> tuple[Figure, str]:
    """Does the school that looks best in a survey have the most agency?

    Parameters
    ----------
    items : int
        Questions on agency in the form.
    students : int
        Students who answer in each of eight schools.
    noise : float
        Standard deviation of what moves a single answer beside the student's agency, points of 1 to 5.
    draw : int
        Another number is other students with the same truth.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> surveyed(items=6)[1].startswith("Synthetic: 8 schools, 20 students in each, 6 items.")
    True
    """
    rng = np.random.default_rng(draw)
    truth = np.linspace(LOWEST, HIGHEST, SCHOOLS)
    person = np.repeat(truth, students) + rng.normal(0, PEOPLE, SCHOOLS * students)
    answers = np.clip(np.round(person[:, None] + rng.normal(0, noise, (len(person), items))), 1, 5)
    means = answers.mean(axis=1).reshape(SCHOOLS, students)
    reach = student.ppf(0.975, students - 1) * means.std(axis=1, ddof=1) / np.sqrt(students)
    seen = means.mean(axis=1)
    schools = pd.DataFrame({"truth": truth, "estimate": seen, "conf_low": seen - reach, "conf_high": seen + reach})
    pairs = [(low, high) for high in range(SCHOOLS) for low in range(high)]
    wrong = sum(seen[low] >= seen[high] for low, high in pairs)
    best = SCHOOLS - int(np.argmax(seen))
    sentence = (
        f"Synthetic: {SCHOOLS} schools, {students} students in each, {items} item{'' if items == 1 else 's'}. The "
        f"school that looks best is number {best} of {SCHOOLS} in truth, and {wrong} of {len(pairs)} pairs of schools "
        f"stand in the wrong order. {_consistency(answers)}"
    )
    return scale_figure(schools), sentence


def _consistency(answers: np.ndarray) -> str:
    frame = pd.DataFrame(answers, columns=[f"agency {place + 1}" for place in range(answers.shape[1])])
    found = survey.reliability(frame, scales={"agency": frame.columns}, low=1, high=5).table
    alpha = found[found["coefficient"] == "cronbach_alpha"].iloc[0]
    if alpha["reason"]:
        return f"Consistency cannot be told: {alpha['reason'][:1].lower()}{alpha['reason'][1:]}"
    return f"Consistency (alpha): {alpha['estimate']:.2f} ({alpha['conf_low']:.2f} to {alpha['conf_high']:.2f})."


def balanced(*, to_learn: int = 450, to_move_on: int = 650, to_report: int = 850) -> tuple[Figure, str]:
    """What would a year of assessment look like with other minutes?

    Parameters
    ----------
    to_learn, to_move_on, to_report : int
        Minutes a student a year of assessment to learn from, to move on, and to report.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> balanced()[1].startswith("Synthetic. Of 1,950 minutes")
    True
    """
    minutes = [to_learn, to_move_on, to_report]
    given = pd.DataFrame({"name": agency.PURPOSES, "purpose": agency.PURPOSES, "minutes": minutes})
    found = agency.assessment_balance(given)
    return balance_figure(found), f"Synthetic. {found.text}"


def agency_explorer() -> ipywidgets.VBox:
    """How many items and students does a survey of agency need?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = agency_explorer().children
    >>> controls.children[0].description
    'Items'
    """
    return panel(
        surveyed,
        items=ipywidgets.IntSlider(1, min=1, max=8, description="Items"),
        students=ipywidgets.IntSlider(20, min=5, max=100, step=5, description="Students a school"),
        noise=ipywidgets.FloatSlider(1, min=0, max=2, step=0.2, description="Noise of an answer"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )


def balance_explorer() -> ipywidgets.VBox:
    """How far would minutes have to move for assessment to be balanced?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = balance_explorer().children
    >>> controls.children[2].description
    'To report (minutes)'
    """
    return panel(
        balanced,
        to_learn=ipywidgets.IntSlider(450, min=0, max=1500, step=50, description="To learn (minutes)"),
        to_move_on=ipywidgets.IntSlider(650, min=0, max=1500, step=50, description="To move on (minutes)"),
        to_report=ipywidgets.IntSlider(850, min=0, max=1500, step=50, description="To report (minutes)"),
    )
