"""Columns of plain numbers, dates, yes or no, and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from cbe_lib.ingest.distinct import Distinct
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.numeric import begin
from cbe_lib.ingest.texts import cleaned, folded, is_blank, refuse_common

YES = frozenset({"yes", "y", "true", "t", "1", "1.0", "x", "✓"})
NO = frozenset({"no", "n", "false", "f", "0", "0.0"})
_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y", "%m/%d/%y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
_MONEY = re.compile(r"(-?)\$\s*(?=[\d.])")


def parse_numbers(
    raw: pd.Series,
    heading: str,
    *,
    suppressed: Mapping[str, str] | None = None,
    sentinels: Iterable[float] = (),
) -> tuple[pd.Series, list[Finding]]:
    """Which number does each cell give? Hidden cells become missing; ranges and words are rejected.

    Parameters
    ----------
    raw, heading, suppressed, sentinels
        As for `parse_rates`.

    Returns
    -------
    Series of float, list of Finding

    Examples
    --------
    >>> parse_numbers(pd.Series(["$1,200", "-0.5", "4 or 5"], dtype="str"), "cost")[0].tolist()
    [1200.0, -0.5, nan]
    """
    found = begin(
        raw.str.replace(_MONEY, r"\1", regex=True), heading, suppressed or {}, sentinels, False, negative=True
    )
    for number, cell in enumerate(found.read):
        if cell.kind == "interval":
            found.reject(number, "range where one number is needed", "Give one number, or leave the cell blank")
        elif cell.kind == "number" and found.reason[number] is None:
            found.value[number] = cell.low
    return found.column("value", "float64"), found.cells.findings()


def parse_dates(raw: pd.Series, heading: str) -> tuple[pd.Series, list[Finding]]:
    """Which day does each cell name? Days are read as the United States write them: month before day.

    Examples
    --------
    >>> parse_dates(pd.Series(["9/1/2009", "2009-09-01"], dtype="str"), "start")[0].dt.day.tolist()
    [1, 1]
    """
    cells = Distinct(raw, heading)
    days = [_day(cells, number) for number in range(len(cells.texts))]
    return cells.spread(days, pd.NaT, "datetime64[us]"), cells.findings()


def _day(cells: Distinct, number: int) -> pd.Timestamp | None:
    text = cells.texts[number]
    if refuse_common(cells, number) or is_blank(text):
        return None
    for form in _FORMATS:
        day = pd.to_datetime(cleaned(text), format=form, errors="coerce")
        if not pd.isna(day):
            return day
    cells.note(number, "not a date", "rejected", "Write YYYY-MM-DD, for instance 2009-09-01")
    return None


def parse_flags(raw: pd.Series, heading: str) -> tuple[pd.Series, list[Finding]]:
    """Does each cell say yes or no?

    Examples
    --------
    >>> parse_flags(pd.Series(["Yes", "n", "maybe"], dtype="str"), "hybrid")[0].tolist()
    [True, False, <NA>]
    """
    cells = Distinct(raw, heading)
    flags: list[bool | None] = []
    for number, text in enumerate(cells.texts):
        key = folded(text)
        flags.append(True if key in YES else False if key in NO else None)
        if flags[-1] is None and not refuse_common(cells, number) and not is_blank(text):
            cells.note(number, "neither yes nor no", "rejected", "Write yes or no, or leave the cell blank")
    return cells.spread(flags, None, "boolean"), cells.findings()


def parse_lists(raw: pd.Series, heading: str) -> tuple[pd.Series, list[Finding]]:
    """Which items does each cell list? They may be parted by semicolons, bars or line breaks.

    Examples
    --------
    >>> parse_lists(pd.Series(["P1;P2", "P3"], dtype="str"), "principles")[0].tolist()
    ['P1; P2', 'P3']
    """
    cells = Distinct(raw, heading)
    lists: list[str | None] = []
    for number, text in enumerate(cells.texts):
        if refuse_common(cells, number) or is_blank(text):
            lists.append(None)
            continue
        items = [" ".join(item.split()) for item in re.split(r"[;|\r\n]+", text)]
        lists.append("; ".join(item for item in items if item) or None)
    return cells.spread(lists, None, "str"), cells.findings()
