"""A learning organization, moved by hand: problems still open on a given day, and wins that are noise."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.plots.learning import latency_figure, small_wins_figure
from cbe_lib.themes import learning
from cbe_lib.themes.group_means import latest_wave
from cbe_lib.widgets.panel import panel

GROUPS = {"everybody together": None, "safer half of the districts apart": "staff feel", "who noted it": "noted_by"}
PER_YEAR, LEVEL, SIGN = 10, 60.0, "sign 01"


def still_open(*, months: int = 24, term_days: int = 90, apart: str = "everybody together") -> tuple[Figure, str]:
    """What does the log of corrections say when it is read early, and what do closed notes alone say?

    Parameters
    ----------
    months : int
        Months from the first July 1 of each district's log to the day of reading, 6 to 36.
    term_days : int, days above 0
        Length of a term.
    apart : str
        One of `GROUPS`.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> still_open()[1].partition(" of them")[0]
    'Synthetic, 16 districts, read 24 months after the start: 274 notes, 16'
    """
    notes, start = _notes()
    last = start + pd.DateOffset(months=months)
    seen = notes[notes["date_noted"] < last[notes.index]].copy()
    if seen.empty:
        raise CbeError.build("No problem had been noted by then", advice="Read the log later")
    day = last[seen.index] - pd.Timedelta(days=1)
    seen["date_changed"] = seen["date_changed"].where(seen["date_changed"] <= day)
    until = dict(zip(seen["district_id"], day, strict=True))
    found = learning.correction_latency(seen, by=GROUPS[apart], until=until, term_days=term_days)
    taken = (seen["date_changed"] - seen["date_noted"]).dt.days.dropna()
    told = (
        f"Synthetic, 16 districts, read {months} months after the start: {len(seen)} notes, "
        f"{seen['date_changed'].isna().sum()} of them open. Closed notes alone say that "
        f"{(taken > term_days).mean():.0%} took longer than {term_days} days. With the open ones: {found.text}"
    )
    return latency_figure(found), told


def latency_explorer() -> ipywidgets.VBox:
    """Read the log of corrections on an earlier day, and see what counting only closed notes leaves out.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = latency_explorer().children
    >>> controls.children[0].value = 6
    >>> "read 6 months after the start" in sentence.value
    True
    """
    return panel(
        still_open,
        months=ipywidgets.IntSlider(36, min=3, max=36, step=3, description="Read after (months)"),
        term_days=ipywidgets.IntSlider(90, min=15, max=180, step=15, description="A term (days)"),
        apart=ipywidgets.Dropdown(options=list(GROUPS), value="everybody together", description="Told apart"),
    )


def wins(*, shift: float = 3.0, noise: float = 2.0, signs: int = 12, draw: int = 1) -> tuple[Figure, str]:
    """Which of so many early signs would be celebrated, and which have moved? Only the first has a planted shift.

    Parameters
    ----------
    shift : float, percent points
        What is added to the first sign in its second year.
    noise : float, percent points
        Standard deviation of single values.
    signs : int
        How many signs are watched, 1 or more.
    draw : int
        Another number is other luck with the same truth.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> wins(shift=0, signs=24)[1].partition(" went up")[0]
    'Made up (synthetic): 11 of 24 signs'
    """
    values = LEVEL + np.random.default_rng(100 + draw).normal(0, noise, (signs, 2 * PER_YEAR))
    values[0, PER_YEAR:] += shift
    days = [f"{2013 + (month > 4)}-{(month + 7) % 12 + 1:02d}-15" for month in range(PER_YEAR)]
    later = [f"{int(day[:4]) + 1}{day[4:]}" for day in days]
    table = pd.DataFrame(
        {
            "district_id": "a made-up district",
            "indicator": np.repeat([f"sign {number:02d}" for number in range(1, signs + 1)], 2 * PER_YEAR),
            "date": [*days, *later] * signs,
            "value": values.ravel(),
            "unit": "percent",
            "better": "up",
        }
    )
    found = learning.small_wins(table.assign(date=pd.to_datetime(table["date"])))
    return small_wins_figure(found, indicator=SIGN), _celebrated(found, shift)


def _celebrated(found: learning.SmallWins, shift: float) -> str:
    up = int((found.table["change"] > 0).sum())
    real = found.table.loc[found.table["verdict"] == "real, for the better", "indicator"].tolist()
    first = found.table.set_index("indicator").loc[SIGN]
    named = "none" if not real else ", ".join(real)
    return (
        f"Made up (synthetic): {up} of {len(found.table)} signs went up from the first year to the second; really "
        f"moved, as far as can be told: {named}. {SIGN.capitalize()} has a planted shift of {shift:g} points; it "
        f"changed by {first['change']:+.1f} ({first['conf_low']:+.1f} to {first['conf_high']:+.1f})."
    )


def win_simulator() -> ipywidgets.VBox:
    """Plant one real win among many signs, and see which you would have celebrated.

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture: see `panel`.

    Examples
    --------
    >>> controls, sentence, picture = win_simulator().children
    >>> controls.children[0].value = 0
    >>> "a planted shift of 0 points" in sentence.value
    True
    """
    return panel(
        wins,
        shift=ipywidgets.FloatSlider(3.0, min=0.0, max=8.0, step=0.5, description="Planted shift (points)"),
        noise=ipywidgets.FloatSlider(2.0, min=0.5, max=6.0, step=0.5, description="Noise (points)"),
        signs=ipywidgets.SelectionSlider(options=(1, 4, 12, 24, 48), value=12, description="Signs watched"),
        draw=ipywidgets.IntSlider(1, min=1, max=30, description="Try again: draw"),
    )


@lru_cache
def _notes() -> tuple[pd.DataFrame, pd.Series]:
    """Read the notes, whether staff there feel safer than in the middle district, and when each log begins."""
    state = samples.state()
    notes = state["corrections"].merge(state["districts"][["district_id", "rollout_year"]], on="district_id")
    scores = learning.safety(latest_wave(state["survey"], None), by="district_id").table
    mean = notes["district_id"].map(scores.dropna(subset=["estimate"]).set_index("district_id")["estimate"])
    feel = pd.Series(np.where(mean >= mean.median(), "safer", "less safe"), notes.index).where(mean.notna())
    start = pd.to_datetime((notes["rollout_year"] - 1).astype(int).astype(str) + "-07-01")
    return notes.drop(columns="rollout_year").assign(**{"staff feel": feel}), start
