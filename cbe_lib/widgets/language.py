"""A common language: two teachers score the same work, and habits that may color levels, both with a known truth."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib import rubric
from cbe_lib.plots.language import double_scored_figure, habits_figure
from cbe_lib.themes import language
from cbe_lib.widgets.panel import panel

LEVELS = ("Exploring", "Emerging", "Proficient", "Breakthrough")
EDGES, USUAL = (-1.0, 0.0, 1.0), 0.5


def double_scored(
    *, pieces: int = 60, blur: float = 0.5, harsher: float = 0.0, spread: float = 1.0, draw: int = 1
) -> tuple[Figure, str]:
    """How often do two teachers give the same level, and how much of that is luck?

    Parameters
    ----------
    pieces : int
        Pieces of work that both teachers score.
    blur : float
        Standard deviation of what each teacher sees beside the work itself, in levels.
    harsher : float
        How much lower the second teacher scores, in levels.
    spread : float
        Standard deviation of the quality of the work, in levels.
    draw : int
        Another number is other work with the same truth.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> figure, sentence = double_scored(harsher=1)
    >>> sentence.startswith("Synthetic: 60 pieces of work")
    True
    """
    rng = np.random.default_rng(draw)
    work = rng.normal(USUAL, spread, pieces)
    seen = [work + rng.normal(0, blur, pieces), work - harsher + rng.normal(0, blur, pieces)]
    first, second = (np.digitize(each, EDGES) for each in seen)
    both = np.bincount(4 * first + second, minlength=16).reshape(4, 4)
    counts = pd.DataFrame(both, index=LEVELS, columns=LEVELS)
    shares = counts.to_numpy() / pieces
    same, luck = float(np.trace(shares)), float(shares.sum(axis=1) @ shares.sum(axis=0))
    lower = float((first - second).mean())
    sentence = (
        f"Synthetic: {pieces} pieces of work, each scored by two teachers, the same level on {same:.0%}. Levels dealt "
        f"out blindly in the same proportions would match on {luck:.0%}. {_beyond(first, second)} The second teacher "
        f"gave {abs(lower):.1f} levels {'less' if lower >= 0 else 'more'} on average; planted: {harsher:.1f} less."
    )
    return double_scored_figure(counts), sentence


def _beyond(first: np.ndarray, second: np.ndarray) -> str:
    scored = pd.DataFrame(
        {
            "work": np.tile(np.arange(len(first)), 2),
            "teacher": np.repeat(["first", "second"], len(first)),
            "level": np.concatenate([first, second]),
        }
    )
    found = rubric.agreement(scored, unit="work", rater="teacher", rating="level", levels=range(4), weights="identity")
    alpha = found.table.set_index("coefficient").loc["krippendorff_alpha"].to_dict()
    if alpha["estimate"] != alpha["estimate"]:
        return "Agreement beyond chance cannot be told."
    return (
        f"Agreement beyond chance (Krippendorff's alpha): {alpha['estimate']:.2f} (95% interval "
        f"{alpha['conf_low']:.2f} to {alpha['conf_high']:.2f})."
    )


def habits_seen(
    *, counted: float = 0.0, error: float = 0.0, together: float = 0.5, students: int = 150, draw: int = 1
) -> tuple[Figure, str]:
    """Do habits color the levels, or does it only look so because the evidence is measured with error?

    Parameters
    ----------
    counted : float
        How many levels teachers truly add for one standard deviation of habits.
    error : float
        Standard error of the evidence that we compare with, in levels.
    together : float, between -1 and 1
        Correlation of habits with what students can do.
    students, draw : int
        How many, and which.

    Returns
    -------
    (Figure, str)
        The picture and what it says, with the truth.

    Examples
    --------
    >>> habits_seen(counted=0.3)[1].endswith("The truth: 0.30 levels were planted.")
    True
    """
    rng = np.random.default_rng(draw)
    can = rng.normal(0, 1, students)
    habits = together * can + np.sqrt(1 - together**2) * rng.normal(0, 1, students)
    given = 4 + can + counted * habits + rng.normal(0, 0.3, students)
    shown = 4 + can + rng.normal(0, error, students)
    found = language.habits(pd.DataFrame({"given": given, "shown": shown, "habits": habits}))
    return habits_figure(found), f"Synthetic. {found.text} The truth: {counted:.2f} levels were planted."


def calibration_explorer() -> ipywidgets.VBox:
    """How much of two teachers' agreement is luck?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = calibration_explorer().children
    >>> controls.children[2].description
    'Second is harsher (levels)'
    """
    return panel(
        double_scored,
        pieces=ipywidgets.IntSlider(60, min=10, max=300, step=10, description="Pieces of work"),
        blur=ipywidgets.FloatSlider(0.5, min=0, max=1.5, step=0.1, description="Blur (levels)"),
        harsher=ipywidgets.FloatSlider(0, min=0, max=2, step=0.1, description="Second is harsher (levels)"),
        spread=ipywidgets.FloatSlider(1, min=0.2, max=2, step=0.1, description="Spread of the work"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )


def habits_explorer() -> ipywidgets.VBox:
    """When do habits only look as if they colored the levels?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> controls, sentence, picture = habits_explorer().children
    >>> len(controls.children)
    5
    """
    return panel(
        habits_seen,
        counted=ipywidgets.FloatSlider(0, min=0, max=0.6, step=0.05, description="Habits truly count"),
        error=ipywidgets.FloatSlider(0, min=0, max=1, step=0.1, description="Error of evidence"),
        together=ipywidgets.FloatSlider(0.5, min=0, max=0.9, step=0.1, description="Habits go with skill"),
        students=ipywidgets.IntSlider(150, min=10, max=500, step=10, description="Students"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )
