"""Several changes in one: what is saved and who is overloaded, and whether district and helpers fit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.plots.integration import fit_figure, load_figure
from cbe_lib.themes.integration import FACTORS, fit_card
from cbe_lib.themes.integration.joining import dated, joined
from cbe_lib.themes.integration.planner import LaidOut, laid_out, weighed
from cbe_lib.widgets.panel import panel

LIMIT = 400
OVERRUN = (0.9, 1.0, 1.5)
NONE = "every question has evidence"


def in_one_change(
    laid: LaidOut,
    *,
    sharing: int = 60,
    coordination: int = 5,
    limit: int = LIMIT,
    owner: str = "coach",
) -> tuple[Figure, str]:
    """What does one change in place of several save, and whom does it overload?

    Parameters
    ----------
    laid : LaidOut
        Plans that were joined, dated and spread over months.
    sharing : int
        Percent of the hours that is spared where another plan has the same task, most likely, 0 to 66; from half to
        one and a half of it is tried.
    coordination : int
        Percent that running the changes as one adds, most likely, 0 to 25; up to four times as much is tried.
    limit : int
        Hours a month above which an owner is overloaded.
    owner : str
        Whose months are drawn.

    Returns
    -------
    (Figure, str)
        The picture and what it says.
    """
    share, extra = sharing / 100, coordination / 100
    ranges = {"sharing": (share / 2, share, share * 1.5), "coordination": (0.0, extra, extra * 4), "overrun": OVERRUN}
    found = weighed(laid, ranges, limit=float(limit), level=0.95, seed=0)
    figure = load_figure(found, owner=owner)
    own = found.months[(found.months["owner_role"] == owner) & (found.months["way"] == "integrated")]
    busiest = own.sort_values("hours").iloc[-1]
    said = f"The busiest month of the {owner} is {busiest['month']:%B %Y}, with {busiest['hours']:.0f} hours."
    return figure, f"{found.text} {said}"


def integration_explorer(plans: Mapping[str, pd.DataFrame]) -> ipywidgets.VBox:
    """How much hangs on what is assumed about sharing, when several plans become one?

    Parameters
    ----------
    plans : mapping
        {name of the change: table `plan`}, two or more, as for `themes.integration.integrated_plan`.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> plan = samples.state("plan")["plan"].query("district_id == '00013'")
    >>> explorer = integration_explorer({"one": plan, "other": plan[plan["category"] == "vision"]})
    >>> explorer.children[0].children[0].description
    'Spared by sharing (%)'
    """
    tasks = dated(joined(plans))
    owners = sorted(tasks["owner_role"].dropna().unique())
    first = "coach" if "coach" in owners else owners[0]
    return panel(
        partial(in_one_change, laid_out(tasks, list(plans))),
        sharing=ipywidgets.IntSlider(60, min=0, max=66, step=6, description="Spared by sharing (%)"),
        coordination=ipywidgets.IntSlider(5, min=0, max=25, description="Coordination (%)"),
        limit=ipywidgets.IntSlider(LIMIT, min=50, max=1200, step=50, description="Overload line (hours)"),
        owner=ipywidgets.Dropdown(options=owners, value=first, description="Whose months"),
    )


def fitted(
    *, will: int = 3, resources: int = 3, helpers: int = 3, unproven: str = NONE, needed: int = 2
) -> tuple[Figure, str]:
    """Do will, resources and helper capacity all reach what is needed?

    Parameters
    ----------
    will, resources, helpers : int
        Level of every question of that factor, 0 nothing to 3 in place.
    unproven : str
        A question that is only said, without evidence, or `NONE`.
    needed : int
        Level that every question needs, 1 to 3.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> fitted(helpers=1)[1].partition(",")[0]
    'Not yet: helper capacity falls short'
    """
    levels = dict(zip(FACTORS, (will, resources, helpers), strict=True))
    given = {
        question: (levels[factor], "" if question == unproven else "seen")
        for factor, questions in FACTORS.items()
        for question in questions
    }
    card = fit_card(given, needed=needed)
    return fit_figure(card), card.text


def fit_explorer() -> ipywidgets.VBox:
    """Can strength in one place make up for weakness in another?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> [control.description for control in fit_explorer().children[0].children][:3]
    ['Will', 'Resources', 'Helper capacity']
    """
    questions = [NONE, *(question for each in FACTORS.values() for question in each)]
    return panel(
        fitted,
        will=_level("Will"),
        resources=_level("Resources"),
        helpers=_level("Helper capacity"),
        unproven=ipywidgets.Dropdown(options=questions, value=NONE, description="Only said"),
        needed=ipywidgets.IntSlider(2, min=1, max=3, description="Needed"),
    )


def _level(label: str) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(3, min=0, max=3, description=label)
