"""Columns of rates: percent or share, with suppressed cells, top codes and ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.numeric import Numbers, as_floats, begin, serial_advice

MIXED = "share among percents"
SLIP = "percent among shares"
UNCLEAR = "1 may be 1% or 100%"
HALF = 0.5


@dataclass(frozen=True)
class ParsedRates:
    """A column of rates, read.

    Attributes
    ----------
    value : Series of float
        Percent; missing where the cell is blank, hidden, an interval or rejected.
    lo, hi : Series of float
        Lowest and highest percent that a published range or top code allows; missing elsewhere.
    reason : Series of str
        Why `value` is missing; missing where it is not.
    findings : list of Finding
    """

    value: pd.Series
    lo: pd.Series
    hi: pd.Series
    reason: pd.Series
    findings: list[Finding]


def parse_rates(
    raw: pd.Series,
    heading: str,
    *,
    suppressed: Mapping[str, str] | None = None,
    sentinels: Iterable[float] = (),
    dates_as_ranges: bool = False,
) -> ParsedRates:
    """Which percent does each cell of a rate column give, or which interval, or why none?

    Parameters
    ----------
    raw : Series of str
        Cells as they stand in the file; NA where empty.
    heading : str
        Heading to name in the findings.
    suppressed : mapping of str to str, optional
        Codes of this file that hide a number, with the reason; added to those that come along.
    sentinels : iterable of float
        Numbers of this file that stand for missing, for instance -1 and -9.
    dates_as_ranges : bool
        Read 15-Oct as the range 10-15, not as a broken cell.

    Returns
    -------
    ParsedRates

    Notes
    -----
    Top codes and ranges become intervals, never midpoints: >=95 is 95 to 100. Whether plain numbers are percents or
    shares is settled for the whole column: shares if none exceeds 1, or if most are shares and few exceed 1 (those few
    are rejected). In a column of percents a number between 0 and 1 is rejected as a share if it has more decimals than
    the percents, or if no percent is below 10; else it is a small percent. A cell with its own percent sign is one.

    Examples
    --------
    >>> cells = pd.Series(["81.6%", ">=95", "45-49", "*", "15-Oct"], dtype="str")
    >>> read = parse_rates(cells, "Pct Proficient")
    >>> read.value.fillna(-1).tolist(), read.hi.fillna(-1).tolist()
    ([81.6, -1.0, -1.0, -1.0, -1.0], [-1.0, 100.0, 49.0, -1.0, -1.0])
    >>> read.reason.tolist()[1:]
    ['published as >=95', 'published as 45-49', 'suppressed', 'rejected: range turned into a date']
    """
    found = begin(raw, heading, suppressed or {}, sentinels, dates_as_ranges)
    _numbers(found, _shares(found))
    return ParsedRates(
        found.column("value", "float64"),
        found.column("lo", "float64"),
        found.column("hi", "float64"),
        found.reasons(),
        found.cells.findings(),
    )


def _shares(found: Numbers) -> bool:
    """Settle the scale of the plain numbers; refuse those of the other scale; say whether the column holds shares."""
    plain = [
        number
        for number, cell in enumerate(found.read)
        if cell.kind == "number" and not cell.percent and found.reason[number] is None
    ]
    percents = [number for number, cell in enumerate(found.read) if cell.kind == "number" and cell.percent]
    marked = int(found.cells.counts[percents].sum())
    values = as_floats(found.read[number].low for number in plain)
    counts = found.cells.counts[plain] if plain else np.zeros(0)
    low, one, high = (values > 0) & (values < 1), values == 1, values > 1
    if not high.any() and marked == 0:
        return _all_small(found, plain, low, one)
    suspect = low & _like_shares(found, plain, low, high)
    if not suspect.any():
        return False
    if counts[low | one].sum() > HALF * (counts[low | one | high].sum() + marked) and not _continuous(values, high):
        for number in np.flatnonzero(high):
            advice = "The column holds shares: write this one as a share, or with a percent sign"
            found.reject(plain[number], SLIP, serial_advice(values[number]) or advice)
        return True
    for number in np.flatnonzero(suspect | one):
        found.reject(
            plain[number], MIXED, "The column holds percents: write 69.7 for 0.697, or 0.7% if it is less than 1%"
        )
    return False


def _all_small(found: Numbers, plain: list[int], low: np.ndarray, one: np.ndarray) -> bool:
    if low.any():
        return True
    for number in np.flatnonzero(one):
        found.reject(plain[number], UNCLEAR, "Write 1% or 100%")
    return False


def _like_shares(found: Numbers, plain: list[int], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Say which numbers below 1 cannot well be small percents."""
    decimals = np.array([found.read[number].decimals for number in plain])
    percents = [cell for cell in found.read if cell.kind == "number" and (cell.percent or (cell.low or 0) > 1)]
    usual = max(cell.decimals for cell in percents)
    values = as_floats(found.read[number].low for number in plain)
    smallest = min(cell.low for cell in percents if cell.low is not None)
    few_small = low.sum() > 3 * ((values >= 1) & (values < 4)).sum()
    more = decimals > usual if usual <= 2 else np.full(len(plain), few_small)
    return low & (more | (smallest >= 10))


def _continuous(values: np.ndarray, high: np.ndarray) -> bool:
    """Say whether the numbers above 1 begin right above 1, as small percents do and slips do not."""
    return bool(high.any() and np.mean(values[high] < 10) > HALF)


def _numbers(found: Numbers, shares: bool) -> None:
    for number, cell in enumerate(found.read):
        if found.reason[number] is not None or cell.kind not in ("number", "interval"):
            continue
        scale = 100.0 if shares and not cell.percent and _below_one(cell.low, cell.high) else 1.0
        if cell.kind == "number":
            _number(found, number, cell.low, scale)
        else:
            _interval(found, number, scale)


def _below_one(low: float | None, high: float | None) -> bool:
    return max(low or 0, high or 0) <= 1


def _number(found: Numbers, number: int, percent: float | None, scale: float) -> None:
    if percent is None or percent > 100:
        hint = serial_advice(percent or 0)
        found.reject(number, "above 100%", hint or "A rate ends at 100: correct the cell, or check that this is a rate")
        return
    # 0.697 times 100 is not 69.7 in binary; twelve decimals are more than any table has.
    found.value[number] = round(percent * scale, 12)
    if scale != 1 and percent:
        found.cells.note(
            number, "share turned into percent", "handled", "The whole column holds shares: multiplied by 100"
        )


def _interval(found: Numbers, number: int, scale: float) -> None:
    cell = found.read[number]
    low = 0.0 if cell.low is None else round(cell.low * scale, 12)
    high = 100.0 if cell.high is None else round(cell.high * scale, 12)
    if not low <= high <= 100:
        order = "the lower end stands second" if low > high else "a rate ends at 100"
        found.reject(number, "impossible range", f"Correct the cell: {order}")
        return
    found.limit(number, low, high)
    rule = "range kept as an interval" if cell.low is not None and cell.high is not None else "top or bottom code"
    found.cells.note(number, rule, "handled", "Limits stand in lo and hi; value is missing, no midpoint is made up")
