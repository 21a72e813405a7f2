"""One change in place of several: alike tasks done once, and the load of every owner month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
import pandas as pd
from scipy.stats import triang

from cbe_lib.errors import CbeError, some
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.integration.joining import dated, joined, nearly_alike

DRAWS = 2000
DAYS_A_MONTH = 365.25 / 12
NOBODY = "nobody named"
Range = tuple[float, float, float]


@dataclass(frozen=True, repr=False)
class IntegratedPlan(Result):
    """Several plans as one, beside the same plans one after the other: see `integrated_plan`.

    Attributes
    ----------
    tasks : DataFrame
        name, category, plans, tasks, hours_apart, hours_once, start, end, moved: the joined tasks. hours_apart adds up
        what the plans say; hours_once is what is left at the most likely sharing; moved: days later than planned.
    months : DataFrame
        way (integrated or one after the other), owner_role, month, hours, conf_low, conf_high, overloaded.
    limit : float
        Hours a month above which an owner is overloaded.
    """

    tasks: pd.DataFrame
    months: pd.DataFrame
    limit: float


def integrated_plan(
    plans: Mapping[str, pd.DataFrame],
    *,
    sharing: Range = (0.3, 0.6, 0.9),
    coordination: Range = (0.0, 0.05, 0.2),
    overrun: Range = (0.9, 1.0, 1.5),
    limit: float = 400.0,
    level: float = 0.95,
    seed: int = 0,
) -> IntegratedPlan:
    """Could these changes come in one, and whom would that overload?

    Parameters
    ----------
    plans : mapping
        {name of the change: table `plan` of one district}, two or more, in the order in which they would come one
        after the other. Tasks of the same category and name are joined; dates are those of the integrated plan.
    sharing : three numbers, 0 to 1
        Lowest, most likely, highest share of the hours that is spared where another plan has the same task.
    coordination : three numbers, 0 to 1
        Hours that running the changes as one adds to all work, as a share.
    overrun : three numbers above 0
        Hours that tasks take, divided by the hours that plans say; for both ways alike.
    limit : float
        Overload line: hours a month that the tasks of one owner may take.
    level : float, between 0 and 1
        Coverage of the ranges, if the assumptions are right.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    IntegratedPlan
        `.table`: way (integrated, one after the other, difference), measure (hours, months, peak, overloaded),
        estimate, conf_low, conf_high, unit, reason. Difference: integrated less one after the other.

    Raises
    ------
    CbeError
        One error that names all that is impossible: what the table `plan` may not hold, tasks that end before they
        start or start before their predecessors end, unknown predecessors, tasks that wait for each other in one plan
        or once the plans are joined.

    Notes
    -----
    Integrated hours = overrun x (1 + coordination) x (hours of all tasks - sharing x hours of those that a larger task
    of another plan also covers). The three assumptions are drawn from triangular distributions. Hours are spread
    evenly over the days of a task. One after the other: each plan begins when the one before has ended.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> plan = samples.state()["plan"].query("district_id == '00013'")
    >>> blended = plan[plan["category"].isin(["vision", "community", "tech_data"])]
    >>> found = integrated_plan({"competency-based": plan, "blended": blended})
    >>> found.table.query("way == 'difference'")[["measure", "estimate"]].round(0).head(2).to_dict("split")["data"]
    [['hours', -35.0], ['months', -35.0]]
    """
    _check(plans, limit, sharing=sharing, coordination=coordination, overrun=overrun)
    ranges = {"sharing": sharing, "coordination": coordination, "overrun": overrun}
    return weighed(laid_out(dated(joined(plans)), list(plans)), ranges, limit=limit, level=level, seed=seed)


@dataclass(frozen=True)
class LaidOut:
    """What follows from the plans before anything is assumed: tasks, hours by month for each way, what to note."""

    tasks: pd.DataFrame
    once: pd.DataFrame
    spread: dict[str, pd.DataFrame]
    shared: int
    notes: tuple[str, ...]


def laid_out(tasks: pd.DataFrame, order: list[str]) -> LaidOut:
    """Spread plans that are joined and dated already over months, as one change and in their `order`."""
    hours = tasks["person_hours"].fillna(0.0)
    spare = hours.where(~tasks["largest"], 0.0)
    spread = {
        "integrated": _monthly(tasks, tasks["begin"], tasks["finish"], hours, spare),
        "one after the other": _monthly(tasks, *_in_turn(tasks, order), hours, spare),
    }
    shared = int((tasks.drop_duplicates(["joint", "plan"])["joint"].value_counts() > 1).sum())
    return LaidOut(tasks, _once(tasks, hours, spare), spread, shared, tuple(_notes(tasks)))


def weighed(laid: LaidOut, ranges: Mapping[str, Range], *, limit: float, level: float, seed: int) -> IntegratedPlan:
    """Weigh plans that are laid out already, under `ranges` for sharing, coordination and overrun."""
    rng = np.random.default_rng(seed)
    share, extra, over = (_drawn(rng, each) for each in (ranges["sharing"], ranges["coordination"], ranges["overrun"]))
    scales = {"integrated": (over * (1 + extra), share), "one after the other": (over, np.zeros_like(over))}
    table = _table({way: _measures(laid.spread[way], scales[way], limit) for way in scales}, level)
    months = [_months(way, laid.spread[way], scales[way], limit, level) for way in scales]
    months = pd.concat(months, ignore_index=True)
    once = laid.once.assign(hours_once=laid.once["hours_apart"] - ranges["sharing"][1] * laid.once["hours_once"])
    return IntegratedPlan(
        table,
        _text(table, months, laid.shared, level),
        (_assumed(ranges, limit), *laid.notes),
        None,
        tasks=once,
        months=months,
        limit=float(limit),
    )


def _check(plans: object, limit: float, **ranges: Range) -> None:
    if not isinstance(plans, Mapping) or len(plans) < 2:
        raise CbeError.build(
            "`plans` must name two plans or more", advice="Give {'name of the change': its tasks, ...}"
        )
    problems = []
    for name, ends in ranges.items():
        top = np.inf if name == "overrun" else 1.0
        numbers = np.asarray(ends, dtype=float)
        if numbers.shape != (3,) or not (np.diff(numbers) >= 0).all() or not (numbers[0] >= 0 and numbers[2] <= top):
            problems.append(f"{name}={ends}")
    if not limit > 0:
        problems.append(f"limit={limit}")
    if problems:
        raise CbeError.build(
            "Assumptions are out of range",
            found=f"Found {some(problems)}",
            advice="Give lowest, most likely and highest in this order; shares from 0 to 1; a limit above 0",
        )


def _drawn(rng: np.random.Generator, ends: Range) -> np.ndarray:
    """Return the most likely value, then draws from the triangle, one in each of equally likely strata."""
    low, likely, high = ends
    if not high > low:
        return np.full(DRAWS + 1, likely)
    strata = (rng.permutation(DRAWS) + 0.5) / DRAWS
    draws = triang.ppf(strata, (likely - low) / (high - low), low, high - low)
    return np.concatenate([[likely], draws])


def _in_turn(tasks: pd.DataFrame, order: list[str]) -> tuple[pd.Series, pd.Series]:
    """Move each plan to begin on the day after the one before has ended."""
    first, last = tasks.groupby("plan")["start"].min(), tasks.groupby("plan")["end"].max()
    shift = {order[0]: pd.Timedelta(0)}
    for before, name in pairwise(order):
        shift[name] = last[before] + shift[before] + pd.Timedelta(days=1) - first[name]
    moved = pd.to_timedelta(tasks["plan"].map(shift))
    return tasks["start"] + moved, tasks["end"] + moved


def _monthly(tasks: pd.DataFrame, start: pd.Series, end: pd.Series, hours: pd.Series, spare: pd.Series) -> pd.DataFrame:
    """Return owner_role, month, hours and spare hours: what falls into each month of each owner."""
    begins, ends = start.dt.to_period("M").astype("int64"), end.dt.to_period("M").astype("int64")
    repeat = (ends - begins + 1).to_numpy()
    rows = pd.DataFrame({"start": start, "end": end, "hours": hours, "spare": spare})
    rows = rows.assign(owner_role=tasks["owner_role"].fillna(NOBODY)).loc[tasks.index.repeat(repeat)]
    number = np.concatenate([np.arange(low, high + 1) for low, high in zip(begins, ends, strict=True)])
    opened, after = (pd.DatetimeIndex((number + step).astype("datetime64[M]")) for step in (0, 1))
    closed = after - pd.Timedelta(days=1)
    last, first = np.minimum(closed, rows["end"].array), np.maximum(opened, rows["start"].array)
    part = ((last - first) / np.timedelta64(1, "D") + 1) / ((rows["end"] - rows["start"]).dt.days.to_numpy() + 1)
    rows = rows.assign(month=opened, hours=rows["hours"] * part, spare=rows["spare"] * part)
    months = rows.groupby(["owner_role", "month"], as_index=False)[["hours", "spare"]].sum()
    return months.assign(shared=(months["spare"] / months["hours"].where(months["hours"] > 0)).fillna(0.0))


def _loads(spread: pd.DataFrame, scale: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return hours by draw (rows) and owner and month (columns)."""
    factor, share = scale
    return factor[:, None] * (spread["hours"].to_numpy() - share[:, None] * spread["spare"].to_numpy())


def _measures(spread: pd.DataFrame, scale: tuple[np.ndarray, np.ndarray], limit: float) -> dict[str, np.ndarray]:
    factor, share = scale
    # Among months of which the same part can be spared, the heaviest is the heaviest in every draw.
    heaviest = spread.loc[spread.groupby("shared")["hours"].idxmax()]
    near = spread[spread["hours"] * factor.max() > limit]
    whole = spread[["hours", "spare"]].sum().round(6)  # months add up to the plans but for rounding
    span = (spread["month"].max() - spread["month"].min()).days / DAYS_A_MONTH + 1
    return {
        "hours": factor * (whole["hours"] - share * whole["spare"]),
        "months": np.full(len(factor), np.round(span)),
        "peak": _loads(heaviest, scale).max(axis=1),
        "overloaded": (_loads(near, scale) > limit).sum(axis=1).astype(float),
    }


def _table(draws: dict[str, dict[str, np.ndarray]], level: float) -> pd.DataFrame:
    units = {"hours": "hours", "months": "months", "peak": "hours a month", "overloaded": "months of an owner"}
    one, other = draws["integrated"], draws["one after the other"]
    every = {**draws, "difference": {name: one[name] - other[name] for name in units}}
    rows = []
    for way, measures in every.items():
        for name, unit in units.items():
            fixed = name == "months"
            ends = (np.nan, np.nan) if fixed else _tails(measures[name], level)
            reason = "from the dates of the plans, taken as given" if fixed else ""
            rows.append((way, name, float(measures[name][0]), *ends, unit, reason))
    columns = ["way", "measure", "estimate", "conf_low", "conf_high", "unit", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _tails(draws: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.quantile(draws[1:], [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _months(
    way: str, spread: pd.DataFrame, scale: tuple[np.ndarray, np.ndarray], limit: float, level: float
) -> pd.DataFrame:
    factor, share = scale
    hours, spare = (spread[name].to_numpy() for name in ("hours", "spare"))
    part, of = np.unique(spread["shared"].to_numpy(), return_inverse=True)
    ends = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(factor[1:, None] * (1 - share[1:, None] * part), ends, axis=0)[:, of] * hours
    likely = factor[0] * (hours - share[0] * spare)
    table = spread[["owner_role", "month"]].assign(hours=likely, conf_low=low, conf_high=high)
    table.insert(0, "way", way)
    return table.assign(overloaded=table["hours"] > limit)


def _once(tasks: pd.DataFrame, hours: pd.Series, spare: pd.Series) -> pd.DataFrame:
    """Return a row for each joined task; hours_once holds what could be spared until a share of it is assumed."""
    rows = tasks.assign(hours_apart=hours, hours_once=spare)
    table = rows.groupby("joint", sort=False).agg(
        name=("name", "first"),
        category=("category", "first"),
        plans=("plan", "; ".join),
        tasks=("task_id", "size"),
        hours_apart=("hours_apart", "sum"),
        hours_once=("hours_once", "sum"),
        start=("begin", "first"),
        end=("finish", "first"),
        moved=("moved", "first"),
    )
    return table.sort_values(["start", "end"], kind="stable").reset_index(drop=True)


def _assumed(assumed: Mapping[str, Range], limit: float) -> str:
    ranges = "; ".join(f"{name} {low:g} to {high:g}, most likely {mid:g}" for name, (low, mid, high) in assumed.items())
    return f"Assumed, not found: {ranges}; overload line {limit:g} hours a month."


def _notes(tasks: pd.DataFrame) -> list[str]:
    notes = [claim("B16").label + "."]
    bare = int(tasks["person_hours"].isna().sum())
    notes += [f"{bare} tasks have no hours and count as 0."] if bare else []
    late = tasks[tasks["moved"] > 0].drop_duplicates("joint")["name"]
    notes += (
        [f"Moved later, as what comes first in another plan ends later: {some(map(repr, late))}."] if len(late) else []
    )
    near = nearly_alike(tasks)
    notes += [f"Perhaps the same, but named apart and so not joined: {some(near)}."] if near else []
    spans = tasks.groupby("plan").agg(start=("start", "min"), end=("end", "max")).sort_values("start")
    if (spans["start"].to_numpy()[1:] > spans["end"].cummax().to_numpy()[:-1]).any():
        notes.append(
            "Some plans do not overlap in time as they are dated: give dates at which they could run together."
        )
    return notes


def _text(table: pd.DataFrame, months: pd.DataFrame, shared: int, level: float) -> str:
    found = table.set_index(["way", "measure"])
    saved = cast("pd.Series", found.loc[("difference", "hours")])
    one, other = (cast("pd.DataFrame", found.loc[way])["estimate"] for way in ("integrated", "one after the other"))
    busy = months[months["overloaded"] & (months["way"] == "integrated")]["owner_role"].value_counts()
    most = f", most for the {busy.index[0]}" if len(busy) else ""
    return (
        f"In one change, {shared} task{' is' if shared == 1 else 's are'} shared; it takes about {one['hours']:,.0f} "
        f"hours, {_signed(saved['estimate'])} ({level:.0%} range {_signed(saved['conf_low'])} to "
        f"{_signed(saved['conf_high'])}) "
        f"against one after the other, and {one['months']:.0f} in place of {other['months']:.0f} months. Overloaded "
        f"months: {one['overloaded']:.0f} in one change{most}, {other['overloaded']:.0f} one after the other. These "
        "follow from assumptions about sharing, not from districts that have done it."
    )


def _signed(hours: float) -> str:
    return f"{round(hours):+,}" if round(hours) else "0"
