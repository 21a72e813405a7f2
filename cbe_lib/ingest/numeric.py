"""What columns of rates and of counts have in common: which cells are missing, why, and which are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cbe_lib.ingest import numbers
from cbe_lib.ingest.distinct import Distinct
from cbe_lib.ingest.numbers import Cell
from cbe_lib.ingest.sheetdates import likely_range, of_serial, range_of
from cbe_lib.ingest.texts import ERROR, ERROR_ADVICE, TWO, TWO_ADVICE, cleaned, folded

EMPTY = "blank in the file"
DATE = "range turned into a date"
NEGATIVE = "negative number"
UNKNOWN = "unknown word"
_DECIMAL_COMMA = re.compile(r"\d{1,3}(\.\d{3})*,\d+\s*%?")


@dataclass
class Numbers:
    """Numbers under construction, one entry for each distinct text: the number, its limits, why there is none."""

    cells: Distinct
    read: list[Cell]
    value: list[float | None] = field(init=False)
    lo: list[float | None] = field(init=False)
    hi: list[float | None] = field(init=False)
    reason: list[str | None] = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing known."""
        count = len(self.read)
        self.value, self.lo, self.hi = [None] * count, [None] * count, [None] * count
        self.reason = [None] * count

    def reject(self, number: int, rule: str, advice: str) -> None:
        """Take out one text, with rule and advice."""
        self.cells.note(number, rule, "rejected", advice)
        self.value[number] = self.lo[number] = self.hi[number] = None
        self.reason[number] = f"rejected: {rule}"

    def limit(self, number: int, low: float | None, high: float | None) -> None:
        """Keep one text as an interval."""
        self.value[number], self.lo[number], self.hi[number] = None, low, high
        self.reason[number] = f"published as {cleaned(self.cells.texts[number])}"

    def column(self, name: str, dtype: str) -> pd.Series:
        """Lay `value`, `lo` or `hi` out over the rows."""
        return self.cells.spread(getattr(self, name), None, dtype)

    def reasons(self) -> pd.Series:
        """Lay the reasons out over the rows; missing where there is a number."""
        return self.cells.spread(self.reason, EMPTY, "str")


def begin(
    raw: pd.Series,
    heading: str,
    suppressed: Mapping[str, str],
    sentinels: Iterable[float],
    dates_as_ranges: bool,
    *,
    negative: bool = False,
) -> Numbers:
    """Read each distinct text, and settle those that are neither a number nor an interval.

    `negative` says whether a number below zero may stand in the column.
    """
    declared = {folded(str(code)): reason for code, reason in suppressed.items()}
    cells = Distinct(raw, heading)
    found = Numbers(cells, [numbers.read(text, declared) for text in cells.texts])
    gone = {float(number) for number in sentinels}
    for number, cell in enumerate(found.read):
        if cell.kind == "date" and dates_as_ranges:
            found.read[number] = _from_date(cells, number)
        elif cell.kind == "number" and cell.low in gone:
            found.read[number] = Cell("hidden", reason=f"declared as missing: {cleaned(cells.texts[number])}")
        _settle(found, number, negative)
    return found


def _from_date(cells: Distinct, number: int) -> Cell:
    low, high = range_of(cleaned(cells.texts[number])) or (0, 0)
    cells.note(number, DATE, "handled", f"Read as the range {low}-{high}, as dates_as_ranges=True asks")
    return Cell("interval", low, high)


def _settle(found: Numbers, number: int, negative: bool) -> None:
    """Note what was removed or repaired, and refuse or explain what holds no number."""
    cell = found.read[number]
    if cell.kind == "number" and not (cell.mended or cell.footnote or cell.thousands or (cell.low or 0) < 0):
        return
    cells, text = found.cells, found.cells.texts[number]
    if cell.mended:
        cells.note(number, "broken encoding", "handled", "Read as it was before UTF-8 was taken for cp1252")
    if cell.footnote:
        cells.note(number, "footnote mark removed", "handled", "Check what the mark means at the foot of the table")
    if cell.thousands:
        cells.note(number, "thousands separator removed", "handled", "Nothing to do")
    if cell.kind == "hidden":
        found.reason[number] = cell.reason
        rule = "declared as missing" if cell.reason.startswith("declared as missing") else "suppressed"
        cells.note(number, rule, "handled", f"Left missing, with the reason: {cell.reason}")
    elif cell.kind == "blank":
        found.reason[number] = EMPTY
        if text.strip():
            cells.note(number, "word for blank", "handled", "Left missing")
    elif cell.kind == "error":
        found.reject(number, ERROR, ERROR_ADVICE)
    elif cell.kind == "two":
        found.reject(number, TWO, TWO_ADVICE)
    elif cell.kind == "unknown":
        found.reject(number, UNKNOWN, _unknown_advice(text))
    elif cell.kind == "date":
        found.reject(number, DATE, date_advice(text))
    elif cell.kind == "number" and not negative and cell.low is not None and cell.low < 0:
        found.reject(number, NEGATIVE, f"If {cleaned(text)} stands for missing, pass sentinels=({cleaned(text)},)")


def date_advice(text: str) -> str:
    """Say which range a date most likely was."""
    low, high = range_of(cleaned(text)) or (0, 0)
    return f"Most likely {low}-{high}: correct the cell, or pass dates_as_ranges=True if every date here was a range"


def serial_advice(number: float) -> str:
    """Say what a spreadsheet's serial number of a day most likely was; empty where it is no such number."""
    if not (day := of_serial(number)):
        return ""
    low, high = likely_range(*day)
    month, dom, year = day
    return (
        f"{number:.0f} is what a spreadsheet keeps for {year}-{month:02d}-{dom:02d}, most likely the range {low}-{high}"
    )


def _unknown_advice(text: str) -> str:
    shown = cleaned(text)[:40]
    if _DECIMAL_COMMA.fullmatch(shown):
        return f"Most likely {shown.replace('.', '').replace(',', '.')}: save the file with decimal points, not commas"
    return f"If it hides a number, pass suppressed={{{shown!r}: 'reason'}}; else correct the cell or leave it blank"


def as_floats(values: Iterable[float | None]) -> np.ndarray:
    """Return numbers with NaN where there is none."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)
