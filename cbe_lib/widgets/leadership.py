"""Shared leadership, moved by hand: a control chart of real and of made-up decisions passed up."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.plots.leadership import escalation_figure
from cbe_lib.themes.decision_log.control_chart import PERIODS, chart
from cbe_lib.themes.decision_log.reading import read_log
from cbe_lib.themes.leadership import Escalation
from cbe_lib.widgets.panel import panel

FALSE_ALARMS = (0.0027, 0.01, 0.05, 0.2)
QUARTERS, QUIET, RAISED = 16, 4, 6
_NOTHING = pd.DataFrame()


def passed_up(
    *, district: str = "00183", period: str = "quarter", first_year_usual: bool = False, false_alarm: float = 0.01
) -> tuple[Figure, str]:
    """Were more decisions passed up than is usual here, and does the answer hang on what is called usual?

    Parameters
    ----------
    district : str
        An id of the sample state.
    period : {"month", "quarter", "school year"}
        What a point is.
    first_year_usual : bool
        Set later periods against the first school year; else each period against all others.
    false_alarm : float, between 0 and 0.5
        Chance that an ordinary period lies outside its limits, at most.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> passed_up(period="school year", first_year_usual=True)[1].partition(".")[0]
    'Jorvanmoor (synthetic), 180 decisions: above the limits in 2017, 2018'
    """
    log, names = _log()
    rows = log[log["district_id"] == district]
    if rows.empty:
        raise CbeError.build(f"The log holds no decision of district {district!r}")
    until = pd.Timestamp(int(rows["year"].min()), 8, 1) if first_year_usual else None
    table = chart(rows["escalated"], rows["date_raised"], period, until, false_alarm)
    return _drawn(table, f"{names[district]}, {len(rows)} decisions", period)


def _drawn(table: pd.DataFrame, who: str, period: str) -> tuple[Figure, str]:
    rates = table["false_alarm"].dropna()
    real = float(rates.mean()) if len(rates) else 0.0
    every = 1 / real if real > 0 else float("inf")
    found = Escalation(table, "", (), None, flows=_NOTHING, effects=_NOTHING, false_alarm=real, run_length=every)
    sides = {side: table.loc[table["signal"] == side, "period"].tolist() for side in ("above", "below")}
    told = "; ".join(f"{side} the limits in {', '.join(periods)}" for side, periods in sides.items() if periods)
    blind = int(table["reason"].str.startswith("too few").sum())
    unseen = f" {blind} of {len(table)} have too few decisions to signal anything." if blind else ""
    chance = f"A quiet {period} would signal by chance once in {every:,.0f}." if real > 0 else "None could signal."
    return escalation_figure(found), f"{who}: {told or f'no {period} outside the limits'}. {chance}{unseen}"


def escalation_explorer() -> ipywidgets.VBox:
    """See how the choice of period and of the usual decides what a control chart shows.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = escalation_explorer().children
    >>> controls.children[1].value = "school year"
    >>> controls.children[2].value = True
    >>> "above the limits in 2017, 2018" in sentence.value
    True
    """
    log, names = _log()
    places = [(f"{names[each]}, {each}", each) for each in sorted(log["district_id"].unique())]
    return panel(
        passed_up,
        district=ipywidgets.Dropdown(options=places, value="00183", description="District"),
        period=ipywidgets.Dropdown(options=list(PERIODS), value="quarter", description="A point is a"),
        first_year_usual=ipywidgets.Checkbox(False, description="The first school year is the usual", indent=False),
        false_alarm=ipywidgets.SelectionSlider(options=FALSE_ALARMS, value=0.01, description="False alarm at most"),
    )


def planted_rise(
    *, decisions: int = 12, usual: int = 5, raised: int = 25, quarters: int = 1, draw: int = 1
) -> tuple[Figure, str]:
    """Would a rise that is really there show in a log with so few decisions? Four years are made up.

    Parameters
    ----------
    decisions : int
        Decisions a quarter, 1 or more.
    usual, raised : int, percent
        Share passed up before and after the six quarters of the rise, and in them.
    quarters : {1, 2, 4}
        Quarters that one point of the chart holds.
    draw : int
        Another number is other luck with the same truth.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> planted_rise(decisions=60, raised=40)[1].partition(".")[0]
    'Made up (synthetic), 60 decisions a quarter: the rise from 5% to 40% is seen in 6 of 6 points'
    """
    place = np.repeat(np.arange(QUARTERS), decisions)
    rising = (place >= QUIET) & (place < QUIET + RAISED)
    hits = np.random.default_rng(draw).random(len(place)) < np.where(rising, raised, usual) / 100
    starts = pd.Series(pd.date_range("2014-07-01", periods=QUARTERS, freq="QS"))
    days = starts.iloc[place // quarters * quarters].reset_index(drop=True)
    table = chart(pd.Series(hits), days, "quarter", starts.iloc[QUIET], 0.01)
    point = np.searchsorted(starts.to_numpy(), table["start"].to_numpy())
    during = (point >= QUIET) & (point < QUIET + RAISED)
    seen = int((table["signal"][during] == "above").sum())
    wrong = int((table["signal"][~during] != "").sum())
    figure, told = _drawn(table, "", "point")
    who = f"Made up (synthetic), {decisions} decisions a quarter"
    found = f"the rise from {usual}% to {raised}% is seen in {seen} of {during.sum()} points"
    return figure, f"{who}: {found}. Signals where nothing was raised: {wrong}. {told.partition('. ')[2]}"


def rise_simulator() -> ipywidgets.VBox:
    """Plant a rise in decisions passed up and try to see it.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = rise_simulator().children
    >>> controls.children[0].value = 60
    >>> "60 decisions a quarter" in sentence.value
    True
    """
    amounts = (3, 6, 12, 25, 60, 120)
    return panel(
        planted_rise,
        decisions=ipywidgets.SelectionSlider(options=amounts, value=12, description="Decisions a quarter"),
        usual=ipywidgets.IntSlider(5, min=0, max=40, step=5, description="Usually passed up (%)"),
        raised=ipywidgets.IntSlider(25, min=0, max=80, step=5, description="In the rise (%)"),
        quarters=ipywidgets.SelectionSlider(options=(1, 2, 4), value=1, description="Quarters a point"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )


@lru_cache
def _log() -> tuple[pd.DataFrame, dict[str, str]]:
    state = samples.state()
    names = dict(zip(state["districts"]["district_id"], state["districts"]["name"], strict=True))
    return read_log(state["decisions"]), names
