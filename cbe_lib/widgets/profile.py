"""The rubric profile of a district: levels with their uncertainty, what holds them down, and what is not rated."""

from __future__ import annotations

from functools import cache

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib import rubric
from cbe_lib.errors import CbeError
from cbe_lib.plots.profile import chosen, profile_figure
from cbe_lib.rubric.scoring.summary import headline
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel
from cbe_lib.widgets.visit_brief import brief_button

FIRST = "00063"
VISITS = {"first": 0, "second": 1}
SHOWN = ("scored", "tentative")


def district_profile(*, district: str = FIRST, visit: int = 1) -> tuple[Figure, str, pd.DataFrame]:
    """On which level does each criterion of this district stand, how sure is that, and what holds it down?

    Parameters
    ----------
    district : str
        Id of a district of the sample state with a rollout.
    visit : int
        0 is the first visit of the raters, 1 the second.

    Returns
    -------
    (Figure, str, DataFrame)
        The picture, what it says, and for each criterion that is held down or not rated the reason.

    Examples
    --------
    >>> figure, sentence, reasons = district_profile(district="00063")
    >>> sentence.partition(";")[0]
    '32 of 32 criteria could be rated in Tarnelmere (synthetic)'
    >>> reasons.columns.tolist()
    ['Criterion', 'Level', 'Why not higher, or not at all']
    """
    scores = _scores()
    name = sample_districts.name_of(district)
    wave = _wave(scores, name, visit)
    table, dimensions = chosen(scores, name, wave)
    sentence = headline(table, dimensions, scores.level, supported=True)
    return profile_figure(scores, name, wave), sentence, _reasons(table, scores)


def rubric_profile(*, prepared: bool = False, brief: bool = False) -> ipywidgets.VBox:
    """Where does a district stand on each criterion of the rubric, and how sure is that?

    Parameters
    ----------
    prepared : bool
        Draw every choice in the background beforehand, so that no later move waits (for pages).
    brief : bool
        Offer the brief for a visit to the chosen district, too.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence, and picture with the reasons below it; with `brief` these, and its button.

    Examples
    --------
    >>> explorer = rubric_profile()
    >>> [control.description for control in explorer.children[0].children]
    ['District', 'Visit of raters']
    """
    every = [
        {"district": district, "visit": visit} for district in sample_districts.names() for visit in VISITS.values()
    ]
    district = sample_districts.chooser(FIRST)
    shown = panel(
        district_profile,
        beforehand=every if prepared else (),
        district=district,
        visit=ipywidgets.SelectionSlider(options=VISITS, value=1, description="Visit of raters"),
    )
    return ipywidgets.VBox([shown, brief_button(district)]) if brief else shown


@cache
def _scores() -> rubric.Scores:
    """Score every district at once: how far raters err is learned from all of them."""
    ratings, evidence = (_named(sample_districts.table(name)) for name in ("ratings", "evidence"))
    places = _named(sample_districts.table("districts"))
    schools = places[places["district_id"].isin(ratings["district_id"])].set_index("district_id")["schools"]
    return rubric.score(ratings, evidence, schools={name: int(count) for name, count in schools.items()})


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Put names in the place of ids, so that titles show them; rows of other districts are left out."""
    return frame.assign(district_id=frame["district_id"].map(sample_districts.names())).dropna(subset=["district_id"])


def _wave(scores: rubric.Scores, district: str, visit: int) -> str:
    waves = sorted(scores.table.loc[scores.table["district"] == district, "wave"].unique())
    if visit not in range(len(waves)):
        raise CbeError.build(f"{district} was visited {len(waves)} times", advice="Choose one of these visits")
    return waves[visit]


def _reasons(table: pd.DataFrame, scores: rubric.Scores) -> pd.DataFrame:
    names = {criterion.id: f"{criterion.id} {criterion.name}" for criterion in scores.rubric.criteria}
    told = table[table["why"] != ""]
    shown = pd.DataFrame(
        {
            "Criterion": told["criterion_id"].map(names),
            "Level": told["level"].where(told["status"].isin(SHOWN), told["status"]),
            "Why not higher, or not at all": told["why"],
        }
    )
    return shown.reset_index(drop=True)
