"""Do students move beyond their age grade, or do they stop where the course ends?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.tools import add_constant

from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.open_questions.standing import latest

STEPS = (0, 1, 2)
FEWEST_CLUSTERS = 5


@dataclass(frozen=True, repr=False)
class Ceiling(Result):
    """Where students stand against their age grade: see `ceiling`.

    Attributes
    ----------
    groups : DataFrame
        group, n, step, share, conf_low, conf_high, reason: shares by student group.
    gaps : array
        Level less age grade, one for each student.
    at_cap : array
        Whether the student stands at the highest level that the course offers; NaN where it has none.
    """

    groups: pd.DataFrame
    gaps: np.ndarray
    at_cap: np.ndarray


def ceiling(progress: pd.DataFrame, *, subject: str = "mathematics", min_n: int = 10, level: float = 0.95) -> Ceiling:
    """Do students move beyond their age grade when they can, or do they stop where the course ends?

    Parameters
    ----------
    progress : DataFrame
        Table `progress`: one row for each student, subject and level. Never shown; only shares leave this function.
    subject : str
        Which subject.
    min_n : int
        Groups with fewer students are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Ceiling
        `.table`: term, estimate, conf_low, conf_high, unit, n, reason. Terms: at_or_above_0, _1, _2 (share of students
        at least so many levels above the age grade), at_cap (share of those whose course has a highest level who stand
        at it), wait_at_cap (how many times as long students at the cap wait to move on as the others).

    Raises
    ------
    CbeError
        For an unknown subject, and what `tables.validate` finds.

    Notes
    -----
    Shares have Wilson intervals; students of one district are alike, so with 5 districts or more the number of students
    is cut to what that likeness leaves (Korn and Graubard). The wait is a regression of log days from mastery to moving
    on, HC3 errors.

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology, 24, 193-201.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = ceiling(samples.state()["progress"])
    >>> found.table["term"].tolist()
    ['at_or_above_0', 'at_or_above_1', 'at_or_above_2', 'at_cap', 'wait_at_cap']
    """
    last = latest(progress, subject)
    capped = last["course_cap"].notna()
    at_cap = last["level"] >= last["course_cap"]
    places = last["district_id"]
    shares = [(f"at_or_above_{step}", *_share(last["gap"] >= step, places, min_n, level)) for step in STEPS]
    shares.append(("at_cap", *_share(at_cap[capped], places[capped], min_n, level)))
    rows = [(term, low, mid, high, "share", n, reason) for term, mid, low, high, n, reason in shares]
    rows.append(("wait_at_cap", *_wait(last, at_cap, min_n, level)))
    table = pd.DataFrame(rows, columns=["term", "conf_low", "estimate", "conf_high", "unit", "n", "reason"])
    table = table[["term", "estimate", "conf_low", "conf_high", "unit", "n", "reason"]]
    return Ceiling(
        table,
        _ceiling_text(table.set_index("term"), subject),
        (claim("B04").label + ".",),
        None,
        groups=_by_group(last, min_n, level),
        gaps=last["gap"].to_numpy(),
        at_cap=at_cap.where(capped).to_numpy(dtype=float, na_value=np.nan),
    )


def _share(hits: pd.Series, districts: pd.Series, min_n: int, level: float) -> tuple[float, float, float, int, str]:
    """Return a share with its interval: Wilson's, for as many students as the likeness within districts leaves."""
    count = len(hits)
    if count < min_n:
        return np.nan, np.nan, np.nan, count, f"hidden: fewer than {min_n} students"
    share = float(hits.mean())
    low, high = wilson(share, _effective(hits.to_numpy(float) - share, districts, level), level)
    return share, low, high, count, ""


def _effective(residual: np.ndarray, districts: pd.Series, level: float) -> float:
    """Number of independent students that tell as much (Korn and Graubard 1998); all of them if districts are few."""
    count, spread = len(residual), float(residual.var())
    totals = pd.Series(residual).groupby(districts.to_numpy()).sum()
    clusters = len(totals)
    variance = clusters / max(clusters - 1, 1) * float((totals**2).sum()) / count**2
    if clusters < FEWEST_CLUSTERS or variance == 0:
        return float(count)
    tail = (1 + level) / 2
    fewer = (student.ppf(tail, count - 1) / student.ppf(tail, clusters - 1)) ** 2
    return min(float(count), spread / variance * fewer)


def wilson(share: float, count: float, level: float) -> tuple[float, float]:
    """Return Wilson's limits of a share among `count` independent students, a whole number or not."""
    z = norm.ppf((1 + level) / 2) ** 2 / count
    middle = (share + z / 2) / (1 + z)
    reach = np.sqrt(z * share * (1 - share) + z**2 / 4) / (1 + z)
    return max(float(middle - reach), 0.0), min(float(middle + reach), 1.0)


def _wait(last: pd.DataFrame, at_cap: pd.Series, min_n: int, level: float) -> tuple[Any, ...]:
    days = (last["date_moved"] - last["date_reached"]).dt.days
    moved = days.notna()
    groups = at_cap[moved].astype(float)
    if groups.sum() < min_n or (1 - groups).sum() < min_n:
        reason = f"cannot tell: fewer than {min_n} students who moved on, at the cap or below it"
        return np.nan, np.nan, np.nan, "times", int(moved.sum()), reason
    model = OLS(np.log(np.maximum(days[moved].to_numpy(float), 0.5)), add_constant(groups.to_numpy()))
    fit = model.fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int(alpha=1 - level)[1]
    return float(np.exp(low)), float(np.exp(fit.params[1])), float(np.exp(high)), "times", int(moved.sum()), ""


def _by_group(last: pd.DataFrame, min_n: int, level: float) -> pd.DataFrame:
    rows = []
    for group, students in last.groupby("subgroup"):
        for step in STEPS:
            share, low, high, count, reason = _share(students["gap"] >= step, students["district_id"], min_n, level)
            rows.append((group, pd.NA if reason else count, step, share, low, high, reason))
    columns = ["group", "n", "step", "share", "conf_low", "conf_high", "reason"]
    return pd.DataFrame(rows, columns=columns).astype({"n": "Int64"})


def _ceiling_text(terms: pd.DataFrame, subject: str) -> str:
    above, cap, wait = (terms.loc[term].to_dict() for term in ("at_or_above_1", "at_cap", "wait_at_cap"))
    if above["reason"]:
        return f"Cannot tell where students stand in {subject}: {above['reason']}."
    told = (
        f"Of {above['n']} students, {above['estimate']:.0%} stand at least one level above their age grade in "
        f"{subject} (95% interval {above['conf_low']:.0%} to {above['conf_high']:.0%})."
    )
    if not cap["reason"]:
        told += f" Where a course ends at a level, {cap['estimate']:.0%} of its {cap['n']} students stand just there."
    if not wait["reason"]:
        told += (
            f" Students at the end of their course waited {wait['estimate']:.1f} times as long to move on "
            f"({wait['conf_low']:.1f} to {wait['conf_high']:.1f})."
        )
    return told + " A pile at the top can also mean that few could go further; ask what those students did next."
