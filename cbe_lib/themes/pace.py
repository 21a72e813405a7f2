"""Levels, pace and progress: how long a level takes, and how sure a placement is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight

from cbe_lib import tables
from cbe_lib.errors import CbeError, require_columns, require_rows, rows_of, unknown_name
from cbe_lib.results import Result

__all__ = ["Pace", "Placement", "pace", "placement"]


@dataclass(frozen=True, repr=False)
class Pace(Result):
    """How long a level takes: see `pace`.

    Attributes
    ----------
    curves : DataFrame
        group, days, share, conf_low, conf_high: share of students still working on the level after so many days.
    """

    curves: pd.DataFrame


@dataclass(frozen=True, repr=False)
class Placement(Result):
    """How sure a placement is, and how far expectations are from it: see `placement`."""


def pace(
    progress: pd.DataFrame, *, subject: str = "reading", until: str | None = None, min_n: int = 10, level: float = 0.95
) -> Pace:
    """How long do students take for a level, those who are not through yet included?

    Parameters
    ----------
    progress : DataFrame
        Table `progress`. Never shown; only shares leave this function.
    subject : str
        Which subject.
    until : str, optional
        Last day of the records, YYYY-MM-DD; by default the last day in them.
    min_n : int
        Groups with fewer spells are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Pace
        `.table`: group, spells, done, median_days, conf_low, conf_high, reason; a row for all and for each group.

    Raises
    ------
    CbeError
        For an unknown subject, and what `tables.validate` finds.

    Notes
    -----
    A spell runs from the day one level was reached to the day the next was. The last spell of each student is open and
    counts as "longer than so many days" (Kaplan-Meier); leaving it out would make everybody look faster.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = pace(samples.state()["progress"])
    >>> found.table["group"].iloc[0]
    'all students'
    """
    spells = _spells(tables.validate(progress, "progress", complete=True), subject, until)
    groups = [("all students", spells), *((str(name), each) for name, each in spells.groupby("subgroup"))]
    rows, curves = [], []
    for name, each in groups:
        row, curve = _group(name, each, min_n, level)
        rows.append(row)
        curves.append(curve)
    columns = ["group", "spells", "done", "median_days", "conf_low", "conf_high", "reason"]
    table = pd.DataFrame(rows, columns=columns).astype({"spells": "Int64", "done": "Int64"})
    return Pace(
        table, _pace_text(table.iloc[0].to_dict(), subject), (), None, curves=pd.concat(curves, ignore_index=True)
    )


def _spells(progress: pd.DataFrame, subject: str, until: str | None) -> pd.DataFrame:
    require_rows(progress, "progress")
    rows = progress[(progress["subject"] == subject) & progress["date_reached"].notna()]
    if rows.empty:
        raise unknown_name("subject with dates", subject, sorted(progress["subject"].dropna().unique()))
    last = pd.Timestamp(until) if until else rows["date_reached"].max()
    rows = rows[rows["date_reached"] <= last].sort_values(["student_hash", "date_reached"], kind="stable")
    following = rows.groupby("student_hash")["date_reached"].shift(-1)
    days = (following.fillna(last) - rows["date_reached"]).dt.days
    spells = rows.assign(days=days, done=following.notna())
    return spells[spells["days"] > 0]


def _group(name: str, spells: pd.DataFrame, min_n: int, level: float) -> tuple[tuple, pd.DataFrame]:
    columns = ["group", "days", "share", "conf_low", "conf_high"]
    if spells["student_hash"].nunique() < min_n:
        hidden = (name, pd.NA, pd.NA, np.nan, np.nan, np.nan, f"hidden: fewer than {min_n} students")
        return hidden, pd.DataFrame(columns=columns)
    curve = SurvfuncRight(spells["days"].to_numpy(float), spells["done"].to_numpy(float))
    low, high = curve.quantile_ci(0.5, alpha=1 - level)
    median = float(curve.quantile(0.5))
    reason = "" if np.isfinite(median) else "not yet half of the spells have ended"
    row = (name, len(spells), int(spells["done"].sum()), median, float(low), float(high), reason)
    reach = norm.ppf((1 + level) / 2) * curve.surv_prob_se
    limits = np.clip([curve.surv_prob - reach, curve.surv_prob + reach], 0, 1)
    drawn = pd.DataFrame(
        {"days": curve.surv_times, "share": curve.surv_prob, "conf_low": limits[0], "conf_high": limits[1]}
    )
    return row, drawn.assign(group=name)[columns]


def _pace_text(whole: dict, subject: str) -> str:
    if whole["reason"]:
        return f"Cannot tell how long a level of {subject} takes: {whole['reason']}."
    return (
        f"Half of all spells on a level of {subject} end within {whole['median_days']:.0f} days (95% interval "
        f"{whole['conf_low']:.0f} to {whole['conf_high']:.0f}; {whole['spells']} spells, "
        f"{whole['spells'] - whole['done']} of them not over yet and counted as such). Fast is not the same as well."
    )


def placement(students: pd.DataFrame, *, error: float, cut: float = 0.8) -> Placement:
    """How sure is it that a student belongs on this level, and how far is that from what the family expects?

    Parameters
    ----------
    students : DataFrame
        student (a code), score (in levels, for instance 5.4) and, if asked for, expected (level the family expects).
    error : float
        Standard error of the score in levels, above 0: from the test's manual, or two scores of the same students.
    cut : float, between 0.5 and 1
        A placement is called clear if it is right with at least this probability.

    Returns
    -------
    Placement
        `.table`: student, score, level (whole), probability (that the true score lies on that level), lower, higher
        (that it lies below or above), status ("clear" or "look again"), expected, gap, words.

    Raises
    ------
    CbeError
        For missing columns, text in numbers, or an error that is not above 0.

    Notes
    -----
    True score = score + normal error. Level k spans scores from k to below k + 1. For a talk with one family; the
    table is about persons and does not leave the school.

    Examples
    --------
    >>> import pandas as pd
    >>> found = placement(pd.DataFrame({"student": ["s1", "s2"], "score": [5.5, 5.95]}), error=0.3)
    >>> found.table["status"].tolist()
    ['clear', 'look again']
    """
    frame = _numbered(students)
    if not error > 0:
        raise CbeError.build("`error` must be above 0", found=f"Found {error!r}", advice="Give it in levels")
    if not 0.5 <= cut < 1:
        raise CbeError.build("`cut` must lie between 0.5 and 1", found=f"Found {cut!r}")
    score = frame["score"].to_numpy(float)
    level = np.floor(score)
    lower, higher = norm.cdf((level - score) / error), norm.sf((level + 1 - score) / error)
    table = pd.DataFrame({"student": frame["student"], "score": score, "level": level.astype(int)})
    table["probability"], table["lower"], table["higher"] = 1 - lower - higher, lower, higher
    table["status"] = np.where(table["probability"] >= cut, "clear", "look again")
    table["expected"], table["gap"] = frame["expected"], frame["expected"] - level
    table["words"] = [_words(row) for row in table.to_dict("records")]
    again = int((table["status"] == "look again").sum())
    text = (
        f"{len(table) - again} of {len(table)} placements are clear; for {again} a second look is due, since the score "
        f"lies near an edge. With a standard error of {error:g} levels, one score alone seldom settles it."
    )
    return Placement(table, text, (), None)


def _numbered(students: pd.DataFrame) -> pd.DataFrame:
    """Return student, score and expected as typed columns; raise if they cannot be had."""
    frame = require_rows(require_columns(students, ["student", "score"], "students"), "students")
    expected = frame["expected"] if "expected" in frame else pd.Series(np.nan, frame.index)
    numbers = pd.DataFrame({"score": frame["score"], "expected": expected}).apply(pd.to_numeric, errors="coerce")
    wrong = numbers["score"].isna() | (numbers["expected"].isna() & expected.notna())
    if wrong.any():
        raise CbeError.build(
            f"`students` has no plain number in {rows_of(frame, wrong)}",
            advice="Give score and expected in levels, for instance 5.4",
        )
    return numbers.assign(student=frame["student"])


def _words(row: dict) -> str:
    told = f"Level {row['level']}: right about {10 * row['probability']:.0f} times in 10."
    if row["status"] == "look again":
        side = "the level below" if row["lower"] > row["higher"] else "the level above"
        told += f" Otherwise most likely {side}; look at one more piece of work."
    return told
