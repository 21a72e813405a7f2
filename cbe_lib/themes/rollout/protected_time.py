"""What a weekly hour for teachers to meet takes: working time, money, and minutes of instruction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result

Amount = float | tuple[float, float, float]
LIMITS = {
    "minutes": 2400.0,
    "weeks": 53.0,
    "staff": np.inf,
    "hourly_cost": np.inf,
    "moved": 1.0,
    "instruction": 200000.0,
}
COLUMNS = ["term", "estimate", "low", "high", "unit", "reason"]
NAME = "weekly protected time for teachers to meet"


@dataclass(frozen=True, repr=False)
class ProtectedTime(Result):
    """What protected time takes: see `protected_time`."""

    def task(self, district_id: str, task_id: str, start: str, end: str) -> pd.DataFrame:
        """Return the protected time of a year as a row of the table `plan`.

        Parameters
        ----------
        district_id, task_id : str
            Where the row goes.
        start, end : str
            First and last day, as YYYY-MM-DD.
        """
        hours = self.table.set_index("term").loc["staff_hours", "estimate"]
        row = {"district_id": district_id, "task_id": task_id, "name": NAME, "phase": "transition", "category": "PD"}
        return tables.validate(
            pd.DataFrame([row | {"start": start, "end": end, "person_hours": hours, "dollars": 0.0}]), "plan"
        )


def protected_time(
    minutes: Amount,
    weeks: Amount,
    staff: Amount,
    *,
    hourly_cost: Amount | None = None,
    moved: Amount = 1.0,
    instruction: Amount | None = None,
) -> ProtectedTime:
    """How many hours and dollars does weekly time to meet take, and how many minutes of instruction does it move?

    Each amount is a number, or (lowest, most likely, highest).

    Parameters
    ----------
    minutes : minutes a week, 0 to 2400
    weeks : weeks a year, 0 to 53
    staff : people who meet, 0 or more
    hourly_cost : dollars of an hour of working time, optional
        Time within the contract costs no new money; this is what it is worth.
    moved : share of the minutes that students have no class, 0 to 1
        1 is a late start that is not made up on other days.
    instruction : minutes of instruction that a student has in a year, optional

    Returns
    -------
    ProtectedTime
        `.table`: term, estimate, low, high, unit, reason. Terms: hours_per_person, staff_hours, cost, minutes_moved
        (a student and year), share_moved (of the year's instruction, percent). `.task(...)` gives the row for `plan`.

    Raises
    ------
    CbeError
        For numbers out of range or out of order.

    Notes
    -----
    Hours = minutes / 60 x weeks x staff; cost = hours x cost of an hour; moved = minutes x weeks x share. Low and high
    are all inputs at their ends at once: limits of what is plausible, not an interval of an estimate.

    Examples
    --------
    >>> found = protected_time(60, (34, 36, 38), 50, hourly_cost=40)
    >>> found.table[["term", "estimate", "low", "high"]].head(2).to_dict("split")["data"]
    [['hours_per_person', 36.0, 34.0, 38.0], ['staff_hours', 1800.0, 1700.0, 1900.0]]
    """
    given = {"minutes": minutes, "weeks": weeks, "staff": staff, "hourly_cost": hourly_cost, "moved": moved}
    given["instruction"] = instruction
    ends = {name: _ends(name, value) for name, value in given.items() if value is not None}
    each = ends["minutes"] * ends["weeks"]
    lost = each * ends["moved"]
    hours = each / 60 * ends["staff"]
    rows = [
        ("hours_per_person", *_limits(each / 60), "hours a year", ""),
        ("staff_hours", *_limits(hours), "hours a year", ""),
        _optional(
            "cost", hours * ends["hourly_cost"] if "hourly_cost" in ends else None, "dollars a year", "hourly_cost"
        ),
        ("minutes_moved", *_limits(lost), "minutes a student and year", ""),
        _optional(
            "share_moved", _share(lost, ends.get("instruction")), "percent of the year's instruction", "instruction"
        ),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    notes = (
        "Low and high take all inputs at their ends at once.",
        "The cost is what the working time is worth; time within the contract costs no new money.",
        claim("A06").label + ".",
    )
    return ProtectedTime(table, _text(table), notes, None)


def _ends(name: str, value: Amount) -> np.ndarray:
    """Return lowest, most likely and highest value."""
    try:
        ends = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        ends = np.full(0, np.nan)
    ends = np.repeat(ends, 3) if ends.ndim == 0 else ends
    if ends.shape != (3,) or not (np.isfinite(ends).all() and 0 <= ends[0] <= ends[1] <= ends[2] <= LIMITS[name]):
        raise CbeError.build(
            f"`{name}` must be a number, or lowest, most likely and highest, 0 to {LIMITS[name]:g}",
            found=f"Found {value!r}",
            advice=f"For instance {name}=(a, b, c) with a <= b <= c",
        )
    return ends


def _limits(ends: np.ndarray) -> tuple[float, float, float]:
    return float(ends[1]), float(ends[0]), float(ends[2])


def _share(lost: np.ndarray, instruction: np.ndarray | None) -> np.ndarray | None:
    if instruction is None:
        return None
    whole = instruction[::-1]
    if (lost > whole).any() or (whole == 0).any():
        raise CbeError.build(
            "More minutes are moved than students have instruction",
            found=f"Found {lost.max():g} minutes moved a year, and {whole.min():g} minutes of instruction",
            advice="Give `instruction` in minutes a year, for instance 60000",
        )
    return 100 * lost / whole


def _optional(term: str, ends: np.ndarray | None, unit: str, needs: str) -> tuple:
    if ends is None:
        return term, np.nan, np.nan, np.nan, unit, f"cannot tell: `{needs}` is not given"
    return term, *_limits(ends), unit, ""


def _ranged(row: dict, sign: str = "", unit: str = "") -> str:
    """Return the likely value and its range, if it has one."""
    likely, low, high = (f"{sign}{row[name]:,.0f}" for name in ("estimate", "low", "high"))
    words = f"{likely} {unit}".strip()
    return words if row["low"] == row["high"] else f"{words} ({low} to {high})"


def _text(table: pd.DataFrame) -> str:
    terms = {row["term"]: row for row in table.to_dict("records")}
    hours, cost, lost = (terms[term] for term in ("staff_hours", "cost", "minutes_moved"))
    worth = "" if cost["reason"] else f", worth about {_ranged(cost, '$')}"
    return (
        f"The time to meet takes {_ranged(hours, unit='working hours a year')}{worth}, and moves "
        f"{lost['estimate']:,.0f} minutes of class a student and year. Whether "
        "the time makes the first year bearable is not shown by what it costs."
    )
