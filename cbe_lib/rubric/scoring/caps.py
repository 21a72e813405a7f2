"""What the evidence allows: the highest level of each cell, and in plain words why not more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, some, unknown_name
from cbe_lib.framework import Rubric
from cbe_lib.rubric.scoring.grid import Grid
from cbe_lib.rubric.scoring.reading import words

Schools = Mapping[Any, Any] | None
DAYS_A_YEAR = 365.25


class Found(NamedTuple):
    """What the evidence of each cell amounts to; arrays with an entry a cell."""

    dated: np.ndarray
    undated: np.ndarray
    against: np.ndarray
    favoring: np.ndarray
    beyond_self_report: np.ndarray
    role_groups: np.ndarray
    schools: np.ndarray
    years: np.ndarray
    outside: np.ndarray
    rows: pd.DataFrame


class Cap(NamedTuple):
    """One rule that holds some cells down: its name, its highest level, where it holds, and the reason for a cell."""

    name: str
    limit: int
    holds: np.ndarray
    why: Callable[[int], str]


def gather(evidence: pd.DataFrame, grid: Grid, rubric: Rubric) -> Found:
    """Count for each cell what its evidence shows."""
    rows = grid.bearing(evidence)
    dated = rows[rows["dated"]]
    favor = dated[dated["favors"]]
    self_report = [kind.lower() for kind in rubric.rules.self_report_kinds]
    looked = [role.lower() for role in rubric.rules.highest_needs_roles]
    return Found(
        dated=_count(dated, grid),
        undated=_count(rows[~rows["dated"]], grid),
        against=_count(rows[~rows["favors"]], grid),
        favoring=_count(favor, grid),
        beyond_self_report=_count(favor[~favor["kind"].isin(self_report)], grid),
        role_groups=_distinct(favor, "role_group", grid),
        schools=_distinct(dated, "school_id", grid),
        years=_years(favor, grid),
        outside=_count(favor[favor["role_group"].isin(looked)], grid) > 0,
        rows=rows,
    )


def _count(rows: pd.DataFrame, grid: Grid) -> np.ndarray:
    return np.bincount(rows["cell"].to_numpy(dtype=int), minlength=grid.size)


def _distinct(rows: pd.DataFrame, column: str, grid: Grid) -> np.ndarray:
    return _count(rows.loc[rows[column].ne(""), ["cell", column]].drop_duplicates(), grid)


def _years(favor: pd.DataFrame, grid: Grid) -> np.ndarray:
    """Years from the first supporting evidence, or since when it says the practice has run, to the last day scored."""
    start = favor["since"].fillna(favor["date"])
    span = (favor["as_of"] - start).dt.days.to_numpy(dtype=float) / DAYS_A_YEAR
    years = np.zeros(grid.size)
    np.maximum.at(years, favor["cell"].to_numpy(dtype=int), span)
    return years


def caps(found: Found, rubric: Rubric, needed: np.ndarray, outside_raters: np.ndarray) -> list[Cap]:
    """List the rules of the rubric that hold any cell down.

    `needed` is the number of schools of each cell's district (nan where unknown), `outside_raters` whether one of the
    cell's raters has a role that the highest level asks for.
    """
    rules, place = rubric.rules, {level: each for each, level in enumerate(rubric.levels)}
    listed = []
    if rules.self_report_cap:
        listed.append(_self_report(found, place[rules.self_report_cap], rules.self_report_kinds))
    if rules.one_role_group_cap:
        listed.append(_one_role_group(found, place[rules.one_role_group_cap]))
    if rules.not_all_schools_cap:
        listed.append(_not_all_schools(found, place[rules.not_all_schools_cap], needed))
    if rules.highest_cap and rules.highest_needs_years is not None:
        listed.append(_too_young(found, place[rules.highest_cap], rules.highest_needs_years))
    if rules.highest_cap and rules.highest_needs_roles:
        listed.append(_nobody_outside(found, place[rules.highest_cap], rules.highest_needs_roles, outside_raters))
    return listed


def _self_report(found: Found, limit: int, kinds: Iterable[str]) -> Cap:
    def why(cell: int) -> str:
        count = found.favoring[cell]
        if not count:
            return "no dated evidence speaks for the practice"
        pieces = "the only piece" if count == 1 else f"all {count} pieces"
        return f"self-report alone: {pieces} of supporting evidence {_is(count)} {' or '.join(kinds)}"

    return Cap("self-report alone", limit, found.beyond_self_report == 0, why)


def _one_role_group(found: Found, limit: int) -> Cap:
    def why(cell: int) -> str:
        heard = "no role group is" if not found.role_groups[cell] else "only one role group is"
        return f"{heard} behind the supporting evidence; two are needed"

    return Cap("one role group", limit, found.role_groups < 2, why)


def _not_all_schools(found: Found, limit: int, needed: np.ndarray) -> Cap:
    def why(cell: int) -> str:
        return f"{found.schools[cell]} of {needed[cell]:.0f} schools sampled; all are needed"

    return Cap("not all schools", limit, found.schools < needed, why)


def _too_young(found: Found, limit: int, years: float) -> Cap:
    def why(cell: int) -> str:
        spanned = np.floor(10 * found.years[cell]) / 10
        return f"supporting evidence spans {spanned:.1f} years; {years:g} are needed for the highest level"

    # A day of tolerance: two years are 730 or 731 days.
    return Cap("too few years", limit, found.years * DAYS_A_YEAR < np.floor(years * DAYS_A_YEAR), why)


def _nobody_outside(found: Found, limit: int, roles: Iterable[str], outside_raters: np.ndarray) -> Cap:
    def why(cell: int) -> str:
        return f"no {' or '.join(roles)} among raters or supporting evidence; the highest level needs one"

    return Cap("no outside look", limit, ~(found.outside | outside_raters), why)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def allowed(listed: list[Cap], size: int, levels: int) -> np.ndarray:
    """Return the position of the highest level that each cell may have."""
    limit = np.full(size, levels - 1)
    for cap in listed:
        limit[cap.holds] = np.minimum(limit[cap.holds], cap.limit)
    return limit


def schools_needed(schools: Schools, grid: Grid, found: Found) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return how many schools each cell's district has, nan where that is not known, and a note about those."""
    districts = grid.sites["district"]
    if schools is None:
        schools = {}
    if not isinstance(schools, Mapping):
        raise CbeError.build(
            "`schools` must map districts to schools",
            found=f"Found {type(schools).__name__}",
            advice="Give {district: number of schools} or {district: [school ids]}",
        )
    named = dict(zip(words(pd.Series(list(schools), dtype=object)), schools.values(), strict=True))
    for district in named:
        if district not in set(districts):
            raise unknown_name("district in schools", district, districts.unique())
    needed = {district: _number_of_schools(district, given, found.rows) for district, given in named.items()}
    unknown = [district for district in districts.unique() if district not in needed]
    return np.repeat(districts.map(needed).to_numpy(dtype=float), grid.criteria), _unknown_note(unknown)


def _unknown_note(unknown: list[str]) -> tuple[str, ...]:
    if not unknown:
        return ()
    return (
        f"Cannot check whether all schools were sampled in {some(unknown)}: give schools={{district: number of "
        "schools}. No level was held down for it.",
    )


def _number_of_schools(district: str, given: Any, rows: pd.DataFrame) -> int:
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool) and given > 0:
        return int(given)
    if isinstance(given, str) or not isinstance(given, Iterable) or not (listed := list(given)):
        raise CbeError.build(
            f"`schools` of district {district!r} is neither a number nor a list",
            found=f"Found {given!r}",
            advice="Give the number of its schools (1 or more), or a list of school ids",
        )
    ids = words(pd.Series(listed, dtype=object))
    for seen in rows.loc[rows["district"].eq(district) & rows["school_id"].ne(""), "school_id"].unique():
        if seen not in set(ids):
            raise unknown_name(f"school of district {district!r}", seen, ids)
    return int(ids.nunique())
