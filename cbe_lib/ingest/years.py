"""Columns of school years in their many spellings, turned into the spring year in which each ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.ingest.distinct import Distinct
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.sheetdates import pieces
from cbe_lib.ingest.texts import folded, is_blank, refuse_common

Means = Literal["end", "start"]
FIRST, LAST = 1950, 2100
DATED = "school year turned into a date"

_YEAR = r"(?:sy|ay|school year|academic year|year)?\s*'?"
_PAIR = re.compile(rf"{_YEAR}(\d{{4}}|\d{{2}})\s*(?:-|/|_|to|through)\s*'?(\d{{4}}|\d{{2}})(?: school year)?")
_COMPACT = re.compile(r"(?:sy)?\s*(\d{2})(\d{2})")
_ENDING = re.compile(
    r"(?:sy|ay|fy|school year|fiscal year|academic year|spring|year ending|school year ending)\s*'?(\d{4}|\d{2})"
)
_SPRING = re.compile(r"(\d{4})\s*(?:-\s*)?spring|(?:jan|feb|mar|apr|may|jun)[a-z]*\.? (\d{4})")
_FALL = re.compile(
    r"(?:fall|autumn)\s*'?(\d{4}|\d{2})|(\d{4})\s*(?:-\s*)?fall|(?:sept?|oct|nov)(?:ember|tember|ober)?\.? (\d{4})"
)
_BARE = re.compile(r"(\d{4})(?:\.0*)?")
_HEADING_END = re.compile(r"\b(end|ending|ends|spring|fy|fiscal|year_end|endyear|end_year)\b")
_HEADING_START = re.compile(r"\b(start|starting|starts|fall|begin|beginning|start_year)\b")


@dataclass(frozen=True)
class _Year:
    """One spelling, read: the spring year, or the bare year that still needs a meaning; `rule` names the spelling."""

    end: int | None = None
    bare: int | None = None
    rule: str = ""


def parse_years(
    raw: pd.Series, heading: str, year_means: Means | None = None, *, dates_as_ranges: bool = False
) -> tuple[pd.Series, list[Finding]]:
    """In which spring does each school year of the column end?

    Parameters
    ----------
    raw : Series of str
        Cells as they stand in the file; NA where empty.
    heading : str
        Heading to name in the findings. One that says "ending", "spring", "fiscal" or "start", "fall" gives bare
        years their meaning.
    year_means : {"end", "start"}, optional
        What a bare 2015 means: the school year that ends (2014-15) or starts (2015-16) in it. Without it and without
        such a heading, bare years are rejected. For a test given in the fall, "end" counts Fall 2014 as the school
        year 2013-14, whose teaching it measures; without it, Fall 2014 is 2014-15, with a warning.
    dates_as_ranges : bool
        Read 2011-12-01 as the school year 2011-12, which spreadsheets turn into that date.

    Returns
    -------
    Series of Int64, list of Finding

    Raises
    ------
    CbeError
        If `year_means` is something else.

    Examples
    --------
    >>> spellings = ["2014-15", "2014-2015", "1415", "SY15", "FY2015", "2014/15", "2014-16"]
    >>> parse_years(pd.Series(spellings, dtype="str"), "Year")[0].fillna(0).tolist()
    [2015, 2015, 2015, 2015, 2015, 2015, 0]
    >>> parse_years(pd.Series(["2015"], dtype="str"), "Year", "start")[0].tolist()
    [2016]
    """
    if year_means not in ("end", "start", None):
        raise CbeError.build('`year_means` must be "end" or "start"', found=f"Found {year_means!r}")
    cells = Distinct(raw, heading)
    compact = any(_is_compact(folded(text)) for text in cells.texts)
    meaning = year_means or _heading_says(heading)
    years = [_one(cells, number, meaning, year_means, compact, dates_as_ranges) for number in range(len(cells.texts))]
    return cells.spread(years, None, "Int64"), cells.findings()


def _heading_says(heading: str) -> Means | None:
    key = folded(heading).replace("_", " ")
    end, start = _HEADING_END.search(key) or _HEADING_END.search(folded(heading)), _HEADING_START.search(key)
    if bool(end) == bool(start):
        return None
    return "end" if end else "start"


def _one(
    cells: Distinct, number: int, meaning: Means | None, declared: Means | None, compact: bool, dates: bool
) -> int | None:
    text = cells.texts[number]
    if refuse_common(cells, number) or is_blank(text):
        return None
    key = folded(text)
    if fall := _FALL.fullmatch(key):
        return _fall(cells, number, _four(fall[1] or fall[2] or fall[3]), declared)
    if (date := pieces(key)) and not _SPRING.fullmatch(key):
        return _from_date(cells, number, *date, accept=dates)
    year = _spelled(key, compact)
    if year is None:
        cells.note(number, "not a school year", "rejected", "Write 2014-15, or the spring year with year_means='end'")
        return None
    if year.bare is not None:
        return _bare(cells, number, year.bare, meaning)
    return _within(cells, number, year.end, year.rule)


def _is_compact(key: str) -> bool:
    """Say whether 1415 must be a school year because it cannot be a calendar year."""
    found = _COMPACT.fullmatch(key)
    return bool(found and (int(found[1]) + 1) % 100 == int(found[2]) and not FIRST <= int(found[1] + found[2]) <= LAST)


def _spelled(key: str, compact: bool) -> _Year | None:
    if found := _PAIR.fullmatch(key):
        return _pair(found[1], found[2])
    joined = _COMPACT.fullmatch(key)
    if joined and (compact or key.startswith("sy")) and (int(joined[1]) + 1) % 100 == int(joined[2]):
        return _Year(_four(joined[2]), rule="short school year")
    if found := _ENDING.fullmatch(key):
        return _Year(_four(found[1]), rule="year named by its end")
    if found := _SPRING.fullmatch(key):
        return _Year(int(found[1] or found[2]), rule="year named by its end")
    if found := _BARE.fullmatch(key):
        return _Year(bare=int(found[1]))
    return None


def _pair(first: str, second: str) -> _Year | None:
    start, end = _four(first), _four(second)
    if len(first) == 4 and len(second) == 2:
        end = start - start % 100 + int(second)
        end += 100 if end < start else 0
    return _Year(end, rule="school year turned into its spring year") if end == start + 1 else None


def _four(digits: str) -> int:
    """Return a year of two digits as one of four: 50 to 99 lie in the last century."""
    number = int(digits)
    if len(digits) == 4:
        return number
    return number + (1900 if number >= FIRST % 100 else 2000)


def _within(cells: Distinct, number: int, end: int | None, rule: str) -> int | None:
    if end is None or not FIRST <= end <= LAST:
        cells.note(number, "year out of range", "rejected", f"Years run from {FIRST} to {LAST}: correct the cell")
        return None
    if rule:
        cells.note(number, rule, "handled", "2014-15 is 2015, the spring in which the school year ends")
    return end


def _bare(cells: Distinct, number: int, year: int, meaning: Means | None) -> int | None:
    if not FIRST <= year <= LAST:
        return _within(cells, number, year, "")
    if meaning is None:
        ends, starts = f"{year - 1}-{year % 100:02d}", f"{year}-{(year + 1) % 100:02d}"
        advice = f"Say what {year} means: year_means='end' for {ends}, 'start' for {starts}"
        cells.note(number, "bare year", "rejected", advice)
        return None
    rule = f"bare year read as the {meaning} of the school year"
    cells.note(number, rule, "handled", "Check with one year that you know; year_means= changes it")
    return year if meaning == "end" else year + 1


def _fall(cells: Distinct, number: int, year: int, declared: Means | None) -> int | None:
    shifted = declared == "end"
    result = f"{year - 1}-{year % 100:02d}" if shifted else f"{year}-{(year + 1) % 100:02d}"
    advice = (
        f"Counted as {result}. A test in the fall measures the teaching of the year before: year_means='end' counts it "
        "there, year_means='start' keeps it in the school year in which it was given"
    )
    cells.note(number, "tested in the fall", "handled" if declared else "warned", advice)
    return _within(cells, number, year if shifted else year + 1, "")


def _from_date(
    cells: Distinct, number: int, month: int, day: int | None, year: int | None, *, accept: bool
) -> int | None:
    """Read December 2011 as 2011-12 where that is what was typed; any other date is no school year."""
    full = None if year is None else _four(f"{year:02d}" if year < 100 else f"{year:04d}")
    if day is not None and day > 1 and full is None:
        full, day = 2000 + day, None  # Dec-11
    if full is not None and day in (None, 1) and (full + 1) % 100 == month % 100:
        meant = f"{full}-{month:02d}"
        if accept:
            cells.note(number, DATED, "handled", f"Read as {meant}, as dates_as_ranges=True asks")
            return full + 1
        cells.note(number, DATED, "rejected", f"Most likely {meant}: correct the cell, or pass dates_as_ranges=True")
        return None
    cells.note(number, "date in a column of years", "rejected", "Write the school year, for instance 2014-15")
    return None
