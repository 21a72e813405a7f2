"""Teachers, lifts and corrections: whether learning time goes with use in class, and whether a small change lasted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm

from cbe_lib.errors import CbeError, require_columns, rows_of
from cbe_lib.results import Result

__all__ = ["PracticeGrowth", "RunChart", "practice_growth", "run_chart"]

FEWEST = 10
SHIFT, TREND, FEWEST_POINTS = 6, 5, 10
FEW_RUNS = float(norm.ppf(0.025))
SIMULATED = 2000
ROUNDING = 1e-9
COLUMNS = ["rule", "signal", "measure", "chance", "p_value", "reason"]


@dataclass(frozen=True, repr=False)
class PracticeGrowth(Result):
    """What hours of learning go with: see `practice_growth`."""


@dataclass(frozen=True, repr=False)
class RunChart(Result):
    """Signals on a run chart: see `run_chart`.

    Attributes
    ----------
    points : DataFrame
        date, value, median, after: the measure, the median of the points before the change, and whether a point is
        after it.
    """

    points: pd.DataFrame


def practice_growth(teachers: pd.DataFrame, *, level: float = 0.95) -> PracticeGrowth:
    """Does time for learning go with more use of the practice in class?

    Parameters
    ----------
    teachers : DataFrame
        A row for each teacher: school_id, hours (of learning), before and after (share of visits, 0 to 1, in which the
        practice was seen).
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    PracticeGrowth
        `.table`: term (ten_hours, start), estimate, conf_low, conf_high, unit, n, reason. ten_hours: how much more the
        share grew with ten more hours, given where the teacher started.

    Raises
    ------
    CbeError
        For missing columns, hours below 0, or shares outside 0 to 1.

    Notes
    -----
    after ~ before + hours by least squares; errors allow for teachers of one school being alike (clusters, with t
    quantiles of schools minus one) where there are five schools or more, else HC3. Teachers who seek more hours may
    differ in other ways.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> hours = np.arange(24.0)
    >>> seen = pd.DataFrame({"school_id": np.tile(list("abcdef"), 4), "hours": hours, "before": 0.2})
    >>> found = practice_growth(seen.assign(after=0.2 + 0.01 * hours, before=0.2 + 0.1 * np.sin(hours)))
    >>> round(float(found.table.set_index("term").loc["ten_hours", "estimate"]), 2)
    0.1
    """
    frame = require_columns(teachers, ["school_id", "hours", "before", "after"], "teachers")
    numbers = frame[["hours", "before", "after"]].apply(pd.to_numeric, errors="coerce")
    wrong = (numbers["hours"] < 0) | ((numbers[["before", "after"]] < 0) | (numbers[["before", "after"]] > 1)).any(
        axis=1
    )
    wrong |= (numbers.isna() & frame[["hours", "before", "after"]].notna()).any(axis=1)
    if wrong.any():
        raise CbeError.build(
            f"`teachers` holds impossible numbers in {rows_of(frame, wrong)}",
            advice="hours: 0 or more; before and after: shares from 0 to 1",
        )
    known = numbers.assign(school=frame["school_id"]).dropna()
    columns = ["term", "estimate", "conf_low", "conf_high", "unit", "n", "reason"]
    if len(known) < FEWEST or known["hours"].nunique() < 3 or known["after"].nunique() < 2:
        reason = f"cannot tell: fewer than {FEWEST} teachers, or nearly all alike in hours or in use"
        table = pd.DataFrame([("ten_hours", np.nan, np.nan, np.nan, "share", len(known), reason)], columns=columns)
        return PracticeGrowth(table, f"Cannot tell what hours of learning go with: {reason[13:]}.", (), None)
    varied = ["before", "hours"] if known["before"].nunique() > 1 else ["hours"]
    model = sm.OLS(known["after"], sm.add_constant(known[varied], has_constant="add"))
    schools = known["school"].nunique()
    if schools >= 5:
        groups = pd.factorize(known["school"])[0]
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "df_correction": True}, use_t=True)
    else:
        fit = model.fit(cov_type="HC3", use_t=True)
    limits = fit.conf_int(alpha=1 - level)
    ten = tuple(10 * float(each) for each in (fit.params["hours"], *limits.loc["hours"]))
    start, reason = (np.nan, np.nan, np.nan), "cannot tell: all started alike"
    if "before" in varied:
        start, reason = (float(fit.params["before"]), *(float(each) for each in limits.loc["before"])), ""
    rows = [("ten_hours", *ten, "share", len(known), ""), ("start", *start, "share for share", len(known), reason)]
    found = "goes with more use" if ten[1] > 0 else "goes with less use" if ten[2] < 0 else "cannot be told to matter"
    text = (
        f"Time for learning {found}: ten more hours go with {100 * ten[0]:+.0f} points of visits in which the "
        f"practice was seen ({level:.0%} interval {100 * ten[1]:+.0f} to {100 * ten[2]:+.0f}; {len(known)} teachers "
        f"in {schools} schools). Teachers who seek more hours may differ in other ways."
    )
    return PracticeGrowth(pd.DataFrame(rows, columns=columns), text, (), fit)


def run_chart(measures: pd.DataFrame, changed: str, *, better: str = "up") -> RunChart:
    """Did a small change in teaching make a difference that lasted?

    Parameters
    ----------
    measures : DataFrame
        date and value, one row for each week or month.
    changed : str
        Day of the change, YYYY-MM-DD.
    better : {"up", "down"}
        Direction that is good.

    Returns
    -------
    RunChart
        `.table`: rule (shift, trend, runs), signal (True or False), measure, chance, p_value, reason. shift: 6 or more
        points in a row on one side of the median of the time before; trend: 5 or more points going one way; runs: too
        few runs about the median of all points (measure: z of Wald and Wolfowitz). chance: how often the rule would
        signal on noise alone; p_value: how often noise alone goes at least as far as these points.

    Raises
    ------
    CbeError
        For missing columns, dates or values that cannot be read, or an unknown direction.

    Notes
    -----
    chance and p_value are simulated with the same number of points, independent and normal. Points that carry over
    from one to the next signal more often.

    References
    ----------
    Perla, R. J., Provost, L. P. and Murray, S. K. (2011). The run chart. BMJ Quality & Safety, 20, 46-51.

    Examples
    --------
    >>> import pandas as pd
    >>> weeks = pd.date_range("2015-01-05", periods=20, freq="W-MON")
    >>> values = [5, 6, 4, 5, 6, 5, 4, 6, 5, 5, 8, 9, 8, 7, 9, 8, 8, 9, 7, 8]
    >>> found = run_chart(pd.DataFrame({"date": weeks, "value": values}), "2015-03-16")
    >>> bool(found.table.set_index("rule").loc["shift", "signal"])
    True
    """
    frame = require_columns(measures, ["date", "value"], "measures")
    if better not in ("up", "down"):
        raise CbeError.build('`better` must be "up" or "down"', found=f"Found {better!r}")
    dates = pd.to_datetime(frame["date"], errors="coerce", format="mixed")
    values = pd.to_numeric(frame["value"], errors="coerce")
    day = pd.to_datetime(changed, errors="coerce")
    wrong = dates.isna() | values.isna()
    if wrong.any() or pd.isna(day):
        raise CbeError.build(
            "`measures` needs a date and a number in every row, and `changed` a day",
            found=f"Not so in {rows_of(frame, wrong)}; changed is {changed!r}",
        )
    points = pd.DataFrame({"date": dates, "value": values}).sort_values("date", kind="stable", ignore_index=True)
    points["after"] = points["date"] >= day
    before = int((~points["after"]).sum())
    points["median"] = float(points.loc[~points["after"], "value"].median()) if before else np.nan
    if before < FEWEST_POINTS or len(points) - before < SHIFT:
        reason = (
            f"cannot tell: {before} points before and {len(points) - before} after; {FEWEST_POINTS} and {SHIFT} needed"
        )
        table = pd.DataFrame([(rule, False, 0, np.nan, np.nan, reason) for rule in RULES], columns=COLUMNS)
        return RunChart(
            table, f"Cannot tell whether the change made a difference: {reason[13:]}.", (), None, points=points
        )
    table = _rules(points["value"].to_numpy(float), before)
    if (points.loc[points["after"], "value"] == points["median"].iloc[0]).all():
        text = "Cannot tell whether the change made a difference: every point after it lies on the earlier median."
        return RunChart(table, text, (), None, points=points)
    text = _told(table.set_index("rule").loc["shift"].to_dict(), _side(points), better)
    return RunChart(table, text, (), None, points=points)


def _side(points: pd.DataFrame) -> str:
    """Say on which side of the earlier median the longest stretch after the change lies."""
    sides = np.sign(points["value"] - points["median"])[points["after"]]
    stretches = [(len(list(run)), sign) for sign, run in groupby(sides[sides != 0])]
    return "above" if max(stretches, key=lambda stretch: stretch[0])[1] > 0 else "below"


def _told(shift: dict, side: str, better: str) -> str:
    good = (side == "above") == (better == "up")
    found = "a signal" if shift["signal"] else "too few to tell it from noise"
    return (
        f"After the change {shift['measure']} points in a row lie {side} the earlier median, "
        f"{'the good side' if good else 'the wrong side'}: {found}. Noise alone goes as far in "
        f"{shift['p_value']:.1%} of series, and gives a signal ({SHIFT} points) in {shift['chance']:.0%}; something "
        "else that began the same week would look alike."
    )


def _rules(values: np.ndarray, before: int) -> pd.DataFrame:
    rows, noise = [], _noise(len(values), before)
    for rule, (measure, signals) in RULES.items():
        found = measure(values[None, :], before)[0].item()
        as_far = noise[rule] <= found + ROUNDING if rule == "runs" else noise[rule] >= found
        chance, p_value = float(np.mean(signals(noise[rule]))), float(np.mean(as_far))
        rows.append((rule, bool(signals(found)), found, chance, p_value, ""))
    table = pd.DataFrame(rows, columns=COLUMNS)
    # Counts stay whole numbers beside a score.
    return table.assign(measure=pd.Series([row[2] for row in rows], dtype=object))


@cache
def _noise(count: int, before: int) -> dict[str, np.ndarray]:
    """Return what each rule measures on many series of so many points of noise."""
    noise = np.random.default_rng(1).standard_normal((SIMULATED, count))
    return {rule: measure(noise, before) for rule, (measure, _) in RULES.items()}


def _longest_side(series: np.ndarray, before: int) -> np.ndarray:
    """Count the longest stretch after the change on one side of the median before it; points on it are passed over."""
    return _stretches(np.sign(series[:, before:] - np.median(series[:, :before], axis=1, keepdims=True)))[0]


def _longest_trend(series: np.ndarray, before: int) -> np.ndarray:
    longest = _stretches(np.sign(np.diff(series[:, before:], axis=1)))[0]
    return np.where(longest > 0, longest + 1, 0)


def _stretches(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each row, the longest stretch of one sign and the number of stretches; zeros are passed over."""
    last, run, longest, number = (np.zeros(len(marks), dtype=int) for _ in range(4))
    for mark in marks.astype(int).T:
        known, goes_on = mark != 0, mark == last
        run = np.where(known, np.where(goes_on, run + 1, 1), run)
        number, longest = number + (known & ~goes_on), np.maximum(longest, run)
        last = np.where(known, mark, last)
    return longest, number


def _runs_score(series: np.ndarray, before: int) -> np.ndarray:
    """Return Wald and Wolfowitz' z of the number of runs about the median of all points."""
    sides = np.sign(series - np.median(series, axis=1, keepdims=True))
    up, down = (sides > 0).sum(axis=1), (sides < 0).sum(axis=1)
    count = up + down
    mean = 1 + 2 * up * down / np.maximum(count, 1)
    spread = (mean - 1) * (mean - 2) / np.maximum(count - 1, 1)
    known = spread > 0
    return np.where(known, (_stretches(sides)[1] - mean) / np.sqrt(np.where(known, spread, 1)), 0.0)


RULES: dict[str, tuple[Callable[[np.ndarray, int], np.ndarray], Callable[[Any], Any]]] = {
    "shift": (_longest_side, lambda length: length >= SHIFT),
    "trend": (_longest_trend, lambda length: length >= TREND),
    "runs": (_runs_score, lambda score: score <= FEW_RUNS),
}
