"""Quality before speed: agreement by luck, the luck of the visitor, and a claim of speed to complete."""

from __future__ import annotations

from functools import cache
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib import rubric
from cbe_lib.plots import forest_figure
from cbe_lib.plots.quality import placed, places_figure, speed_claim_figure
from cbe_lib.themes import quality
from cbe_lib.widgets.panel import panel

DISTRICTS = [f"District {letter}" for letter in "ABCDEFGH"]
VISITED = "District D"
CRITERIA = 8
STEPS = np.array([-2.0, 0.0, 2.0])


def chance_agreement(
    *, guessed: int = 100, common: int = 25, near: bool = True, units: int = 60, draw: int = 1
) -> tuple[Figure, str]:
    """How much agreement do two raters reach who guess?

    Parameters
    ----------
    guessed : int, 0 to 100
        Percent of levels that a rater guesses, in the shares in which the levels come; the rest is as it truly is.
    common : int, 25 to 100
        Percent of the units that truly stand on one and the same level.
    near : bool
        Whether a level that is nearly the same earns part of the credit.
    units : int
        Units that both raters rate.
    draw : int
        Another number is another pair of raters.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> figure, sentence = chance_agreement(guessed=0)
    >>> "percent agreement is 100%" in sentence
    True
    """
    levels = rubric.load().levels
    rng = np.random.default_rng(draw)
    others = (100 - common) / 3 / 100
    shares = np.array([others, common / 100, others, others])
    truth = rng.choice(4, units, p=shares)
    given = [np.where(rng.random(units) < guessed / 100, rng.choice(4, units, p=shares), truth) for _ in "12"]
    table = pd.DataFrame({"unit": np.tile(np.arange(units), 2), "rater": np.repeat(["Ana", "Ben"], units)})
    table["level"] = np.array(levels)[np.concatenate(given)]
    weights = "quadratic" if near else "identity"
    found = rubric.agreement(table, unit="unit", rater="rater", rating="level", levels=levels, weights=weights)
    raw = found.table.set_index("coefficient")["estimate"]["percent_agreement"]
    start = f"Two synthetic raters, {units} units, {guessed}% of the levels guessed: percent agreement is {raw:.0%}. "
    return forest_figure(found), start + found.text.partition("A visit team")[0].strip()


def visitor_luck(*, severity: float = -2.0, shared: int = 3, draw: int = 1) -> tuple[Figure, str]:
    """Where does a district end up that only one rater visited, and that rater is lenient or severe?

    Parameters
    ----------
    severity : float
        How much harsher the only visitor of District D is than the two who visited all the others, in logits.
    shared : int, 0 to 7
        How many of the other districts that visitor rated too. With none, nobody can tell the visitor from the place.
    draw : int
        Another number is other evidence and luck with the same truth.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Raises
    ------
    CbeError
        If the visitor shares no district with anybody.

    Examples
    --------
    >>> figure, sentence = visitor_luck(severity=0.0)
    >>> sentence.split(" is ")[0]
    'District D (synthetic)'
    """
    visits, truth = _visits(severity, shared, draw)
    found = rubric.calibrate(
        visits,
        district="district",
        criterion="criterion",
        rater="rater",
        rating="level",
        levels=(1, 2, 3, 4),
        nested=False,
    )
    fair = found.districts.set_index("district")["estimate"]
    values = pd.DataFrame({"mean rating": visits.groupby("district")["level"].mean(), "calibration": fair})
    values["truth"] = truth
    places = placed(values).loc[VISITED]
    row = found.severity.set_index("rater").loc["visitor"]
    by = {name: f"{place:.0f}" for name, place in places.items()}
    text = (
        f"{VISITED} (synthetic) is in place {by['mean rating']} of {len(DISTRICTS)} by its mean rating, "
        f"{by['calibration']} once severity is allowed for, and {by['truth']} in truth. The visitor shares {shared} "
        f"districts with others and is put at {row['estimate']:+.1f} logits from the mean of the three raters "
        f"({row['conf_low']:+.1f} to {row['conf_high']:+.1f}; in truth {2 * severity / 3:+.1f}); below 0 is lenient."
    )
    return places_figure(values, marked=VISITED), text


def _visits(severity: float, shared: int, draw: int) -> tuple[pd.DataFrame, pd.Series]:
    """Draw ratings: two raters of severity 0 visit all but District D, the third visits it and `shared` others."""
    rng = np.random.default_rng(draw)
    truth = pd.Series(np.linspace(2.1, -2.1, len(DISTRICTS)), index=DISTRICTS)
    others = [name for name in DISTRICTS if name != VISITED]
    trips = [(name, rater, 0.0) for name in others for rater in ("rater 1", "rater 2")]
    trips += [(name, "visitor", severity) for name in [VISITED, *others[::-1][:shared]]]
    spot = rng.normal(0, 0.7, CRITERIA)
    levels = []
    for name, _, harsh in trips:
        score = np.cumsum((truth[name] + spot - harsh)[:, None] - STEPS, axis=1)  # log odds against the lowest level
        chance = np.exp(np.hstack([np.zeros((CRITERIA, 1)), score]))
        up_to = (chance / chance.sum(axis=1, keepdims=True)).cumsum(axis=1)
        levels.append(1 + (rng.random(CRITERIA)[:, None] > up_to[:, :3]).sum(axis=1))
    names, raters = (np.repeat([trip[place] for trip in trips], CRITERIA) for place in (0, 1))
    criteria = np.tile(np.arange(CRITERIA), len(trips))
    visits = {"district": names, "criterion": criteria, "rater": raters, "level": np.concatenate(levels)}
    return pd.DataFrame(visits), truth


def speed_check(*, springs: int = 5, **given: bool) -> tuple[Figure, str]:
    """What does a claim of a faster rollout still lack?

    Parameters
    ----------
    springs : int
        Springs with results after the rollout.
    **given : bool
        For each kind of evidence of `quality.EVIDENCE`, with _ for spaces and without the apostrophe, whether the claim
        brings it.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> speed_check(same_quality=True)[1].split(":")[0]
    'Cannot tell whether this was faster'
    """
    brought = {name: "given" for name, key in _keys().items() if given.get(key)}
    found = quality.speed_claim(brought, springs_after=springs)
    return speed_claim_figure(found), " ".join([found.text, *found.notes[1:]])


@cache
def _keys() -> dict[str, str]:
    return {name: name.replace(" ", "_").replace("'", "") for name in quality.EVIDENCE}


def agreement_by_luck() -> ipywidgets.VBox:
    """How much agreement do raters reach who only guess? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = agreement_by_luck()
    >>> len(explorer.children)
    3
    """
    return panel(
        chance_agreement,
        guessed=ipywidgets.IntSlider(100, min=0, max=100, step=10, description="Levels guessed (%)"),
        common=ipywidgets.IntSlider(25, min=25, max=85, step=5, description="On one level (%)"),
        near=ipywidgets.Checkbox(True, description="A near miss counts in part", indent=False),
        units=ipywidgets.SelectionSlider(options=[10, 20, 60, 200], value=60, description="Units rated by both"),
        draw=ipywidgets.IntSlider(1, min=1, max=20, description="Try again: draw"),
    )


def luck_of_the_visitor() -> ipywidgets.VBox:
    """What does it do to a district that only one person visited it? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = luck_of_the_visitor()
    >>> explorer.children[0].children[1].value = 0
    >>> "Not possible" in explorer.children[1].value
    True
    """
    return panel(
        visitor_luck,
        severity=ipywidgets.FloatSlider(-2.0, min=-3, max=3, step=0.5, description="Severity (logits)"),
        shared=ipywidgets.IntSlider(3, min=0, max=7, description="Districts shared"),
        draw=ipywidgets.IntSlider(1, min=1, max=20, description="Try again: draw"),
    )


def speed_claim_check() -> ipywidgets.VBox:
    """Tick what a claim of speed brings, and see what it lacks. Controls, sentence and picture.

    Examples
    --------
    >>> explorer = speed_claim_check()
    >>> len(explorer.children[0].children)
    8
    """
    springs = ipywidgets.IntSlider(5, min=0, max=8, description="Springs since rollout")
    ticked: dict[str, Any] = {
        key: ipywidgets.Checkbox(False, description=name.capitalize(), indent=False) for name, key in _keys().items()
    }
    return panel(speed_check, springs=springs, **ticked)
