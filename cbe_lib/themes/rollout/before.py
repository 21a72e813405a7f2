"""What results were before the rollout: level, trend and gaps, never across a change of test."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, ColumnError
from cbe_lib.results import Result
from cbe_lib.themes.rollout.between_years import chance, means, slopes

ALL = "all students"
KEY = ["district_id", "subject", "grade"]
COLUMNS = [
    *KEY,
    "test_regime",
    "term",
    "subgroup",
    "estimate",
    "conf_low",
    "conf_high",
    "unit",
    "years",
    "first_year",
    "last_year",
    "reason",
]
SERIES = [*KEY, "metric", "test_regime"]


@dataclass(frozen=True, repr=False)
class Before(Result):
    """Level, trend and gaps before the rollout: see `before`.

    Attributes
    ----------
    points : DataFrame
        district_id, subject, grade, test_regime, year, value, n_tested: results of all students before the rollout.
    """

    points: pd.DataFrame


def before(outcomes: pd.DataFrame, rollout: int | None = None, *, min_n: int = 10, level: float = 0.95) -> Before:
    """What were results like before the rollout: how high, going where, and how far apart were student groups?

    Parameters
    ----------
    outcomes : DataFrame
        Table `outcomes`, districts only; `subgroup` blank or "all students" is everyone.
    rollout : int, optional
        Spring year of the first results that the change can have affected; left out, the column `rollout_year`.
    min_n : int
        Results of fewer students are left out.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Before
        `.table`: district_id, subject, grade, test_regime, term, subgroup, estimate, conf_low, conf_high, unit, years,
        first_year, last_year, reason. Terms: level (mean of the years, percent), trend (points a year), gap (a group
        less all other students, points), and where a test changed across_tests and before_and_after, which are refused.

    Raises
    ------
    CbeError
        If no rollout year is known, or no result lies before it, and for what `tables.validate` finds.

    Notes
    -----
    Variance of a year's rate = binomial (from n_tested, with two successes and two failures added) + between years
    (method of moments). Weighted mean or line with the scale of the residuals and t limits (Hartung and Knapp 2001),
    never narrower than chance alone. A level or gap takes 3 years, a trend 4. Rates of two tests are never joined.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> rates = samples.state()["outcomes"].query("district_id == '00013' and grade == '8' and subject == 'reading'")
    >>> found = before(rates)
    >>> found.table[["term", "years"]].to_dict("split")["data"]
    [['level', 5], ['trend', 5], ['before_and_after', 0]]
    """
    rows, dropped = _rows(outcomes, rollout, min_n)
    early = rows[rows["year"] < rows["start"]]
    if early.empty:
        raise CbeError.build(
            "`outcomes` holds no result before the rollout",
            found=f"First year {rows['year'].min()}, rollout {rows['start'].min()}" if len(rows) else "",
            advice="Pass earlier years, or check rollout=",
        )
    parts = [*_whole(early, level), _gaps(early, min_n, level), _across(rows)]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)[COLUMNS]
    table = table.sort_values([*KEY, "first_year"], kind="stable", ignore_index=True)
    points = early.loc[early["subgroup"] == ALL, [*KEY, "test_regime", "year", "value", "n_tested"]]
    unsized = int(early["n_tested"].isna().sum())
    notes = [f"{dropped} results of fewer than {min_n} students left out."] if dropped else []
    notes += [f"{unsized} results without n_tested: only years tell how unsure they are."] if unsized else []
    notes += ["Gaps are to all other students tested, where their number is known."]
    return Before(table, _text(table), tuple(notes), None, points=points.reset_index(drop=True))


def _rows(outcomes: pd.DataFrame, rollout: int | None, min_n: int) -> tuple[pd.DataFrame, int]:
    rows = tables.validate(outcomes, "outcomes", complete=True)
    rows = rows[rows["level"].fillna("district").eq("district") & rows["value"].notna()]
    if rollout is not None and not isinstance(rollout, Integral):
        raise CbeError.build(
            "`rollout` must be one spring year",
            found=f"Found a {type(rollout).__name__}",
            advice="Pass rollout=2014, or fill the column 'rollout_year'",
        )
    start = rows["rollout_year"] if rollout is None else pd.Series(rollout, rows.index, dtype="Int64")
    if rows.empty or start.isna().all():
        raise ColumnError.build(
            "No district has a rollout year", advice="Pass rollout=2014, or fill the column 'rollout_year'"
        )
    texts = {name: rows[name].fillna("") for name in ("subject", "grade", "metric", "test_regime")}
    rows = rows.assign(**texts, start=start, subgroup=_spelled(rows["subgroup"]))
    kept = rows[start.notna()]
    small = kept["n_tested"].lt(min_n).fillna(False).astype(bool)
    kept = kept.assign(n_tested=kept["n_tested"].astype(float))
    return kept[~small].sort_values("year", kind="stable"), int(small.sum())


def _spelled(groups: pd.Series) -> pd.Series:
    """Give each group one spelling, the first, and every way of writing all students the same name."""
    named = groups.fillna(ALL).str.strip()
    folded = named.str.casefold()
    return named.groupby(folded).transform("first").mask(folded.isin(["all", "", ALL]), ALL)


def _whole(early: pd.DataFrame, level: float) -> list[pd.DataFrame]:
    """Return level and trend of all students, each test by itself."""
    rows = early[early["subgroup"] == ALL].reset_index(drop=True)
    place = rows.groupby(SERIES).ngroup().to_numpy()
    if rows.empty:
        return []
    value = rows["value"].to_numpy(float)
    noise = chance(value, rows["n_tested"].to_numpy(float))
    height = means(place, value, noise, level)
    height = height.assign(conf_low=height["conf_low"].clip(lower=0), conf_high=height["conf_high"].clip(upper=100))
    trend = slopes(place, rows["year"].to_numpy(float), value, noise, level)
    return [_named(rows, place, height, "level", "percent"), _named(rows, place, trend, "trend", "points a year")]


def _gaps(early: pd.DataFrame, min_n: int, level: float) -> pd.DataFrame:
    """Return the gap of each group to the other students (to all, where numbers are not known)."""
    at = [*SERIES, "year"]
    whole = early.loc[early["subgroup"] == ALL, [*at, "value", "n_tested"]]
    rows = early[early["subgroup"] != ALL].merge(whole, on=at, suffixes=("", "_all"))
    rows = rows[~(rows["n_tested_all"] - rows["n_tested"]).between(1, min_n - 1)].reset_index(drop=True)
    if rows.empty:
        return rows
    value, total, n, every = (rows[name].to_numpy(float) for name in ("value", "value_all", "n_tested", "n_tested_all"))
    others = np.where(every - n > 0, every - n, np.nan)
    rest = np.clip((total * every - value * n) / others, 0, 100)
    known = np.isfinite(rest)
    noise = chance(value, n) + np.where(known, chance(np.where(known, rest, 50.0), others), 0.0)
    place = rows.groupby([*SERIES, "subgroup"]).ngroup().to_numpy()
    found = means(place, value - np.where(known, rest, total), noise, level)
    return _named(rows, place, found, "gap", "points")


def _named(rows: pd.DataFrame, place: np.ndarray, found: pd.DataFrame, term: str, unit: str) -> pd.DataFrame:
    by = rows.groupby(place)
    first = by[[*KEY, "test_regime", "subgroup"]].first()
    years = by["year"].agg(first_year="min", last_year="max")
    return pd.concat([first, years, found], axis=1).assign(term=term, unit=unit)


def _across(rows: pd.DataFrame) -> pd.DataFrame:
    """Refuse, row by row, what a change of test makes impossible to compare."""
    whole = rows[rows["subgroup"] == ALL]
    last = whole.groupby([*KEY, "metric"])["test_regime"].shift()
    new = whole[last.notna() & (last != whole["test_regime"])]
    year, regime = new["year"].astype(str), new["test_regime"]
    why = "cannot tell: the test changed in " + year + " to '" + regime + "'; rates of two tests cannot be compared"
    blank = dict.fromkeys(("estimate", "conf_low", "conf_high"), np.nan)
    term = np.where(new["year"] < new["start"], "across_tests", "before_and_after")
    span = {"years": 0, "first_year": new["year"], "last_year": new["year"], "unit": "points", "reason": why}
    return new.assign(term=term, **blank, **span)


def _text(table: pd.DataFrame) -> str:
    known = table[table["reason"] == ""]
    levels = known[known["term"] == "level"]
    if levels.empty:
        return "Cannot tell where results stood before the rollout: see the reasons in the table."
    gaps = known[(known["term"] == "gap") & (known["conf_high"] < 0)]
    refused = int(table["term"].isin(["across_tests", "before_and_after"]).sum())
    last = f" {refused} comparisons across a change of test are refused." if refused else ""
    if len(levels) > 1:
        low, high = levels["estimate"].min(), levels["estimate"].max()
        return (
            f"Before the rollout, {len(levels)} series stood between {low:.0f} and {high:.0f} percent; "
            f"{_moving(known)}. {len(gaps)} gaps of student groups are clear of chance.{last}"
        )
    row = levels.iloc[0]
    return (
        f"Before the rollout {row['estimate']:.0f} percent were proficient (95% interval {row['conf_low']:.0f} to "
        f"{row['conf_high']:.0f}, {row['years']} years); {_moving(known)}. {len(gaps)} gaps of student groups are "
        f"clear of chance.{last}"
    )


def _moving(known: pd.DataFrame) -> str:
    trend = known[known["term"] == "trend"]
    up, down = int((trend["conf_low"] > 0).sum()), int((trend["conf_high"] < 0).sum())
    return f"of {len(trend)} trends {up} rise, {down} fall and {len(trend) - up - down} cannot be told from level"
