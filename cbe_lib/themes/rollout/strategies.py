"""One year, by cohort or by school: what each would cost in results, if the assumptions hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result

DRAWS = 4000
STRATEGIES = ("one year", "by cohort", "by school")
Range = tuple[float, float, float]

# name: meaning, unit, lowest, most likely, highest, legal limit
ASSUMPTIONS: dict[str, tuple[str, str, Range, float]] = {
    "depth": ("deepest fall, all at once and unprepared", "points", (3, 6, 10), 100),
    "trough_years": ("years from the switch to the deepest result", "years", (1, 1.5, 2), 30),
    "recovery_years": ("years from the switch until results are back", "years", (3, 4, 7), 30),
    "preparation": ("share of the depth that full preparation spares", "share", (0, 0.3, 0.6), 1),
    "protected_hour": ("share of the depth that a protected hour a week spares", "share", (0, 0.05, 0.15), 1),
    "learning": ("share of the depth that each phase spares the next", "share", (0, 0.1, 0.25), 1),
    "side_by_side_cohort": ("added while old and new run in one school", "share", (0, 0.15, 0.4), 10),
    "side_by_side_school": ("added while schools differ", "share", (0, 0.05, 0.2), 10),
}
UNITS = {
    "shortfall": "student point-years",
    "shortfall_per_student": "point-years",
    "exposure": "student-years below the path",
    "peak_exposure": "share of students",
    "years_until_back": "years",
}


@dataclass(frozen=True, repr=False)
class Strategies(Result):
    """What each rollout strategy would cost in results: see `strategies`.

    Attributes
    ----------
    curves : DataFrame
        strategy, year, estimate, conf_low, conf_high: points below the path, mean of all students; year 1 is the first
        spring after the first classrooms switched.
    differences : DataFrame
        strategy, estimate, conf_low, conf_high, unit, least: shortfall less that of one year, under the same draws, and
        the share of draws in which this strategy has the least shortfall.
    assumptions : DataFrame
        assumption, meaning, low, likely, high, unit.
    level : float
        Share of the draws that the ranges hold.
    """

    curves: pd.DataFrame
    differences: pd.DataFrame
    assumptions: pd.DataFrame
    level: float


def strategies(
    students: int,
    *,
    preparation: float = 0.5,
    protected_hours: float = 0.0,
    cohorts: int = 4,
    school_waves: int = 3,
    assumptions: Mapping[str, float | Range] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Strategies:
    """Which costs more in results: switching in one year, cohort by cohort, or school by school?

    A simulator of hypotheses, not a finding: the answer holds as far as the assumptions do, which are printed.

    Parameters
    ----------
    students : int
        Students in the district, 1 or more.
    preparation : float, 0 to 1
        How far the district has prepared: 0 not at all, 1 fully.
    protected_hours : float, 0 or more
        Protected hours a week that teachers have to meet (see `protected_time`).
    cohorts, school_waves : int, 1 or more
        Years over which equal parts of the students switch, by cohort and by school.
    assumptions : mapping, optional
        {name: (lowest, most likely, highest)} or {name: value} in place of the defaults in `.assumptions`.
    level : float, between 0 and 1
        Share of the draws that the ranges hold.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Strategies
        `.table`: strategy, term, estimate (median), conf_low, conf_high, unit. Terms: shortfall (student point-years),
        shortfall_per_student, exposure (student-years below the path), peak_exposure (share of students below it in
        the worst year), years_until_back (until the last students are back).

    Raises
    ------
    CbeError
        For unknown assumptions, ranges out of order or out of bounds, and numbers that make no sense.

    Notes
    -----
    A student's results fall in a straight line from the switch to the deepest point and rise in a straight line back.
    Depth of phase j = depth (1 - p a)(1 - h)^H (1 - l)^j, with preparation p and what it spares a, protected hours H
    and what one spares h, and what a phase spares the next l; times 1 + s while old and new run side by side. Ranges
    are triangular and independent, with the same draws for all strategies.

    Examples
    --------
    >>> found = strategies(1000, assumptions={"depth": 6, "trough_years": 2, "recovery_years": 4, "preparation": 0,
    ...     "learning": 0, "side_by_side_cohort": 0, "side_by_side_school": 0})
    >>> found.table.query("term == 'shortfall_per_student'")["estimate"].tolist()
    [12.0, 12.0, 12.0]
    """
    _check(students, preparation, protected_hours, cohorts, school_waves, level)
    ranges = _ranges(assumptions or {})
    rng = np.random.default_rng(seed)
    drawn = {name: _triangular(rng, ends) for name, ends in ranges.items()}
    drawn["depth"] = drawn["depth"] * (1 - preparation * drawn["preparation"])
    drawn["depth"] *= (1 - drawn["protected_hour"]) ** protected_hours
    plans = {"one year": (1, "side_by_side_school"), "by cohort": (cohorts, "side_by_side_cohort")}
    plans["by school"] = (school_waves, "side_by_side_school")
    springs = max(cohorts, school_waves) + int(np.ceil(ranges["recovery_years"][2]))
    below = {name: _below(drawn, phases, drawn[side], springs) for name, (phases, side) in plans.items()}
    tails = [0.5, (1 - level) / 2, (1 + level) / 2]
    terms = {name: _terms(each, students, plans[name][0], drawn["recovery_years"]) for name, each in below.items()}
    table = _table(terms, tails)
    differences = _differences({name: each["shortfall"] for name, each in terms.items()}, tails)
    listed = [(name, meaning, *ranges[name], unit) for name, (meaning, unit, _, _) in ASSUMPTIONS.items()]
    return Strategies(
        table,
        _text(table, differences, level),
        _notes(preparation, protected_hours, cohorts, school_waves),
        None,
        curves=_curves(below, tails),
        differences=differences,
        assumptions=pd.DataFrame(listed, columns=["assumption", "meaning", "low", "likely", "high", "unit"]),
        level=level,
    )


def _below(drawn: Mapping[str, np.ndarray], phases: int, side: np.ndarray, springs: int) -> np.ndarray:
    """Return points below the path by draw, phase and spring."""
    spring = np.arange(1, springs + 1)
    phase = np.arange(phases)[:, None]
    since = (spring - phase)[None]  # springs since these students switched
    trough, back = (drawn[name][:, None, None] for name in ("trough_years", "recovery_years"))
    shape = np.clip(np.minimum(since / trough, (back - since) / (back - trough)), 0, None)
    depth = drawn["depth"][:, None, None] * (1 - drawn["learning"][:, None, None]) ** phase[None]
    return depth * shape * np.where(spring < phases, 1 + side[:, None, None], 1.0)


def _terms(below: np.ndarray, students: int, phases: int, back: np.ndarray) -> dict[str, np.ndarray]:
    """Return each term by draw."""
    each = below.mean(axis=1).sum(axis=1)
    exposed = (below > 0).mean(axis=1)
    return {
        "shortfall": students * each,
        "shortfall_per_student": each,
        "exposure": students * exposed.sum(axis=1),
        "peak_exposure": exposed.max(axis=1),
        "years_until_back": phases - 1 + back,
    }


def _table(terms: Mapping[str, Mapping[str, np.ndarray]], tails: list[float]) -> pd.DataFrame:
    rows = [
        (strategy, term, *map(float, np.quantile(values, tails)), UNITS[term])
        for strategy, each in terms.items()
        for term, values in each.items()
    ]
    return pd.DataFrame(rows, columns=["strategy", "term", "estimate", "conf_low", "conf_high", "unit"])


def _differences(shortfall: Mapping[str, np.ndarray], tails: list[float]) -> pd.DataFrame:
    every = np.column_stack(list(shortfall.values()))
    least = np.isclose(every, every.min(axis=1, keepdims=True))
    share = (least / least.sum(axis=1, keepdims=True)).mean(axis=0)
    apart = every - every[:, [0]]
    rows = [
        (name, *map(float, np.quantile(apart[:, place], tails)), UNITS["shortfall"], float(share[place]))
        for place, name in enumerate(shortfall)
    ]
    return pd.DataFrame(rows, columns=["strategy", "estimate", "conf_low", "conf_high", "unit", "least"])


def _curves(below: Mapping[str, np.ndarray], tails: list[float]) -> pd.DataFrame:
    parts = []
    for strategy, each in below.items():
        middle, low, high = np.quantile(each.mean(axis=1), tails, axis=0)
        year = np.arange(len(middle) + 1)
        # Year 0 is the last spring before the first switch.
        limits = {
            name: np.append(0, values)
            for name, values in (("estimate", middle), ("conf_low", low), ("conf_high", high))
        }
        parts.append(pd.DataFrame({"strategy": strategy, "year": year, **limits}))
    return pd.concat(parts, ignore_index=True)


def _ranges(given: Mapping[str, float | Range]) -> dict[str, Range]:
    ranges = {name: ends for name, (_, _, ends, _) in ASSUMPTIONS.items()}
    for name, value in given.items():
        if name not in ranges:
            raise unknown_name("assumption", name, ranges)
        ranges[name] = (value, value, value) if isinstance(value, int | float) else value
    wrong = {
        name: ends
        for name, ends in ranges.items()
        if len(ends) != 3 or not 0 <= ends[0] <= ends[1] <= ends[2] <= ASSUMPTIONS[name][3]
    }
    if wrong:
        raise CbeError.build(
            "An assumption needs lowest, most likely and highest value, in this order and within bounds",
            found=f"Found {wrong}",
            advice="For instance assumptions={'depth': (3, 6, 10)}; shares run from 0 to 1",
        )
    if not 0 < ranges["trough_years"][0] <= ranges["trough_years"][2] < ranges["recovery_years"][0]:
        raise CbeError.build(
            "Results must be deepest after the switch, and before they are back",
            found=f"Found trough_years {ranges['trough_years']} and recovery_years {ranges['recovery_years']}",
            advice="Let recovery_years begin above the end of trough_years",
        )
    return ranges


def _triangular(rng: np.random.Generator, ends: Range) -> np.ndarray:
    low, likely, high = ends
    return np.full(DRAWS, float(likely)) if low == high else rng.triangular(low, likely, high, DRAWS)


def _check(students: int, preparation: float, hours: float, cohorts: int, waves: int, level: float) -> None:
    wrong = {
        "students must be 1 or more": not students >= 1,
        "preparation must lie between 0 and 1": not 0 <= preparation <= 1,
        "protected_hours must be 0 to 40": not 0 <= hours <= 40,
        "cohorts must be a whole number, 1 to 13": cohorts not in range(1, 14),
        "school_waves must be a whole number, 1 to 13": waves not in range(1, 14),
        "level must lie between 0 and 1": not 0 < level < 1,
    }
    problems = [problem for problem, holds in wrong.items() if holds]
    if problems:
        raise CbeError.build("The simulator cannot run with these numbers", found="; ".join(problems))


def _notes(preparation: float, hours: float, cohorts: int, waves: int) -> tuple[str, ...]:
    return (
        "Everything here follows from the assumptions in `.assumptions`; none of them is an estimate from data.",
        f"Set: preparation {preparation:g} of 1, {hours:g} protected hours a week, {cohorts} cohorts, {waves} waves of "
        "schools, of equal size.",
        claim("A05").label + ".",
    )


def _text(table: pd.DataFrame, differences: pd.DataFrame, level: float) -> str:
    each = table[table["term"] == "shortfall_per_student"].set_index("strategy")
    told = "; ".join(
        f"{name} {row['estimate']:.1f} ({row['conf_low']:.1f} to {row['conf_high']:.1f})"
        for name, row in each.iterrows()
    )
    first = differences.sort_values("least", kind="stable").iloc[-1]
    return (
        f"Under these assumptions a student loses, in point-years: {told}. In {first['least']:.0%} of the plausible "
        f"cases {first['strategy']} loses least. The ranges hold {level:.0%} of the cases assumed, and no district has "
        "been measured."
    )
