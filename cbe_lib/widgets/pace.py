"""Pace and placement: students watched for too short a time, and a score near an edge."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.plots.pace import pace_figure, placement_figure
from cbe_lib.themes import pace
from cbe_lib.widgets.panel import panel

START = pd.Timestamp("2015-09-01")
SHORTEST = 60  # days for a level


def watched(
    *, days: int = 300, median: int = 250, unequal: float = 0.4, students: int = 120, draw: int = 1
) -> tuple[Figure, str]:
    """How long does a level take, if we can watch for so many days only?

    Parameters
    ----------
    days : int
        Days from the first level to the day on which the records were drawn.
    median : int
        Days that half of the students take for a level: the truth.
    unequal : float
        How unequal students are in speed (standard deviation of log days).
    students, draw : int
        How many, and which.

    Returns
    -------
    (Figure, str)
        The picture and what it says, with what finished levels alone would say, and the truth.

    Examples
    --------
    >>> "finished levels alone" in watched()[1]
    True
    """
    rng = np.random.default_rng(draw)
    takes = np.maximum(rng.lognormal(np.log(median), unequal, students).round().astype(int), SHORTEST)
    levels = days // takes + 1
    who, step = np.repeat(np.arange(students), levels), np.concatenate([np.arange(each) for each in levels])
    progress = pd.DataFrame(
        {
            "student_hash": [f"s{number}" for number in who],
            "district_id": "synthetic",
            "school_id": "synthetic",
            "subject": "reading",
            "level": step + 1.0,
            "date_reached": START + pd.to_timedelta(step * takes[who], unit="D"),
        }
    )
    found = pace.pace(progress, until=str((START + pd.Timedelta(days, "D")).date()))
    finished = takes[who][step < levels[who] - 1]
    naive = f"take {np.median(finished):.0f} days in the middle" if len(finished) else "are none"
    sentence = f"Synthetic. {found.text} The finished levels alone {naive}. The truth: {median} days."
    return pace_figure(found), sentence


def placed(*, score: float = 5.9, error: float = 0.3, expected: int = 6, cut: float = 0.8) -> tuple[Figure, str]:
    """How sure is a placement, and what can be said to the family?

    Parameters
    ----------
    score, error : float
        Score and its standard error, in levels.
    expected : int
        Level that the family expects.
    cut : float
        A placement that is right with at least this probability is clear.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> placed(score=5.5, error=0.2)[1].startswith("Synthetic student, score 5.5. Level 5")
    True
    """
    found = pace.placement(
        pd.DataFrame({"student": ["this student"], "score": [score], "expected": [expected]}), error=error, cut=cut
    )
    row = found.table.iloc[0]
    gap = int(row["gap"])
    apart = f"{abs(gap)} level{'' if abs(gap) == 1 else 's'} {'higher' if gap > 0 else 'lower'}"
    sentence = (
        f"Synthetic student, score {score:g}. {row['words']} The score fits level {row['level']} with probability "
        f"{row['probability']:.0%}: {row['status']}. The family expects {apart if gap else 'just this level'}."
    )
    return placement_figure(found), sentence


def pace_explorer() -> ipywidgets.VBox:
    """How wrong are finished levels alone, the shorter we watch?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = pace_explorer().children
    >>> controls.children[0].description
    'Days watched'
    """
    return panel(
        watched,
        days=ipywidgets.IntSlider(300, min=100, max=800, step=50, description="Days watched"),
        median=ipywidgets.IntSlider(250, min=100, max=500, step=10, description="True days a level"),
        unequal=ipywidgets.FloatSlider(0.4, min=0, max=0.8, step=0.1, description="Unequal speed"),
        students=ipywidgets.IntSlider(120, min=20, max=300, step=20, description="Students"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )


def placement_explorer() -> ipywidgets.VBox:
    """When is one score enough to place a student?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = placement_explorer().children
    >>> controls.children[0].value = 5.5
    >>> "clear" in sentence.value
    True
    """
    return panel(
        placed,
        score=ipywidgets.FloatSlider(5.9, min=3, max=8, step=0.1, description="Score (levels)"),
        error=ipywidgets.FloatSlider(0.3, min=0, max=1, step=0.05, description="Standard error"),
        expected=ipywidgets.IntSlider(6, min=3, max=8, description="Family expects level"),
        cut=ipywidgets.FloatSlider(0.8, min=0.5, max=0.95, step=0.05, description="Clear from"),
    )
