"""The plan audit: what a district's plan gives to ramping up, held against norms that the reader may move."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.plots.plan_norms import SIZE, norms_figure
from cbe_lib.themes.ramp_up import audit
from cbe_lib.themes.ramp_up.audit import PlanAudit
from cbe_lib.themes.ramp_up.norms import Norms, read_norms
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

FIRST = "00203"


def held_plan(
    *,
    district: str = FIRST,
    hours_percent: int = 17,
    days_percent: int = 100,
    hours_a_month: int = 400,
    figure: Figure | None = None,
) -> tuple[Figure, str, pd.DataFrame]:
    """Does this plan leave hours and time for ramping up, and whom does it overload, if these are the norms?

    Parameters
    ----------
    district : str
        Id of a district of the sample state with a rollout.
    hours_percent : int
        Percent of all hours that ramping up should get, 0 to 100; shared out as in the packaged norms.
    days_percent : int
        Percent of the packaged norms' days before the first classroom change, 0 or more.
    hours_a_month : int
        Hours a month that the tasks of one owner may take, 1 or more.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Returns
    -------
    (Figure, str, DataFrame)
        The picture, what it says, and each task or month that lacks something.

    Examples
    --------
    >>> figure, sentence, lacking = held_plan(hours_a_month=100)
    >>> sentence.partition(";")[0]
    'Fennoness (synthetic). Ramping up gets 2% of the hours and 1% of the money'
    >>> lacking.columns.tolist()
    ['What', 'When', 'What is the matter']
    """
    name = sample_districts.name_of(district)
    found = _audited(district).against(_norms(hours_percent, days_percent, hours_a_month))
    picture = norms_figure(found, _title(name, found), figure=figure)
    return picture, f"{name}. {found.text}", _lacking(found)


def plan_audit(*, prepared: bool = False) -> ipywidgets.VBox:
    """What does a plan leave for ramping up, and how much hangs on the norms?

    Parameters
    ----------
    prepared : bool
        Draw what is one step away in the background, so that few moves wait (for pages).

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence, and picture with a table below it.

    Examples
    --------
    >>> explorer = plan_audit()
    >>> [control.description for control in explorer.children[0].children][1:]
    ['Norm: ramp-up (% hours)', 'Norm: days (% of usual)', 'Norm: hours a month']
    """
    return panel(
        partial(held_plan, figure=Figure(figsize=SIZE, dpi=72)),
        ahead=prepared,
        district=sample_districts.chooser(FIRST),
        hours_percent=_slider("Norm: ramp-up (% hours)", 17, 0, 50, 1),
        days_percent=_slider("Norm: days (% of usual)", 100, 0, 300, 10),
        hours_a_month=_slider("Norm: hours a month", 400, 25, 800, 25),
    )


def _slider(label: str, value: int, low: int, high: int, step: int) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(value, min=low, max=high, step=step, description=label)


@cache
def _audited(district: str) -> PlanAudit:
    plan = sample_districts.table("plan")
    return audit(plan[plan["district_id"] == district])


@cache
def _usual() -> Norms:
    return read_norms()


def _norms(hours_percent: float, days_percent: float, hours_a_month: float) -> Norms:
    """Stretch the packaged norms of ramping up to this share of the hours and these days."""
    if not (0 <= hours_percent <= 100 and days_percent >= 0 and hours_a_month >= 1):
        found = f"Found {hours_percent}, {days_percent} and {hours_a_month}"
        raise CbeError.build("Norms must be 0 to 100 percent, 0 percent or more, and 1 hour or more", found=found)
    usual = _usual()
    whole = sum(norm.hours_share for norm in usual.categories if norm.ramp_up)
    stretched = tuple(
        replace(
            norm,
            hours_share=norm.hours_share * hours_percent / 100 / whole,
            days_before=norm.days_before * days_percent / 100,
        )
        if norm.ramp_up
        else norm
        for norm in usual.categories
    )
    return replace(usual, categories=stretched, hours_a_month=float(hours_a_month))


def _title(name: str, found: PlanAudit) -> str:
    ramp = found.table[found.table["ramp_up"]]
    short, busy = int((ramp["finding"] != "").sum()), int(found.months["overloaded"].sum())
    return (
        f"{name}: {short} of {len(ramp)} kinds of ramp-up fall short; {busy} month{'' if busy == 1 else 's'} overloaded"
    )


def _lacking(found: PlanAudit) -> pd.DataFrame:
    """List overloaded months first, then the tasks that lack an owner, evidence, hours or dates."""
    busy = found.months[found.months["overloaded"]]
    rows = [
        (row["owner_role"], f"{row['month']:%B %Y}", f"{row['hours']:.0f} hours in one month")
        for row in busy.to_dict("records")
    ]
    tasks = found.tasks[found.tasks["finding"] != ""]
    rows += [
        (row["name"], "no date" if pd.isna(row["start"]) else f"from {row['start']:%B %Y}", row["finding"])
        for row in tasks.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["What", "When", "What is the matter"])
