"""Dates that a spreadsheet made out of something else: ranges, school years, and serial numbers."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_DAY_MONTH = re.compile(rf"(\d{{1,2}})[- ]{_MONTH}(?:[- ,]+(\d{{2,4}}))?", re.IGNORECASE)
_MONTH_NUMBER = re.compile(rf"{_MONTH}[- ](\d{{1,4}})(?:[ ,]+(\d{{4}}))?", re.IGNORECASE)
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?)?"
_ISO = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_TIME}", re.IGNORECASE)
_US = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{2,4}}){_TIME}", re.IGNORECASE)
_FIRST_SERIAL = date(1899, 12, 30)
SERIALS = (29221, 55153)  # 1980 to 2050: what a spreadsheet makes of a range typed in any of these years


def pieces(text: str) -> tuple[int, int | None, int | None] | None:
    """Return month, day and year of a date as spreadsheets show them; None for what is not a date."""
    if found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
        return _possible(month, day, year)
    if found := _US.fullmatch(text):
        month, day, year = map(int, found.groups())
        return _possible(month, day, year)
    if found := _DAY_MONTH.fullmatch(text):
        return _possible(_month(found[2]), int(found[1]), int(found[3]) if found[3] else None)
    if found := _MONTH_NUMBER.fullmatch(text):
        number = int(found[2])
        if number > 31:
            return _possible(_month(found[1]), None, number)
        return _possible(_month(found[1]), number, int(found[3]) if found[3] else None)
    return None


def _month(name: str) -> int:
    return _MONTHS.index(name.casefold()) + 1


def _possible(month: int, day: int | None, year: int | None) -> tuple[int, int | None, int | None] | None:
    return (month, day, year) if 1 <= month <= 12 and (day is None or 1 <= day <= 31) else None


def likely_range(month: int, day: int | None, year: int | None) -> tuple[int, int]:
    """Return the range that a spreadsheet most likely turned into this date.

    10-15 becomes October 15; what cannot be a day becomes a year: 10-39 is shown as Oct-39 and kept as October 1, 1939.
    """
    short = (year or 0) % 100
    if day is None or (day == 1 and short > monthrange(2001, month)[1]):
        return min(month, short), max(month, short)
    return min(month, day), max(month, day)


def of_serial(number: float) -> tuple[int, int, int] | None:
    """Return month, day and year of a spreadsheet's serial number; None where it is no day from 1980 to 2050."""
    if not SERIALS[0] <= number <= SERIALS[1] or number != int(number):
        return None
    day = _FIRST_SERIAL + timedelta(days=int(number))
    return day.month, day.day, day.year


def range_of(text: str) -> tuple[int, int] | None:
    """Return the range that was turned into the date `text`; None where it is no date."""
    found = pieces(text)
    return likely_range(*found) if found else None
