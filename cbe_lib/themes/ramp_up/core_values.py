"""Three core values: where are they written, cited and lived?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binomtest, t

from cbe_lib import survey as surveys
from cbe_lib import tables
from cbe_lib.errors import unknown_name
from cbe_lib.framework import claim, read_survey
from cbe_lib.results import Result

FEWEST_DISTRICTS = 10


class CoreValue(NamedTuple):
    """One core value: its name, the principles that carry it, and the survey scale (minus: turned) that shows it."""

    name: str
    principles: tuple[str, ...]
    scale: str


CORE_VALUES = (
    CoreValue("students' needs come first", ("students-first",), "-compliance_motive"),
    CoreValue("errors teach", ("errors-teach",), "safety"),
    CoreValue("people work together for one purpose", ("common-purpose",), "ownership"),
)


@dataclass(frozen=True, repr=False)
class CoreValues(Result):
    """Where the three core values are used: see `core_values`."""


def core_values(
    decisions: pd.DataFrame,
    *,
    principles: pd.DataFrame | None = None,
    survey: pd.DataFrame | None = None,
    tags: Mapping[str, tuple[str, ...]] | None = None,
    min_n: int = 10,
    level: float = 0.95,
) -> CoreValues:
    """Are the three core values written down, cited in decisions, and lived by people?

    Parameters
    ----------
    decisions : DataFrame
        Table `decisions` with principles_cited.
    principles : DataFrame, optional
        Table `principles`: texts of schools and classrooms, with the district's principles that they carry on.
    survey : DataFrame, optional
        Table `survey`; staff only.
    tags : mapping, optional
        {core value: ids of the district's principles that carry it}, where the district uses other ids.
    min_n : int
        Means over fewer people are hidden.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    CoreValues
        `.table`: value, where (written, decisions, survey), measure, estimate, conf_low, conf_high, unit, n, reason.

    Raises
    ------
    CbeError
        For an unknown core value in `tags`, and what `tables.validate` finds.

    Notes
    -----
    Written: of the schools and classrooms with texts, the share with a confirmed link to the value. Decisions: share
    that cite it. Survey: mean of the scale that shows it most nearly. From 10 districts on, intervals take the
    decisions or people of one district as hanging together (t over district totals); below, shares have Wilson
    intervals and means t intervals, for these districts alone.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = core_values(samples.state()["decisions"])
    >>> found.table["value"].tolist()
    ["students' needs come first", 'errors teach', 'people work together for one purpose']
    """
    values = _tagged(tags)
    log = tables.validate(decisions, "decisions", complete=True)
    rows = []
    if principles is not None:
        rows += _written(tables.validate(principles, "principles", complete=True), values, level)
    cited = log["principles_cited"].fillna("").str.split(";").map(lambda names: {name.strip() for name in names})
    for value in values:
        hit = cited.map(lambda names, wanted=frozenset(value.principles): bool(wanted & names)).astype(float)
        rows.append((value.name, "decisions", "share that cites it", *_mean(hit, log["district_id"], level), ""))
    if survey is not None:
        rows += _lived(tables.validate(survey, "survey", complete=True), values, min_n, level)
    columns = ["value", "where", "measure", "estimate", "conf_low", "conf_high", "n", "reason"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(6, "unit", np.where(table["where"] == "survey", "points of 1 to 5", "share"))
    table.loc[table["estimate"].isna() & (table["reason"] == ""), "reason"] = "cannot tell: nothing to count"
    notes = ("Scales stand in for values: none was written to measure one.", claim("B08").label + ".")
    return CoreValues(table.astype({"n": "Int64"}), _text(table, level), notes, None)


def _tagged(tags: Mapping[str, tuple[str, ...]] | None) -> tuple[CoreValue, ...]:
    known = [value.name for value in CORE_VALUES]
    for name in tags or {}:
        if name not in known:
            raise unknown_name("core value", name, known)
    return tuple(
        value._replace(principles=tuple((tags or {}).get(value.name, value.principles))) for value in CORE_VALUES
    )


def _written(principles: pd.DataFrame, values: tuple[CoreValue, ...], level: float) -> list[tuple]:
    texts = principles[principles["level"] != "district"]
    place = texts["school_id"].fillna("") + "/" + texts["classroom_id"].fillna("")
    links = texts["links"].fillna("").str.split(";").map(lambda names: {name.strip() for name in names})
    rows = []
    for value in values:
        hit = links.map(lambda names, wanted=frozenset(value.principles): bool(wanted & names))
        each = hit.groupby([texts["district_id"], place]).any().astype(float)
        district = each.index.get_level_values(0).to_series(index=each.index)
        measure = "share of schools and classrooms that carry it on"
        rows.append((value.name, "written", measure, *_mean(each, district, level), ""))
    return rows


def _lived(survey: pd.DataFrame, values: tuple[CoreValue, ...], min_n: int, level: float) -> list[tuple]:
    rows = []
    for value in values:
        scale = value.scale.removeprefix("-")
        items = [item.id for item in read_survey().items if item.scale == scale and "staff" in item.forms]
        given = survey[survey["item_id"].isin(items) & ~survey["role"].isin(["student", "family"])]
        given = given.assign(wave=given["wave"].fillna(""))
        measure = f"{scale.replace('_', ' ')}{', turned' if scale != value.scale else ''}"
        if given["respondent"].nunique() < min_n:
            blank = (np.nan, np.nan, np.nan, pd.NA, f"hidden: fewer than {min_n} people")
            rows.append((value.name, "survey", measure, *blank))
            continue
        persons = surveys.scores(given, group="wave").respondents.dropna(subset="score")
        score = 6 - persons["score"] if scale != value.scale else persons["score"]
        rows.append((value.name, "survey", measure, *_mean(score, persons["district_id"], level, share=False), ""))
    return rows


def _mean(
    values: pd.Series, district: pd.Series, level: float, *, share: bool = True
) -> tuple[float, float, float, int]:
    """Return mean, limits and number; by district totals where there are enough districts."""
    count = len(values)
    if not count:
        return np.nan, np.nan, np.nan, 0
    mean = float(values.mean())
    sums = (values - mean).groupby(district.to_numpy()).sum()
    if len(sums) >= FEWEST_DISTRICTS:
        groups = len(sums)
        error = float(np.sqrt(groups / (groups - 1) * (sums**2).sum())) / count
        width = t.ppf((1 + level) / 2, groups - 1) * error
        low, high = mean - width, mean + width
        return mean, max(low, 0.0) if share else low, min(high, 1.0) if share else high, count
    if share:
        limits = binomtest(round(float(values.sum())), count).proportion_ci(level, method="wilson")
        return mean, float(limits.low), float(limits.high), count
    width = t.ppf((1 + level) / 2, count - 1) * float(values.std()) / np.sqrt(count)
    return mean, mean - width, mean + width, count


def _text(table: pd.DataFrame, level: float) -> str:
    cited = table[(table["where"] == "decisions") & table["estimate"].notna()].sort_values("estimate")
    if cited.empty:
        return "Cannot tell where the core values are used: there are no decisions to count."
    most, least = cited.iloc[-1], cited.iloc[0]
    told = [
        f'{row["estimate"]:.0%} ("{row["value"]}", {level:.0%} interval {row["conf_low"]:.0%} to '
        f"{row['conf_high']:.0%})"
        for row in (most, least)
    ]
    return (
        f"Of {most['n']} decisions, {told[0]} cite the core value used most and {told[1]} the one used least. A value "
        "may be lived without being cited, and cited without being lived."
    )
