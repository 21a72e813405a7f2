"""Shared purpose, moved by hand: where principles are cited, and what a plan would do to them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.plots.purpose import hybrid_figure, shares_figure
from cbe_lib.themes import purpose
from cbe_lib.themes.decision_log.reading import LEVELS, shares
from cbe_lib.widgets.panel import panel

EVERYBODY = "all sixteen districts (synthetic)"
ANY = "any principle"
GROUPS = {"level": "level", "topic": "topic", "school year": "school_year"}
EFFECTS = {"undermines": -1, "neutral": 0, "supports": 1}


def cited(*, district: str = "00133", by: str = "level", principle: str = ANY) -> tuple[Figure, str]:
    """Where are principles cited in the sample state, and where not?

    Parameters
    ----------
    district : str
        An id of the sample state, or all of them together (`EVERYBODY`).
    by : {"level", "topic", "school year"}
        What the shares are apart for.
    principle : str
        One principle, or any of them (`ANY`).

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> cited(principle="open-doors")[1].partition(".")[0]
    'In Ivrelness (synthetic), open-doors is cited in 0 of 120 decisions (0%; 0% to 3%)'
    """
    seen, names = _seen()
    rows = seen if district == EVERYBODY else seen[seen["district_id"] == district]
    if rows.empty:
        raise CbeError.build(f"The log holds no decision of district {district!r}")
    hit = rows["principle_id"].notna() if principle == ANY else rows["principle_id"] == principle
    once = rows.assign(hit=hit).groupby("decision_id").agg(hit=("hit", "any"), value=(GROUPS[by], "first"))
    counted = once.groupby("value")["hit"].agg(["sum", "size"])
    order = [name for name in LEVELS if name in counted.index] if by == "level" else counted.index.tolist()
    both = pd.concat([counted.loc[order], pd.DataFrame({"sum": [once["hit"].sum()], "size": [len(once)]}, ["all"])])
    table = shares(both["sum"].astype(float), both["size"].astype(float), 0.95).rename_axis("value").reset_index()
    where = EVERYBODY if district == EVERYBODY else names[district]
    what = "a principle is cited" if principle == ANY else f"{principle} is cited"
    whole, parts = table.iloc[-1], table.iloc[:-1]
    return shares_figure(table, f"{where}: {what} in {whole['estimate']:.0%}"), _told(where, what, whole, parts)


def _told(where: str, what: str, whole: pd.Series, parts: pd.DataFrame) -> str:
    low, high = parts.sort_values("estimate").iloc[[0, -1]].to_dict("records")
    told = f"In {where}, {what} in {_likely(whole, 'decisions ')}."
    if low["estimate"] == high["estimate"]:
        return told
    apart = "do not overlap" if low["conf_high"] < high["conf_low"] else "overlap, so chance may be behind it"
    ends = f"Lowest: {low['value']}, {_likely(low)}. Highest: {high['value']}, {_likely(high)}."
    return f"{told} {ends} The two intervals {apart}."


def _likely(row: pd.Series | dict, what: str = "") -> str:
    shares = f"{row['estimate']:.0%}; {row['conf_low']:.0%} to {row['conf_high']:.0%}"
    return f"{row['count']} of {row['n']} {what}({shares})"


def citations_explorer() -> ipywidgets.VBox:
    """Look for the levels, topics and years in which principles are cited.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = citations_explorer().children
    >>> controls.children[2].value = "open-doors"
    >>> "0 of 120 decisions" in sentence.value
    True
    """
    seen, names = _seen()
    places = [(f"{names[each]}, {each}", each) for each in sorted(seen["district_id"].unique())]
    options = [ANY, *sorted(seen["principle_id"].dropna().unique())]
    return panel(
        cited,
        district=ipywidgets.Dropdown(options=[*places, (EVERYBODY, EVERYBODY)], value="00133", description="District"),
        by=ipywidgets.Dropdown(options=list(GROUPS), value="level", description="Apart by"),
        principle=ipywidgets.Dropdown(options=options, value=ANY, description="Principle"),
    )


def stress(*, rule: str = "no core principle undermined", **effects: int) -> tuple[Figure, str]:
    """Does this plan pass, once it is tested against each principle?

    Parameters
    ----------
    rule : str
        "no core principle undermined", or "the average decides", which hides what it averages.
    **effects : int
        -1, 0 or 1 for each principle of the district Peldacombe (synthetic), with _ for -.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> plan = {"students_first": 1, "errors_teach": 1, "common_purpose": -1, "time_varies": 1, "open_doors": 1}
    >>> stress(**plan)[1].partition(":")[0]
    'Average +0.60, verdict reject'
    """
    given = {name.replace("_", "-"): effect for name, effect in effects.items()}
    ratings = pd.DataFrame({"proposal": "your plan", "principle_id": list(given), "effect": list(given.values())})
    found = purpose.hybrid_test(ratings, _principles())
    row = found.table.iloc[0]
    told = f"Average {row['average']:+.2f}, verdict {row['verdict']}: {row['reason']}"
    told += f" ({row['core_undermined']})." if row["core_undermined"] else "."
    if rule != "the average decides":
        return hybrid_figure(found, size=(6.4, 2.4)), told
    passed = row["average"] > 0
    says = f"By the average alone the plan would {'pass' if passed else 'fail'}."
    agree = passed == (row["verdict"] == "adopt")
    return hybrid_figure(found, size=(6.4, 2.4)), f"{says} The test says: {told}{'' if agree else ' The two disagree.'}"


def hybrid_tester() -> ipywidgets.VBox:
    """Rate a plan on five principles and see the verdict, beside what an average would say.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = hybrid_tester().children
    >>> controls.children[2].value = -1
    >>> "verdict reject" in sentence.value
    True
    """
    names = _principles()["principle_id"]
    asked: dict[str, Any] = {
        name.replace("-", "_"): ipywidgets.Dropdown(options=EFFECTS, value=1, description=name.capitalize())
        for name in names
    }
    rules = ("no core principle undermined", "the average decides")
    return panel(stress, **asked, rule=ipywidgets.Dropdown(options=rules, description="Rule"))


@lru_cache
def _seen() -> tuple[pd.DataFrame, dict[str, str]]:
    """Read a row for each decision of the sample state and principle cited in it, and the districts' names."""
    state = samples.state()
    return purpose.citations(state["decisions"]).decisions, _names(state["districts"])


def _names(districts: pd.DataFrame) -> dict[str, str]:
    return dict(zip(districts["district_id"], districts["name"], strict=True))


@lru_cache
def _principles() -> pd.DataFrame:
    written = samples.state()["principles"]
    own = written[(written["district_id"] == "00263") & (written["level"] == "district")]
    return own[["district_id", "level", "principle_id", "text", "core"]]
