"""The dip explorer: plant a dip and try to see it, then look at districts that are real."""

from __future__ import annotations

import itertools
import threading
import time
from functools import cache, partial

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib import dip, samples, simulate
from cbe_lib.plots import dip_figure
from cbe_lib.plots.canvas import PAGE
from cbe_lib.simulate import Truth
from cbe_lib.widgets.panel import panel
from cbe_lib.widgets.pictures import FIRST_REST, REST

ROLLOUT, LEVEL, TREND = 2015, 60.0, 0.3
GRADES = 13
_SHAPES = {
    "down, then back and above": "v",
    "down, and slowly back": "slow",
    "down for good": "permanent",
    "no change at all": "none",
}
_TESTED = (40, 80, 240, 750, 2000, 5000)
_BEFORE, _AFTER = (2, 3, 6, 10), (3, 4, 6, 10)


def made_up(
    *,
    shape: str = "v",
    depth: float = 6,
    years_before: int = 6,
    years_after: int = 6,
    n_tested: int = 750,
    noise: float = 1.0,
    draw: int = 1,
    show_truth: bool = False,
    figure: Figure | None = None,
) -> tuple[Figure, str]:
    """Can a dip of this depth be seen in a district of this size?

    Parameters
    ----------
    shape : str
        One of `cbe_lib.simulate.SHAPES`.
    depth : float
        Planted depth in points, 0 or more.
    years_before, years_after : int
        Years with results before the rollout and from it on.
    n_tested : int
        Students tested each year.
    noise : float
        Standard deviation of what moves results from year to year beside the draw of students, points.
    draw : int
        Another number is another set of students and luck with the same truth.
    show_truth : bool
        Draw the planted path and say what it is.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> figure, sentence = made_up(depth=10, n_tested=2000, show_truth=True)
    >>> "planted" in sentence
    True
    """
    outcomes, truth = simulate.outcomes(
        years=range(ROLLOUT - years_before, ROLLOUT + years_after),
        rollout=ROLLOUT,
        shape=shape,
        depth=0 if shape == "none" else depth,
        base=LEVEL,
        trend=TREND,
        noise_sd=noise,
        n_tested=n_tested,
        seed=draw,
    )
    fit = dip.fit(outcomes, ROLLOUT, n_tested="n_tested")
    path = _planted_path(truth) if show_truth else None
    picture = dip_figure(fit, measure="Students proficient (%)", truth=path, figure=figure)
    return picture, f"{fit.text} {_planted(truth)}" if show_truth else fit.text


def michigan(*, place: int = 275, rollout: int = 1995, figure: Figure | None = None) -> tuple[Figure, str]:
    """What does the fit say of a real district that never changed anything?

    Parameters
    ----------
    place : int
        Place of the district among Michigan's 550, 1 being the smallest.
    rollout : int
        The year that is claimed to be a rollout, 1993 to 1998, although nothing happened in it.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> figure, sentence = michigan(place=1)
    >>> sentence.partition(";")[0]
    'District 03440, about 3 students in grade 4'
    """
    name, series = _michigan()[place - 1]
    fit = dip.fit(series, rollout, n_tested="n_tested")
    picture = dip_figure(fit, measure="Grade 4 students passing math (%)", figure=figure)
    tested = series["n_tested"].mean()
    who = f"District {name}, about {tested:,.0f} students in grade 4; it changed nothing in {rollout}."
    return picture, f"{who} {fit.text}"


def westminster(*, subject: str = "reading", figure: Figure | None = None) -> tuple[Figure, str]:
    """What can be told from the results of Westminster 50 alone?

    Parameters
    ----------
    subject : {"reading", "mathematics"}
        Grade 8, percent proficient.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Returns
    -------
    (Figure, str)
        The picture and what it says.
    """
    outcomes = samples.load("westminster")
    fit = dip.fit(outcomes[outcomes["subject"] == subject], 2010)
    picture = dip_figure(fit, measure=f"Grade 8 students proficient in {subject} (%)", figure=figure)
    return picture, fit.text


def dip_explorer(*, prepared: bool = False) -> ipywidgets.VBox:
    """How deep must a dip be before anyone can see it?

    Parameters
    ----------
    prepared : bool
        Go through all choices of years in the background beforehand, and draw what is one step away, so that no later
        move waits (for pages).

    Returns
    -------
    ipywidgets.VBox
        A choice of district, and below it the controls, the sentence and the picture of the chosen one: made
        up with a known truth, a real Michigan district that changed nothing, or Westminster 50.

    Examples
    --------
    >>> choice, pages = dip_explorer().children
    >>> choice.children[0].value = 1
    >>> pages.selected_index
    1
    """
    names = ("made up, with a known truth", "real, but nothing changed", "Westminster 50, Colorado")
    choice = ipywidgets.Dropdown(
        options=[(name, place) for place, name in enumerate(names)], value=0, description="District"
    )
    choice.add_class("cbe-choice")
    panels = [_made_up_panel(prepared), _michigan_panel(prepared), _westminster_panel(prepared)]
    pages = ipywidgets.Stack(panels, selected_index=0)
    choice.observe(lambda change: setattr(pages, "selected_index", change["new"]), names="value")
    first = ipywidgets.VBox([choice])
    first.add_class("cbe-controls")
    if prepared:
        threading.Thread(target=_fit_every_choice, daemon=True).start()
    return ipywidgets.VBox([first, pages])


def _made_up_panel(ahead: bool) -> ipywidgets.VBox:
    return panel(
        partial(made_up, figure=Figure(figsize=PAGE)),
        ahead=ahead,
        shape=ipywidgets.Dropdown(options=list(_SHAPES.items()), value="v", description="What happened"),
        depth=_slider("Depth (points)", 6, 0, 15),
        years_before=_steps("Years before", 6, _BEFORE),
        years_after=_steps("Years after", 6, _AFTER),
        n_tested=_steps("Students tested", 750, _TESTED),
        noise=_slider("Other noise (points)", 1, 0, 5),
        draw=_slider("Try again: draw", 1, 1, 30),
        show_truth=ipywidgets.Checkbox(value=False, description="Show the truth", indent=False),
    )


def _michigan_panel(ahead: bool) -> ipywidgets.VBox:
    return panel(
        partial(michigan, figure=Figure(figsize=PAGE)),
        ahead=ahead,
        place=_slider("Smallest to largest", 275, 1, 550),
        rollout=_slider("Pretended rollout", 1995, 1993, 1998),
    )


def _westminster_panel(ahead: bool) -> ipywidgets.VBox:
    subjects = ("reading", "mathematics")
    return panel(
        partial(westminster, figure=Figure(figsize=PAGE)),
        ahead=ahead,
        subject=ipywidgets.Dropdown(options=subjects, value="reading", description="Subject"),
    )


def _slider(label: str, value: int, low: int, high: int) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(value, min=low, max=high, description=label)


def _steps(label: str, value: int, options: tuple[int, ...]) -> ipywidgets.SelectionSlider:
    return ipywidgets.SelectionSlider(options=options, value=value, description=label)


def _fit_every_choice() -> None:
    """Simulate what the fit needs for each choice of years and kind of noise, which is slow the first time."""
    time.sleep(FIRST_REST)
    for before, after in itertools.product(_BEFORE, _AFTER):
        years = range(ROLLOUT - before, ROLLOUT + after)
        dip.fit(simulate.outcomes(years=years, rollout=ROLLOUT, n_tested=750)[0], ROLLOUT, n_tested="n_tested")
        for n_tested, noise in ((2500, 0), (2500, 1), (None, 1)):
            dip.detectable(before, after, n_tested=n_tested, noise_sd=noise)
            time.sleep(REST)


def _planted_path(truth: Truth) -> pd.DataFrame:
    years = truth.effects["year"]
    return pd.DataFrame({"year": years, "value": LEVEL + TREND * (years - ROLLOUT + 1) + truth.effects["effect"]})


def _planted(truth: Truth) -> str:
    terms = truth.terms.set_index("term")["value"]
    if terms["depth"] == 0:
        return "The truth: no dip was planted."
    back = terms["recovery_years"]
    when = "not back by the last year" if back == float("inf") else f"back after {back:.0f} years"
    deepest = f"a dip of {terms['depth']:.1f} points was planted, deepest in {terms['trough_year']:.0f}"
    return f"The truth: {deepest}, {when}."


@cache
def _michigan() -> list[tuple[str, pd.DataFrame]]:
    """Read Michigan's districts, smallest first; tested in one grade is an even share of enrollment."""
    outcomes = samples.load("michigan_math4")
    outcomes["n_tested"] = (outcomes["enrollment"] / GRADES).round().clip(lower=1)
    size = outcomes.groupby("district_id")["n_tested"].mean().sort_values(kind="stable")
    series = dict(list(outcomes.groupby("district_id")))
    return [(str(name), series[name]) for name in size.index]
