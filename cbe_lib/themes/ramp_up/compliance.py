"""Do people do the new work because they must, or because of what it does for students?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t

from cbe_lib import survey as surveys
from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result

REQUIRED = ("compliance_motive_1",)
STUDENTS_FIRST = ("purpose_used_1", "purpose_used_2")
MEASURES = ("because required", "for students", "compliance index")
COLUMNS = ["measure", "role", "wave", "term", "estimate", "conf_low", "conf_high", "unit", "n", "reason"]
FEWEST_DISTRICTS = 10


@dataclass(frozen=True, repr=False)
class Compliance(Result):
    """Answers about compliance beside those about students: see `compliance`.

    Attributes
    ----------
    level : float
        Coverage that the intervals aim at.
    """

    level: float


def compliance(
    survey: pd.DataFrame,
    *,
    required: Iterable[str] = REQUIRED,
    for_students: Iterable[str] = STUDENTS_FIRST,
    min_n: int = 10,
    level: float = 0.95,
) -> Compliance:
    """Does compliance give way to doing the work for students, wave by wave and role by role?

    A compliance index above 0 says that people agree more with doing it because they must than with the other item.

    Parameters
    ----------
    survey : DataFrame
        Table `survey`.
    required, for_students : iterable of str
        Paired items, on one answer scale: doing it because it is required, and because of students. The packaged
        survey pairs its item on compliance with its items on the purpose being used; put your own here.
    min_n : int
        Cells with fewer people who answered both are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Compliance
        `.table`: measure ("because required", "for students", "compliance index", their difference), role, wave
        (blank: all), term (mean, trend), estimate, conf_low, conf_high, unit, n (people), reason.

    Raises
    ------
    CbeError
        For items that the table does not hold, and what `tables.validate` finds.

    Notes
    -----
    Means have t intervals over people who answered both. Trend: points a wave within districts, least squares after
    taking out each district's mean; from 10 districts on, the answers of one district are taken as hanging together.
    A wave that is a year counts as that year, so a trend is points a year. Waves are different people unless codes
    link them: a trend can also come from who stayed.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = compliance(samples.state()["survey"])
    >>> found.table.query("term == 'trend' and role == 'teacher'")["measure"].tolist()
    ['because required', 'for students', 'compliance index']
    """
    pairs = {MEASURES[0]: tuple(required), MEASURES[1]: tuple(for_students)}
    answers = tables.validate(survey, "survey", complete=True)
    people = _people(answers, pairs)
    rows = []
    for role, own in people.groupby("role", sort=True):
        for wave, cell in own.groupby("wave", sort=True):
            rows += [(name, role, wave, "mean", *_mean(cell[name], min_n, level)) for name in MEASURES]
        rows += [(name, role, "", "trend", *_trend(own, name, min_n, level)) for name in MEASURES]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"n": "Int64"})
    asked = set(people["role"])
    unasked = sorted(set(answers["role"].dropna()) - asked)
    notes = [claim("B10").label + "."]
    notes += [f"Not asked both items: {', '.join(unasked)}."] if unasked else []
    if pairs[MEASURES[1]] == STUDENTS_FIRST:
        notes.append("The packaged survey has no item on doing it for students; that the purpose is used stands in.")
    return Compliance(table, _text(table, level), tuple(notes), None, level=level)


def _people(survey: pd.DataFrame, pairs: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return a row for each person and wave who answered both: district, role, wave and the three measures."""
    known = survey["item_id"].unique().tolist()
    items = [item for each in pairs.values() for item in each]
    for item in items:
        if item not in known:
            raise unknown_name("item in `survey`", item, known)
    if not pairs[MEASURES[0]] or not pairs[MEASURES[1]]:
        raise CbeError.build("`required` and `for_students` must each name an item or more")
    rows = survey[survey["item_id"].isin(items)]
    rows = rows.assign(role=rows["role"].fillna("role not given"), wave=rows["wave"].fillna(""))
    frame = surveys.wide(rows)
    for name, own in pairs.items():
        frame[name] = frame[list(own)].mean(axis=1)
    frame[MEASURES[2]] = frame[MEASURES[0]] - frame[MEASURES[1]]
    district = frame.get("district_id", "one district")
    return frame.assign(district_id=district).dropna(subset=[MEASURES[2]])


def _mean(values: pd.Series, min_n: int, level: float) -> tuple:
    if len(values) < min_n:
        return np.nan, np.nan, np.nan, "points", pd.NA, f"hidden: fewer than {min_n} people"
    mean, error = float(values.mean()), float(values.std()) / np.sqrt(len(values))
    width = t.ppf((1 + level) / 2, len(values) - 1) * error
    return mean, mean - width, mean + width, "points", len(values), ""


def _trend(own: pd.DataFrame, name: str, min_n: int, level: float) -> tuple:
    moment, unit = _moments(own["wave"])
    if own.groupby("district_id")["wave"].nunique().max() < 2:
        return np.nan, np.nan, np.nan, unit, pd.NA, "cannot tell: one wave only"
    if len(own) < 2 * min_n:
        return np.nan, np.nan, np.nan, unit, pd.NA, f"hidden: fewer than {2 * min_n} people in all waves"
    by = own["district_id"].to_numpy()
    x = moment - moment.groupby(by).transform("mean")
    y = own[name] - own[name].groupby(by).transform("mean")
    groups = len(np.unique(by))
    square = float((x**2).sum())
    slope = float((x * y).sum() / square)
    left = x * (y - slope * x)
    if groups >= FEWEST_DISTRICTS:
        sums, freedom = left.groupby(by).sum(), groups - 1
        error = np.sqrt(groups / freedom * float((sums**2).sum())) / square
    else:
        freedom = len(own) - groups - 1
        error = np.sqrt(float(((y - slope * x) ** 2).sum()) / freedom / square)
    width = t.ppf((1 + level) / 2, freedom) * error
    return slope, slope - width, slope + width, unit, len(own), ""


def _moments(wave: pd.Series) -> tuple[pd.Series, str]:
    """Return when each wave was: its year, or its place in the order of names."""
    years = pd.to_numeric(wave, errors="coerce").astype("float64")
    if years.notna().all():
        return years, "points a year"
    return pd.Series(pd.factorize(wave, sort=True)[0], index=wave.index, dtype="float64"), "points a wave"


def _text(table: pd.DataFrame, level: float) -> str:
    trends = table[(table["term"] == "trend") & table["estimate"].notna()]
    if trends.empty:
        return "Cannot tell whether compliance gives way: no role has two waves with enough people."
    role = trends["role"].iloc[int(trends["n"].astype(float).to_numpy().argmax())]
    rows = trends[trends["role"] == role].set_index("measure")
    told = [
        f"{name} {rows.loc[name, 'estimate']:+.2f} {rows.loc[name, 'unit']} ({rows.loc[name, 'conf_low']:+.2f} to "
        f"{rows.loc[name, 'conf_high']:+.2f})"
        for name in MEASURES[:2]
    ]
    index = rows.loc[MEASURES[2]]
    still = index["conf_low"] <= 0 <= index["conf_high"]
    finding = "cannot tell whether compliance gives way" if still else "compliance gives way"
    if not still and index["estimate"] > 0:
        finding = "compliance grows"
    return (
        f"Among {role} answers ({index['n']} people), {finding}: {told[0]}, {told[1]}, with {level:.0%} intervals. "
        "People may also say what they think is wanted."
    )
