"""What bringing students up to their age grade may cost, and what hours of service go with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.tools import add_constant

from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result

DRAWS = 4000
DAYS_A_YEAR = 365.25
FEWEST = 10


@dataclass(frozen=True, repr=False)
class CatchUpCost(Result):
    """What catching up may cost: see `catch_up_cost`.

    Attributes
    ----------
    fan : DataFrame
        year, estimate, conf_low, conf_high: dollars spent by the end of each year.
    tornado : DataFrame
        input, low, high, total_low, total_high: the total when one input alone stands at its end.
    """

    fan: pd.DataFrame
    tornado: pd.DataFrame


@dataclass(frozen=True, repr=False)
class ServiceEffect(Result):
    """What an hour of service goes with: see `service_effect`."""


def catch_up_cost(
    gaps: Mapping[str, tuple[int, float]],
    costs: pd.DataFrame,
    *,
    service: str,
    years: int = 3,
    level: float = 0.95,
    seed: int = 0,
) -> CatchUpCost:
    """What would it cost to bring students who enroll behind up to their age grade, and how unsure is that?

    Parameters
    ----------
    gaps : mapping
        {group: (students, levels behind)}; the groups are added up, so count each student once.
    costs : DataFrame
        Table `costs` of one district, with a row for the service: most likely, lowest and highest cost of an hour and
        hours a level.
    service : str
        Which service.
    years : int
        Years over which the hours are spread, 1 or more.
    level : float, between 0 and 1
        Coverage of the intervals, if the ranges given are right.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    CatchUpCost
        `.table`: group, students, levels, hours, estimate, conf_low, conf_high, unit; the last row is all groups.

    Raises
    ------
    CbeError
        For a service that is not in the table, more than one district, negative numbers.

    Notes
    -----
    Cost = students x levels x hours a level x cost of an hour. The two uncertain inputs are drawn from triangular
    distributions between lowest, most likely and highest, the same draw for all groups. What a level of catching up
    needs is an assumption: `service_effect` says what the district's own records show.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> costs = samples.state()["costs"].query("district_id == '00013'")
    >>> found = catch_up_cost({"English learners": (40, 1.5)}, costs, service="tutoring")
    >>> found.table["group"].tolist()
    ['English learners', 'all']
    """
    row = _service(tables.validate(costs, "costs", complete=True), service)
    _check_gaps(gaps, years)
    ranges = {
        "cost of an hour": (row["low"], row["cost"], row["high"]),
        "hours a level": (row["hours_low"], row["hours_per_level"], row["hours_high"]),
    }
    rng = np.random.default_rng(seed)
    drawn = np.prod([_triangular(rng, *ends) for ends in ranges.values()], axis=0)
    likely = row["cost"] * row["hours_per_level"]
    tails = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    amounts = {group: students * behind for group, (students, behind) in gaps.items()}
    whole = sum(amounts.values())
    counted = {group: (students, behind) for group, (students, behind) in gaps.items()}
    everyone = sum(students for students, _ in gaps.values())
    counted["all"] = (everyone, whole / everyone if everyone else 0.0)
    rows = [
        (group, students, behind, students * behind * row["hours_per_level"], *_money(students * behind, likely, tails))
        for group, (students, behind) in counted.items()
    ]
    columns = ["group", "students", "levels", "hours", "estimate", "conf_low", "conf_high"]
    table = pd.DataFrame(rows, columns=columns).assign(unit="dollars")
    total = table.iloc[-1]
    text = (
        f"Bringing {everyone:,} students up by {total['levels']:.1f} levels on average through {service} would cost "
        f"about {_dollars(total['estimate'])} over {years} years ({level:.0%} of the plausible range: "
        f"{_dollars(total['conf_low'])} to {_dollars(total['conf_high'])}). The range rests on the hours and costs put "
        "in, not on a study of what helps."
    )
    return CatchUpCost(
        table,
        text,
        (_assumed(ranges), claim("B03").label + "."),
        None,
        fan=_fan(whole, likely, tails, years),
        tornado=_tornado(whole, ranges),
    )


def _dollars(amount: float) -> str:
    """Write three digits that count: more would promise what nobody knows."""
    return f"${float(f'{amount:.3g}'):,.0f}"


def _service(costs: pd.DataFrame, service: str) -> pd.Series:
    if costs["district_id"].nunique() > 1:
        raise CbeError.build("`costs` holds more than one district", advice="Pick the rows of one district first")
    found = costs[costs["service"] == service]
    if found.empty:
        raise unknown_name("service", service, costs["service"].tolist())
    row = found.iloc[0].copy()
    pairs = (("low", "cost"), ("high", "cost"), ("hours_low", "hours_per_level"), ("hours_high", "hours_per_level"))
    for end, middle in pairs:
        row[end] = row[middle] if pd.isna(row[end]) else row[end]
    if pd.isna(row["hours_per_level"]):
        raise CbeError.build(
            f"`costs` does not say how many hours of {service} a level takes", advice="Fill in hours_per_level"
        )
    return row


def _check_gaps(gaps: Mapping[str, tuple[int, float]], years: int) -> None:
    wrong = [group for group, (students, behind) in gaps.items() if not (students >= 0 and behind >= 0)]
    if wrong or not gaps:
        raise CbeError.build(
            "`gaps` needs students and levels behind, 0 or more, for at least one group",
            found=f"Found {', '.join(map(repr, wrong)) or 'no group'}",
        )
    if years < 1:
        raise CbeError.build("`years` must be 1 or more", found=f"Found {years!r}")


def _triangular(rng: np.random.Generator, low: float, likely: float, high: float) -> np.ndarray:
    return np.full(DRAWS, likely) if low == high else rng.triangular(low, likely, high, DRAWS)


def _money(amount: float, likely: float, tails: np.ndarray) -> tuple[float, float, float]:
    return amount * likely, amount * float(tails[0]), amount * float(tails[1])


def _assumed(ranges: Mapping[str, tuple[float, float, float]]) -> str:
    listed = "; ".join(
        f"{name} {low:g} to {high:g}, most likely {likely:g}" for name, (low, likely, high) in ranges.items()
    )
    return f"Assumed: {listed}."


def _fan(whole: float, likely: float, tails: np.ndarray, years: int) -> pd.DataFrame:
    year = np.arange(1, years + 1)
    spent = [each / years * year for each in _money(whole, likely, tails)]
    return pd.DataFrame({"year": year, "estimate": spent[0], "conf_low": spent[1], "conf_high": spent[2]})


def _tornado(whole: float, ranges: Mapping[str, tuple[float, float, float]]) -> pd.DataFrame:
    middle = float(np.prod([likely for _, likely, _ in ranges.values()]))
    rows = [
        (name, low, high, whole * middle / likely * low, whole * middle / likely * high)
        for name, (low, likely, high) in ranges.items()
        if likely > 0
    ]
    table = pd.DataFrame(rows, columns=["input", "low", "high", "total_low", "total_high"])
    reach = (table["total_high"] - table["total_low"]).abs()
    return table.loc[reach.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def service_effect(progress: pd.DataFrame, *, subject: str = "reading", level: float = 0.95) -> ServiceEffect:
    """How many levels a year more did students gain with each hour of service?

    Parameters
    ----------
    progress : DataFrame
        Table `progress` with service_hours; students need two dated levels or more.
    subject : str
        Which subject.
    level : float, between 0 and 1
        Coverage of the interval.

    Returns
    -------
    ServiceEffect
        `.table`: term, estimate, conf_low, conf_high, unit, n, reason; terms levels_per_hour and hours_per_level.

    Notes
    -----
    Ordinary least squares of levels gained a year on hours a year, HC3 errors. Students who get more hours may differ
    in other ways, so this is what goes together, not what an hour brings about.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = service_effect(samples.state()["progress"])
    >>> found.table["term"].tolist()
    ['levels_per_hour', 'hours_per_level']
    """
    progress = tables.validate(progress, "progress", complete=True)
    rows = progress[
        (progress["subject"] == subject) & progress["date_reached"].notna() & progress["service_hours"].notna()
    ]
    ordered = rows.sort_values(["student_hash", "level"], kind="stable").groupby("student_hash")
    each = ordered.agg(
        low=("level", "first"),
        high=("level", "last"),
        start=("date_reached", "first"),
        end=("date_reached", "last"),
        hours=("service_hours", "mean"),
    )
    years = (each["end"] - each["start"]).dt.days / DAYS_A_YEAR
    each = each[years > 0]
    if len(each) < 10 or each["hours"].nunique() < 2:
        reason = "cannot tell: fewer than 10 students with two dated levels, or all with the same hours"
        table = pd.DataFrame([("levels_per_hour", np.nan, np.nan, np.nan, "levels an hour", len(each), reason)])
        table.columns = ["term", "estimate", "conf_low", "conf_high", "unit", "n", "reason"]
        return ServiceEffect(table, f"Cannot tell what hours of service go with: {reason[13:]}.", (), None)
    speed = (each["high"] - each["low"]) / years[years > 0]
    fit = OLS(speed.to_numpy(float), add_constant(each["hours"].to_numpy(float))).fit(cov_type="HC3", use_t=True)
    slope, (low, high) = float(fit.params[1]), fit.conf_int(alpha=1 - level)[1]
    positive = low > 0
    rows = [
        ("levels_per_hour", slope, low, high, "levels an hour", len(each), ""),
        (
            "hours_per_level",
            1 / slope if positive else np.nan,
            1 / high if positive else np.nan,
            1 / low if positive else np.nan,
            "hours",
            len(each),
            "" if positive else "cannot tell: more hours may not go with more levels at all",
        ),
    ]
    table = pd.DataFrame(rows, columns=["term", "estimate", "conf_low", "conf_high", "unit", "n", "reason"])
    told = f"about {1 / slope:.0f} hours go with one more level a year" if positive else "no link can be told"
    text = (
        f"Among {len(each)} students in {subject}, {told} ({level:.0%} interval of levels for 100 hours: "
        f"{100 * low:.2f} to {100 * high:.2f}). Students with more hours may differ in other ways."
    )
    return ServiceEffect(table, text, (), fit)
