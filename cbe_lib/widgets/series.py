"""The series and its claims: a map to filter, cards of claims, and the parts of the definition in a district."""

from __future__ import annotations

from functools import cache

import ipywidgets
from matplotlib.figure import Figure

from cbe_lib import rubric
from cbe_lib.errors import CbeError
from cbe_lib.framework import read_claims, read_series
from cbe_lib.framework.series import KINDS
from cbe_lib.plots.series import card_figure, definition_figure, series_figure
from cbe_lib.rubric import Scores
from cbe_lib.themes import series
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

ALL = "all"
POSTS = {"both posts": "", "Three Ways Districts Stumble": "A", "Reflections on Accelerating": "B"}


def filtered_series(*, stage: str = ALL, tag: str = ALL) -> tuple[Figure, str]:
    """Which articles deal with this stage and tag, and where are they taken up?

    Parameters
    ----------
    stage, tag : str
        As in `series.articles`, or "all".

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> filtered_series(stage="improving")[1].split(": ")[0]
    '2 of 23 articles'
    """
    found = series.articles(None if stage == ALL else stage, None if tag == ALL else tag)
    rows = found.table
    if rows.empty:
        raise CbeError.build(f"No article of the stage {stage!r} has the tag {tag!r}", advice="Choose another pair")
    books = ", ".join(dict.fromkeys(rows["notebook"]))
    numbers = ", ".join(rows["number"].map(str))
    return series_figure(found), f"{len(rows)} of {len(read_series())} articles: {numbers}. Notebooks: {books}."


def claim_card(*, post: str = "", kind: str = ALL, place: int = 1) -> tuple[Figure, str]:
    """What does a claim of the posts say, and what would speak for it and against it?

    Parameters
    ----------
    post : {"", "A", "B"}
        Which post; "" for both.
    kind : str
        Kind of claim, or "all".
    place : int
        Place among those that are left, 1 for the first; after the last it begins anew.

    Returns
    -------
    (Figure, str)
        The card and what it says.

    Examples
    --------
    >>> claim_card(post="B", kind="recommendation")[1].split(":")[0]
    'B17, recommendation, 1 of 4'
    """
    left = [each for each in read_claims() if each.id.startswith(post) and kind in (ALL, each.kind)]
    at = (place - 1) % len(left)
    chosen = left[at]
    text = (
        f"{chosen.id}, {chosen.kind}, {at + 1} of {len(left)}: {chosen.claim} Would speak for it: "
        f"{chosen.confirmed_by} Would speak against it: {chosen.refuted_by}"
    )
    return card_figure(chosen), text


def definition_parts(*, district: str = "00063", evidence: bool = True) -> tuple[Figure, str]:
    """In what ways is a district of the sample state competency-based?

    Parameters
    ----------
    district : str
        Id of a district of the sample state with a rollout.
    evidence : bool
        Whether a level must be carried by dated evidence; else it stands where the raters put it.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> definition_parts(district="00063")[1].split(" of ")[0]
    'Synthetic state. 7'
    """
    scores = _scores(evidence)
    found = series.definition(scores, sample_districts.name_of(district))
    return definition_figure(found, scores.rubric), f"Synthetic state. {found.text}"


@cache
def _scores(evidence: bool) -> Scores:
    """Score the last visit to each district, under its name."""
    names, table = sample_districts.names(), sample_districts.table
    rows = table("ratings").query("blind and not consensus")
    rows = rows[rows["wave"] == rows.groupby("district_id")["wave"].transform("max")]
    schools = table("districts").set_index("district_id")["schools"].astype(int)
    visits, seen = (each.assign(district_id=each["district_id"].map(names)) for each in (rows, table("evidence")))
    counts = {name: int(schools[each]) for each, name in names.items()}
    return rubric.score(visits, seen if evidence else None, schools=counts)


def series_explorer() -> ipywidgets.VBox:
    """Which articles deal with a stage or tag? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = series_explorer()
    >>> [control.description for control in explorer.children[0].children]
    ['Stage', 'Tag']
    """
    stages = dict.fromkeys(article.stage for article in read_series())
    tags = sorted({tag for article in read_series() for tag in article.tags})
    return panel(
        filtered_series,
        stage=ipywidgets.Dropdown(options=[ALL, *stages], value=ALL, description="Stage"),
        tag=ipywidgets.Dropdown(options=[ALL, *tags], value=ALL, description="Tag"),
    )


def claim_cards() -> ipywidgets.VBox:
    """What do the posts claim, and what would speak against it? Controls, sentence and card.

    Examples
    --------
    >>> explorer = claim_cards()
    >>> len(explorer.children[0].children)
    3
    """
    return panel(
        claim_card,
        post=ipywidgets.Dropdown(options=POSTS, value="", description="Post"),
        kind=ipywidgets.Dropdown(options=[ALL, *KINDS], value=ALL, description="Kind"),
        place=ipywidgets.IntSlider(1, min=1, max=len(read_claims()), description="Card"),
    )


def definition_explorer() -> ipywidgets.VBox:
    """In what ways is a district competency-based? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = definition_explorer()
    >>> len(explorer.children[0].children)
    2
    """
    return panel(
        definition_parts,
        district=sample_districts.chooser("00063"),
        evidence=ipywidgets.Checkbox(True, description="Levels need evidence", indent=False),
    )
