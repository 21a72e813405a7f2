"""The verb: a file in, a validated table and a complete report out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, some
from cbe_lib.ingest import crossrows
from cbe_lib.ingest.declared import FileMapping, declare, load_mapping
from cbe_lib.ingest.findings import Finding, in_order, report
from cbe_lib.ingest.grid import Grid
from cbe_lib.ingest.header import Head, Sheet, cut, find_head
from cbe_lib.ingest.mapping import Plan, plan
from cbe_lib.ingest.reading import Reading, grouped, in_words
from cbe_lib.ingest.sources import grids, named
from cbe_lib.ingest.typed import Typed, type_columns
from cbe_lib.ingest.wide import Long, lengthen, year_label
from cbe_lib.tables.spec import known


class _Found(NamedTuple):
    """A table in its file: the sheet as it is, the table cut out of it, and what becomes of its headings."""

    grid: Grid
    sheet: Sheet
    plan: Plan


def read(
    path: str | Path,
    table: str = "outcomes",
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    id_width: int | None = None,
    year_means: Literal["end", "start"] | None = None,
    suppressed: Mapping[str, str] | None = None,
    sentinels: Iterable[float] = (),
    no_test: Iterable[int] = (),
    regimes: Mapping[str, int] | None = None,
    keep: Mapping[str, Any] | None = None,
    dates_as_ranges: bool = False,
    sheet: str | None = None,
    mapping: str | Path | FileMapping | None = None,
) -> Reading:
    r"""What is in this file, what of it can be used as `table`, and what must be corrected first?

    Parameters
    ----------
    path : str or Path
        A text file (comma, semicolon, tab or bar; the encoding is found), .xlsx, .xls or Parquet; or the address of a
        database, for instance "sqlite:///ratings.db" or "postgresql://user:password@host/base", which is only read.
    table : str
        Name of the table: one of `cbe_lib.tables.names()`.
    columns : mapping of str to str, optional
        {heading: column of the table}, over what is proposed. Two lines of headings are joined with a space;
        "pct_{year}" stands for one column a year. See `propose`.
    constants : mapping of str to object, optional
        {column: value} for what the file does not say because it is the same in all rows.
    id_width : int, optional
        Digits of a district's id, 1 to 30; shorter ones get their leading zeros back.
    year_means : {"end", "start"}, optional
        The school year that a bare 2015 means: 2014-15 or 2015-16. Not guessed.
    suppressed : mapping of str to str, optional
        {code: reason} for codes of this file that hide a number.
    sentinels : iterable of float
        Numbers of this file that stand for missing, for instance (-1, -9).
    no_test : iterable of int
        Spring years without a test, for instance (2020,).
    regimes : mapping of str to int, optional
        {test: first spring year}.
    keep : mapping of str to object, optional
        {heading: value} picks among rows with one key.
    dates_as_ranges : bool
        Read 15-Oct as the range 10-15 that a spreadsheet turned into it.
    sheet : str, optional
        Sheet of a workbook, where several hold a table; for a database, a table or one SELECT.
    mapping : str, Path or FileMapping, optional
        What `save_mapping` kept of an earlier file; the other arguments are put over it.

    Returns
    -------
    Reading
        `.frame` (the validated table), `.report` (file, sheet, row, column, cell, rule, action, advice, count),
        `.table` (the report, grouped), `.raw`, `.mapping`, `.text`, `.notes`, `.to_html()`, `.to_csv(path)`.

    Raises
    ------
    CbeError
        If no table can be found: the file cannot be opened or is no table, needed columns are not known by name or
        could be several headings, or several sheets hold a table. Bad cells never raise; they are in the report.

    Notes
    -----
    A rejected cell becomes missing; a row whose key is rejected or stands twice is left out, and counted. Ranges and
    top codes fill `lo` and `hi` and leave `value` missing. Nothing in a file is run, and hidden sheets are not read.
    Rows of Parquet files and databases are counted from 1. Bare years are taken as spring years without being
    declared only in a file that has the columns of this library.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from cbe_lib import ingest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "state.csv"
    ...     _ = file.write_text("District ID,School Year,% Proficient\n30,2013-14,61.5\n30,2014-15,>=95\n")
    ...     found = ingest.read(file, id_width=3)
    >>> found.frame[["district_id", "year", "value", "lo", "hi"]].fillna(-1).to_dict("split")["data"]
    [['030', 2014, 61.5, -1.0, -1.0], ['030', 2015, -1.0, 95.0, 100.0]]
    """
    known(table)
    said = declare(
        table,
        columns=columns,
        constants=constants,
        id_width=id_width,
        year_means=year_means,
        suppressed=suppressed,
        sentinels=sentinels,
        no_test=no_test,
        regimes=regimes,
        keep=keep,
        dates_as_ranges=dates_as_ranges,
        sheet=sheet,
    )
    if mapping is not None:
        said = said.over(mapping if isinstance(mapping, FileMapping) else load_mapping(mapping))
    return _reading(path, said)


def propose(path: str | Path, table: str = "outcomes", *, sheet: str | None = None) -> pd.DataFrame:
    """Which heading of this file would be read as which column, and why?

    Parameters
    ----------
    path, table, sheet
        As for `read`.

    Returns
    -------
    DataFrame
        heading, column (missing: kept as text), reason, sample (the first three different cells): a row for each
        heading; what is wrong goes into `columns=` of `read`.

    Raises
    ------
    CbeError
        If the file is no table.

    Examples
    --------
    >>> from cbe_lib import ingest, samples
    >>> ingest.propose(samples.folder() / "westminster.csv")[["heading", "column"]].head(3).to_dict("split")["data"]
    [['district_id', 'district_id'], ['subject', 'subject'], ['grade', 'grade']]
    """
    known(table)
    grid, head = _best_sheet(path, declare(table, sheet=sheet))
    cells = cut(grid, head).cells
    made = plan(list(map(str, cells)), table, named(path), ask=False)
    lines = [(heading, column, reason) for heading, column, reason in made.choices]
    lines += [
        (heading, block.column, f"{block.pattern}: {block.reason}")
        for block in made.blocks
        for heading in block.headings
    ]
    order = {heading: place for place, heading in enumerate(cells)}
    proposal = pd.DataFrame(sorted(lines, key=lambda line: order[line[0]]), columns=["heading", "column", "reason"])
    proposal["sample"] = [some(cells[heading].dropna().unique()[:3]) for heading in proposal["heading"]]
    return proposal.astype("str")


def _reading(path: str | Path, said: FileMapping) -> Reading:
    found = _found(path, said)
    long = lengthen(found.sheet, found.plan.blocks)
    raw, chosen = long.cells, _chosen(found.plan)
    dates = {} if found.plan.blocks else found.sheet.dates
    typed = type_columns(raw, chosen, said, spring=_own_form(raw.columns, said.table), dates=dates)
    frame, across = crossrows.check(
        _ordered(typed, raw), raw=raw, table=said.table, regimes=said.regimes, no_test=said.no_test, keep=said.keep
    )
    place = frame.index.to_numpy()
    kept = raw if np.array_equal(place, np.arange(len(raw))) else raw.take(place).reset_index(drop=True)
    frame = tables.validate(frame.reset_index(drop=True), said.table, source=named(path))
    frame = frame.assign(**_extras(frame, kept, chosen))
    lines = _report(named(path), found, long, [*typed.findings, *across])
    where = pd.Series(long.sheet_rows[place], name="sheet row" if "row" in kept else "row")
    return Reading(
        table=grouped(lines),
        text=in_words(frame, lines, named(path), len(raw), said.table),
        notes=_notes(found),
        model=None,
        frame=frame,
        report=lines,
        raw=pd.concat([where, kept], axis=1),
        mapping=replace(said, columns=found.plan.columns),
    )


def _report(name: str, found: _Found, long: Long, findings: Iterable[Finding]) -> pd.DataFrame:
    """List what was found in the sheet as it is, and in the rows that came out of it."""
    before = [*found.grid.findings, *found.sheet.findings, *found.plan.findings, *long.findings]
    sheet = found.grid.sheet
    return in_order(
        report(before, file=name, sheet=sheet, sheet_rows=found.sheet.sheet_rows),
        report(findings, file=name, sheet=sheet, sheet_rows=long.sheet_rows, headings=long.headings),
    )


def _found(path: str | Path, said: FileMapping) -> _Found:
    grid, head = _best_sheet(path, said)
    sheet = cut(grid, head)
    headings = list(map(str, sheet.cells))
    made = plan(headings, said.table, named(path), columns=said.columns, constants=said.constants)
    return _Found(grid, sheet, made)


def _best_sheet(path: str | Path, said: FileMapping) -> tuple[Grid, Head]:
    """Take the one sheet whose headings name what the table needs; ask where several do."""
    declared = {*said.columns, *said.keep}
    wanted = sum(column.required and column.name not in said.constants for column in known(said.table).columns)
    best: list[tuple[Grid, Head]] = []
    most = (0, 0)
    for grid in grids(path, said.sheet):
        head = find_head(grid, said.table, declared) if len(grid.cells.columns) else None
        worth = (head.said, min(head.required, wanted)) if head else most
        if head and (not best or worth >= most):
            best = [(grid, head)] if worth > most else [*best, (grid, head)]
            most = worth
    if len(best) == 1:
        return best[0]
    if not best:
        raise CbeError.build(
            f"No table was found in {named(path)}", found="It holds no filled cells", advice="Check the file"
        )
    raise CbeError.build(
        f"{len(best)} sheets of {named(path)} may hold the table {said.table!r}",
        found=f"They are {some((repr(grid.sheet) for grid, _ in best), 20)}",
        advice=f"Say which: sheet={best[0][0].sheet!r}",
    )


def _chosen(made: Plan) -> dict[str, str]:
    chosen = {choice.heading: choice.column for choice in made.choices if choice.column}
    chosen |= {block.pattern: block.column for block in made.blocks}
    return chosen | ({year_label(made.blocks): "year"} if made.blocks else {})


def _own_form(headings: Iterable[Any], table: str) -> bool:
    """Say whether a file has the headings that this library writes: then the table says what a bare year is."""
    alike = set(headings)
    needed = {column.name for column in known(table).columns if column.required}
    # District, year and value are headings of anybody's file.
    return needed <= alike and (table != "outcomes" or not alike.isdisjoint(("raw_cell", "rollout_year")))


def _ordered(typed: Typed, raw: pd.DataFrame) -> pd.DataFrame:
    """Put the columns in the order of the table."""
    names = [column.name for column in known(typed.declared.table).columns if column.name in typed.columns]
    return pd.DataFrame(
        {name: typed.columns[name] for name in dict.fromkeys([*names, *typed.columns])}, index=raw.index
    )


def _extras(frame: pd.DataFrame, raw: pd.DataFrame, chosen: Mapping[str, str]) -> dict[str, pd.Series]:
    """Keep what the table does not know as text, behind what it knows."""
    return {f"{name} (file)" if name in frame else str(name): raw[name] for name in raw if name not in chosen}


def _notes(found: _Found) -> tuple[str, ...]:
    """Say how the headings were understood."""
    read = [
        f"{choice.heading!r} as {choice.column} ({choice.reason})" for choice in found.plan.choices if choice.column
    ]
    read += [f"{block.pattern!r} as {block.column} ({block.reason})" for block in found.plan.blocks]
    kept = [repr(choice.heading) for choice in found.plan.choices if not choice.column]
    notes = [f"Headings read: {'; '.join(read)}."]
    return (*notes, f"Kept as text, not known to the table: {some(kept, 30)}.") if kept else tuple(notes)
