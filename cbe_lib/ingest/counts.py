"""Columns of counts: students tested or enrolled, with bands, suppressed cells and thousands separators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.numeric import Numbers, begin

LARGEST = 1e9


@dataclass(frozen=True)
class ParsedCounts:
    """A column of counts, read.

    Attributes
    ----------
    value : Series of Int64
        Missing where the cell is blank, hidden, a band or rejected.
    lo, hi : Series of Int64
        Lowest and highest count that a band allows; `hi` is missing where the band has no upper end.
    reason : Series of str
        Why `value` is missing; missing where it is not.
    findings : list of Finding
    """

    value: pd.Series
    lo: pd.Series
    hi: pd.Series
    reason: pd.Series
    findings: list[Finding]


def parse_counts(
    raw: pd.Series,
    heading: str,
    *,
    suppressed: Mapping[str, str] | None = None,
    sentinels: Iterable[float] = (),
    dates_as_ranges: bool = False,
) -> ParsedCounts:
    """How many students does each cell of a count column give, or which band, or why none?

    Parameters
    ----------
    raw, heading, suppressed, sentinels, dates_as_ranges
        As for `parse_rates`.

    Returns
    -------
    ParsedCounts

    Examples
    --------
    >>> read = parse_counts(pd.Series(["1,234", "11-20", "<10", "TFS", "12.5"], dtype="str"), "N Tested")
    >>> read.value.fillna(-1).tolist(), read.lo.fillna(-1).tolist(), read.hi.fillna(-1).tolist()
    ([1234, -1, -1, -1, -1], [-1, 11, 0, -1, -1], [-1, 20, 9, -1, -1])
    >>> read.reason.tolist()[3:]
    ['suppressed: too few students', 'rejected: not a whole number']
    """
    found = begin(raw, heading, suppressed or {}, sentinels, dates_as_ranges)
    for number, cell in enumerate(found.read):
        if cell.kind == "interval":
            _band(found, number)
        elif cell.kind == "number" and found.reason[number] is None:
            _count(found, number)
    return ParsedCounts(
        found.column("value", "Int64"),
        found.column("lo", "Int64"),
        found.column("hi", "Int64"),
        found.reasons(),
        found.cells.findings(),
    )


def _count(found: Numbers, number: int) -> None:
    cell = found.read[number]
    if cell.percent:
        found.reject(number, "percent in a column of counts", "Give the number of students")
    elif cell.low is None or cell.low > LARGEST:
        found.reject(number, "impossible count", "Correct the cell, or leave it blank")
    elif cell.low != int(cell.low):
        found.reject(number, "not a whole number", "Students are counted in whole numbers: correct the cell")
    else:
        found.value[number] = int(cell.low)


def _band(found: Numbers, number: int) -> None:
    cell = found.read[number]
    low = int(cell.low or 0) + (cell.sign == "gt") if _fits(cell.low) else None
    high = None if cell.high is None or not _fits(cell.high) else int(cell.high) - (cell.sign == "lt")
    whole = all(end is None or (_fits(end) and end == int(end)) for end in (cell.low, cell.high))
    if low is None or not whole or cell.percent or (high is not None and high < low):
        found.reject(number, "impossible range", "Correct the cell: a band goes from one count to a larger one")
        return
    found.limit(number, low, high)
    found.cells.note(number, "band kept as an interval", "handled", "The count is missing; no midpoint is made up")


def _fits(end: float | None) -> bool:
    return end is None or end <= LARGEST
