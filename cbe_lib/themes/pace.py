"""Levels, pace and progress: how long a level takes, and how sure a placement is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib import tables
from cbe_lib.errors import CbeError, require_columns, require_rows, rows_of, some, unknown_name
from cbe_lib.results import Result

__all__ = ["Pace", "Placement", "pace", "placement"]

DRAWS = 400


@dataclass(frozen=True, repr=False)
class Pace(Result):
    """How long a level takes: see `pace`.

    Attributes
    ----------
    curves : DataFrame
        group, days, share, conf_low, conf_high: share of students who have not reached the next level after so many
        days.
    """

    curves: pd.DataFrame


@dataclass(frozen=True, repr=False)
class Placement(Result):
    """How sure a placement is, and how far expectations are from it: see `placement`.

    Attributes
    ----------
    error : float
        Standard error of the score, in levels.
    """

    error: float


def pace(
    progress: pd.DataFrame,
    *,
    subject: str = "reading",
    until: str | Mapping[str, Any] | None = None,
    min_n: int = 10,
    level: float = 0.95,
    seed: int = 0,
) -> Pace:
    """How long do students take for a level, those who are not through yet included?

    Parameters
    ----------
    progress : DataFrame
        Table `progress`. Never shown; only shares leave this function.
    subject : str
        Which subject.
    until : str or mapping, optional
        Last day on which students were followed, YYYY-MM-DD, or {district_id: day}. If left out: the last day in the
        records of each district, which is too late where records end before students do.
    min_n : int
        Groups with fewer students are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.
    seed : int
        The same seed gives the same limits.

    Returns
    -------
    Pace
        `.table`: group, students, spells, done, median_days, conf_low, conf_high, reason; a row for all and for each
        group. A spell is a level begun, done if the next level was reached.

    Raises
    ------
    CbeError
        For an unknown subject, districts without a last day, a day that cannot be read, and what `tables.validate`
        finds.

    Notes
    -----
    A spell runs from the day one level was reached to the day the next was; the last one of each student is open.
    Every student counts once (Wang and Chang 1999): one with finished spells by these, one without by the open spell,
    which counts as "longer than so many days". Counting finished spells alone makes everybody look faster, since they
    are those that fit into the time; so would counting fast students as often as they finish. Limits are percentiles of
    400 draws of whole students, so that spells of one student may be alike.

    References
    ----------
    Wang, M.-C. and Chang, S.-H. (1999). Nonparametric estimation of a recurrent survival function. Journal of the
    American Statistical Association, 94, 146-153.

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
        row, curve = _group(name, each, min_n, level, seed)
        rows.append(row)
        curves.append(curve)
    columns = ["group", "students", "spells", "done", "median_days", "conf_low", "conf_high", "reason"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:4], "Int64"))
    text = _pace_text(table.iloc[0].to_dict(), subject)
    return Pace(table, text, _pace_notes(until), None, curves=pd.concat(curves, ignore_index=True))


def _pace_notes(until: object) -> tuple[str, ...]:
    if until is not None:
        return ()
    return ("Students are taken as followed until the last day in the records of their district: give `until`.",)


def _spells(progress: pd.DataFrame, subject: str, until: str | Mapping[str, Any] | None) -> pd.DataFrame:
    require_rows(progress, "progress")
    rows = progress[(progress["subject"] == subject) & progress["date_reached"].notna()]
    if rows.empty:
        dated = progress.loc[progress["date_reached"].notna(), "subject"]
        if dated.empty:
            raise CbeError.build("Column 'date_reached' of `progress` is blank in every row", advice="Give the days")
        raise unknown_name("subject with dates", subject, sorted(dated.dropna().unique()))
    rows = rows.assign(last=_last_days(rows, until))
    rows = rows[rows["date_reached"] <= rows["last"]].sort_values(["student_hash", "date_reached"], kind="stable")
    following = rows.groupby("student_hash")["date_reached"].shift(-1)
    days = (following.fillna(rows["last"]) - rows["date_reached"]).dt.days
    spells = rows.assign(days=days, done=following.notna())
    return spells[spells["days"] > 0]


def _last_days(rows: pd.DataFrame, until: str | Mapping[str, Any] | None) -> pd.Series:
    """Return for each row the last day on which its student was followed."""
    if until is None:
        return rows.groupby("district_id")["date_reached"].transform("max")
    given = rows["district_id"].map(dict(until)) if isinstance(until, Mapping) else pd.Series(until, index=rows.index)
    days = pd.to_datetime(given, errors="coerce", format="ISO8601")
    if days.isna().any():
        places = rows.loc[days.isna(), "district_id"].drop_duplicates()
        raise CbeError.build(
            "`until` gives no day for some districts", found=f"Found none for {some(places)}",
            advice="Give one day as YYYY-MM-DD, or {district_id: day} for every district in `progress`",
        )  # fmt: skip
    return days


def _group(name: str, spells: pd.DataFrame, min_n: int, level: float, seed: int) -> tuple[tuple, pd.DataFrame]:
    columns = ["group", "days", "share", "conf_low", "conf_high"]
    students = spells["student_hash"].nunique()
    if students < min_n:
        reason = f"hidden: fewer than {min_n} students" if students else "nobody has begun a level before the last day"
        hidden = (name, pd.NA, pd.NA, pd.NA, np.nan, np.nan, np.nan, reason)
        return hidden, pd.DataFrame(columns=columns)
    days, shares = _still_working(spells, seed)
    tails = [(1 - level) / 2, (1 + level) / 2]
    medians = np.where(shares[:, -1] <= 0.5, days[np.argmax(shares <= 0.5, axis=1)], np.inf)
    low, high = np.quantile(medians[1:], tails, method="inverted_cdf")
    reason = "" if np.isfinite(medians[0]) else "fewer than half of the students have reached the next level"
    counts = (students, len(spells), int(spells["done"].sum()))
    row = (name, *counts, *((np.nan,) * 3 if reason else (medians[0], low, high)), reason)
    limits = np.quantile(shares[1:], tails, axis=0)
    drawn = pd.DataFrame({"days": days, "share": shares[0], "conf_low": limits[0], "conf_high": limits[1]})
    return row, drawn.assign(group=name)[columns]


def _still_working(spells: pd.DataFrame, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return days, and the share still working then: first as observed, then for draws of students."""
    some_done = spells.groupby("student_hash")["done"].transform("any")
    used = spells[spells["done"] | ~some_done].sort_values("days", kind="stable")
    student = pd.factorize(used["student_hash"])[0]
    weight = 1 / np.bincount(student)[student]
    count = student.max() + 1
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=DRAWS)
    weights = np.vstack([np.ones(count), drawn])[:, student] * weight
    days, first = np.unique(used["days"].to_numpy(float), return_index=True)
    at_risk = weights[:, ::-1].cumsum(axis=1)[:, ::-1][:, first]
    ended = np.add.reduceat(weights * used["done"].to_numpy(float), first, axis=1)
    hazard = np.divide(ended, at_risk, out=np.zeros_like(ended), where=at_risk > 0)
    # Weights are thirds and the like: what should be exactly a half may be a rounding error above it.
    return days, np.cumprod(1 - hazard, axis=1).round(10)


def _pace_text(whole: dict, subject: str) -> str:
    if whole["reason"]:
        return f"Cannot tell how long a level of {subject} takes: {whole['reason']}."
    limits = (f"{each:.0f}" if np.isfinite(each) else "not known" for each in (whole["conf_low"], whole["conf_high"]))
    return (
        f"Half of the students reach the next level of {subject} within {whole['median_days']:.0f} days (95% interval "
        f"{' to '.join(limits)}; {whole['students']} students, {whole['spells']} levels begun, "
        f"{whole['spells'] - whole['done']} of them not finished). Fast is not the same as well."
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
    return Placement(table, text, (), None, error=error)


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
    often = round(10 * row["probability"])
    told = f"Level {row['level']}: " + (f"right about {often} times in 10." if often < 10 else "almost always right.")
    if row["status"] == "look again":
        side = "the level below" if row["lower"] > row["higher"] else "the level above"
        told += f" Otherwise most likely {side}; look at one more piece of work."
    return told
