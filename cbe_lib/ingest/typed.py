"""Columns of text become columns of a table: each by its kind, with what its unit and range allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cbe_lib.ingest import cells
from cbe_lib.ingest.declared import FileMapping
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.headings import words
from cbe_lib.tables.spec import Column, known

_NAMES = (
    "district name",
    "name",
    "lea name",
    "organization name",
    "org name",
    "entity name",
    "agency name",
    "school name",
)
_SCHOOLS = ("school", "school name", "school id", "school number", "school code", "sch name", "ncessch")


@dataclass
class Typed:
    """Columns under construction.

    Attributes
    ----------
    declared : FileMapping
        What the reader said about the file.
    spring : bool
        Bare years are spring years, because the file is in the form that this library writes.
    columns : dict of str to Series
        Finished columns, by the name that the table gives them.
    findings : list of Finding
    """

    declared: FileMapping
    spring: bool = False
    columns: dict[str, pd.Series] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, name: str, read: tuple[pd.Series, list[Finding]]) -> None:
        """Keep one column and what was found in it; it goes before what another column said about the same."""
        values, found = read
        self.columns[name] = values.fillna(self.columns[name]) if name in self.columns else values
        self.findings += found


def type_columns(
    raw: pd.DataFrame, chosen: Mapping[str, str], declared: FileMapping, *, spring: bool, dates: Mapping[str, pd.Series]
) -> Typed:
    """Read each chosen heading of `raw` as the column that it is.

    Parameters
    ----------
    raw : DataFrame of str
        The file, row by row.
    chosen : mapping of str to str
        Heading -> column.
    declared : FileMapping
        What the reader said about the file.
    spring : bool
        Take bare years as spring years where nothing else is said.
    dates : mapping of str to Series
        For headings whose cells show less than their date: the full dates.
    """
    typed = Typed(declared, spring)
    headings = {column: heading for heading, column in chosen.items()}
    for column in known(declared.table).columns:
        heading = headings.get(column.name)
        if heading is not None:
            given = dates.get(heading, raw[heading]) if column.kind == "date" else raw[heading]
            _read(typed, column, heading, given)
        elif column.name in declared.constants:
            _read(typed, column, column.name, _constant(declared.constants[column.name], len(raw)))
    if declared.table == "outcomes":
        _levels(typed, raw, headings.get("district_id", ""))
    for column in known(declared.table).columns:
        _in_range(typed, column, headings, raw)
    _in_order(typed, headings, raw)
    return typed


def _constant(value: object, rows: int) -> pd.Series:
    text = value.isoformat()[:10] if isinstance(value, pd.Timestamp) else str(value)
    return pd.Series([text] * rows, dtype="str")


def _read(typed: Typed, column: Column, heading: str, raw: pd.Series) -> None:
    """Read one column by its kind; those that outcomes treat in their own way come first."""
    codes = {"suppressed": typed.declared.suppressed, "sentinels": typed.declared.sentinels}
    outcomes = typed.declared.table == "outcomes"
    if outcomes and column.name == "value":
        _rates(typed, heading, raw)
    elif outcomes and column.name == "subgroup":
        typed.add(column.name, cells.parse_subgroups(raw, heading))
    elif outcomes and column.name == "level":
        typed.add(column.name, cells.parse_levels(raw, heading))
    elif column.kind == "count":
        _counts(typed, column, heading, raw)
    elif column.kind == "number" and column.unit == "percent":
        _percents(typed, column, heading, raw)
    elif column.kind == "number":
        typed.add(column.name, cells.parse_numbers(raw, heading, **codes))
    else:
        _others(typed, column, heading, raw)


def _others(typed: Typed, column: Column, heading: str, raw: pd.Series) -> None:
    declared = typed.declared
    if column.kind == "id":
        typed.add(
            column.name, cells.parse_ids(raw, heading, declared.id_width if column.name == "district_id" else None)
        )
    elif column.kind == "year":
        spring = typed.spring or column.name in declared.constants
        means = declared.year_means or ("end" if spring else None)
        typed.add(column.name, cells.parse_years(raw, heading, means, dates_as_ranges=declared.dates_as_ranges))
    elif column.kind == "date":
        typed.add(column.name, cells.parse_dates(raw, heading))
    elif column.kind == "flag":
        typed.add(column.name, cells.parse_flags(raw, heading))
    elif column.kind == "list":
        typed.add(column.name, cells.parse_lists(raw, heading))
    elif column.choices:
        typed.add(column.name, cells.parse_choices(raw, heading, column.choices))
    elif column.name == "raw_cell":
        typed.columns[column.name] = raw
    else:
        typed.add(column.name, cells.parse_texts(raw, heading))


def _rates(typed: Typed, heading: str, raw: pd.Series) -> None:
    declared = typed.declared
    read = cells.parse_rates(
        raw,
        heading,
        suppressed=declared.suppressed,
        sentinels=declared.sentinels,
        dates_as_ranges=declared.dates_as_ranges,
    )
    typed.findings += read.findings
    typed.columns |= {"value": read.value, "lo": read.lo, "hi": read.hi}
    typed.columns |= {"suppressed_reason": read.reason, "raw_cell": raw}


def _percents(typed: Typed, column: Column, heading: str, raw: pd.Series) -> None:
    declared = typed.declared
    read = cells.parse_rates(raw, heading, suppressed=declared.suppressed, sentinels=declared.sentinels)
    if column.name in ("lo", "hi") and declared.table == "outcomes":
        _limits(typed, column.name, read)
        return
    typed.add(column.name, (read.value, read.findings))
    ranges = np.flatnonzero(read.value.isna() & (read.lo.notna() | read.hi.notna()))
    if len(ranges):
        advice = "The cell is missing in the table, which keeps one number here; raw cells stay in `.raw`"
        typed.findings.append(
            Finding("range where one number is kept", "warned", heading, advice, ranges, [raw.iloc[ranges[0]]])
        )


def _limits(typed: Typed, name: str, read: cells.ParsedRates) -> None:
    """Let limits that have a column of their own stand before those that the cell of the rate gives."""
    own = typed.columns.get(name, read.value)
    typed.columns[name] = read.value.fillna(own)
    typed.findings += read.findings


def _counts(typed: Typed, column: Column, heading: str, raw: pd.Series) -> None:
    declared = typed.declared
    read = cells.parse_counts(
        raw,
        heading,
        suppressed=declared.suppressed,
        sentinels=declared.sentinels,
        dates_as_ranges=declared.dates_as_ranges,
    )
    typed.add(column.name, (read.value, read.findings))
    if column.name == "n_tested" and (read.lo.notna() | read.hi.notna()).any():
        typed.columns |= {"n_lo": read.lo, "n_hi": read.hi}


def _levels(typed: Typed, raw: pd.DataFrame, heading: str) -> None:
    """Tell totals from districts by their names; a total without an id is called by its name."""
    if "district_id" not in typed.columns:
        return
    ids = typed.columns["district_id"]
    label = next((name for name in raw if words(str(name)) in _NAMES), heading or None)
    if label is None:
        return
    level, found = cells.total_levels(raw[label], None if label == heading else ids)
    if level.isna().all():
        return
    typed.findings += found
    typed.columns["district_id"] = ids.fillna(raw[label].where(level == "state"))
    schools = any(words(str(name)) in _SCHOOLS for name in raw)
    named = typed.columns.get("level", level)
    typed.columns["level"] = level.fillna(named if schools else named.fillna("district"))


def _in_range(typed: Typed, column: Column, headings: Mapping[str, str], raw: pd.DataFrame) -> None:
    """Reject numbers that cannot be."""
    values = typed.columns.get(column.name)
    if values is None or column.low is None or column.kind not in ("number", "count", "year"):
        return
    high = float("inf") if column.high is None else column.high
    bad = ((values < column.low) | (values > high)).fillna(False).to_numpy(dtype=bool)
    if bad.any():
        advice = f"Legal: {column.legal}; correct the cell or leave it blank"
        _reject(typed, column.name, "number out of range", advice, bad, headings, raw)


def _in_order(typed: Typed, headings: Mapping[str, str], raw: pd.DataFrame) -> None:
    """Reject ends that come before their beginnings."""
    for low, high in known(typed.declared.table).ordered:
        if low in typed.columns and high in typed.columns:
            bad = (typed.columns[low] > typed.columns[high]).fillna(False).to_numpy(dtype=bool)
            if bad.any():
                _reject(
                    typed, high, "out of order", f"It lies before {low!r}; correct one of the two", bad, headings, raw
                )


def _reject(
    typed: Typed, name: str, rule: str, advice: str, bad: np.ndarray, headings: Mapping[str, str], raw: pd.DataFrame
) -> None:
    source = raw[headings[name]] if name in headings else typed.columns[name]
    rows = np.flatnonzero(bad)
    typed.columns[name] = typed.columns[name].mask(bad)
    shown = source.iloc[rows].astype("str").tolist()
    typed.findings.append(Finding(rule, "rejected", headings.get(name, name), advice, rows, shown))
