"""Where the table begins: the row or the two rows of headings, and where it ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.grid import Grid
from cbe_lib.ingest.headings import meanings, plain
from cbe_lib.ingest.wide import find_blocks
from cbe_lib.tables.spec import known

DEEPEST = 60
EXAMPLE = "EXAMPLE"  # how the first cell of a template's example row begins
_NUMBER = re.compile(r"[-+<>=≤≥$]*\d[\d,.]*\s*%?|#.*[!?]")
_YEAR = re.compile(r"(19|20)\d\d([-–/]\d{2,4})?")


@dataclass(frozen=True)
class Head:
    """The heading of each column, and the rows that they stand in (counted from 0; none for declared headings).

    said: how many headings the reader declared; required, named, lifted: how many columns the headings name that the
    table needs, that it knows, and that only both lines together name.
    """

    headings: tuple[str, ...]
    rows: tuple[int, ...]
    said: int
    required: int
    named: int
    lifted: int

    @property
    def start(self) -> int:
        """First row after the headings."""
        return self.rows[-1] + 1 if self.rows else 0


@dataclass(frozen=True)
class Sheet:
    """A table cut out of its sheet.

    cells: text under unique headings; sheet_rows: row of the sheet that each row stands in, from 1; dates: for columns
    whose cells show less than their date, the same column with full dates.
    """

    cells: pd.DataFrame
    sheet_rows: np.ndarray
    dates: dict[str, pd.Series]
    findings: tuple[Finding, ...]


def find_head(grid: Grid, table: str, declared: Collection[str] = ()) -> Head | None:
    """Find the headings: the row, or pair of rows, that names the most columns of `table`; None in an empty sheet.

    `declared` are headings that the reader named in columns=, constants= or keep=; they count most.
    """
    if grid.headings is not None:
        return _scored(tuple(map(plain, grid.headings)), (), table, declared)
    top = grid.cells.head(DEEPEST)
    rows = [[cell if isinstance(cell, str) else "" for cell in row] for row in top.itertuples(index=False, name=None)]
    merged = _spread(rows, grid.merged)
    heads: list[Head] = []
    for number, row in enumerate(rows):
        if not any(cell.strip() for cell in row):
            continue
        heads.append(_scored(tuple(map(plain, row)), (number,), table, declared))
        if number and _two_lines(merged[number - 1], row):
            joined = _joined(merged[number - 1], row)
            heads.append(_scored(joined, (number - 1, number), table, declared, below=row))
    return max(heads, key=_worth, default=None)


def cut(grid: Grid, head: Head) -> Sheet:
    """Cut the table out of the sheet: below the headings, without blank rows, repeated headings and footnotes."""
    cells = grid.cells.iloc[head.start :]
    width = [column for column, heading in enumerate(head.headings) if heading or cells[column].notna().any()]
    cells = cells[width].set_axis(_unique([head.headings[column] for column in width], width), axis=1)
    number = np.arange(head.start, head.start + len(cells))
    findings = _located(head)
    if head.rows and width:
        cells, number, left = _without_clutter(cells, number, head)
        findings += left
    cells = cells.reset_index(drop=True)
    place = dict(zip(width, map(str, cells), strict=True))
    findings += _uncalculated(grid, number, place)
    # Without a row of headings the first record is row 1.
    return Sheet(cells, number + 1, _full_dates(grid, cells, number, place), tuple(findings))


def letter(column: int) -> str:
    """Name a column as the spreadsheet does: 0 is A, 26 is AA."""
    return (letter(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def _scored(
    headings: tuple[str, ...], rows: tuple[int, ...], table: str, declared: Collection[str], below: Sequence[str] = ()
) -> Head:
    wanted = {column.name for column in known(table).columns if column.required}
    found = {each.column: heading for heading in headings if heading for each in meanings(heading, table)}
    blocks = find_blocks(headings, table)
    found |= {block.column: block.pattern for block in blocks} | ({"year": "{year}"} if blocks else {})
    lifted = len(set(found.values()) - set(map(plain, below))) if below else 0
    said = len(set(headings) & set(map(plain, declared)))
    return Head(headings, rows, said, len(wanted & set(found)), len(found), lifted)


def _worth(head: Head) -> tuple[int, ...]:
    """Order candidates by what their headings name, then by different headings, then the higher row."""
    different = len(set(filter(None, head.headings)))
    return head.said, head.required, head.named, head.lifted, different, -head.rows[-1]


def _two_lines(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Say whether two rows may be the two lines of one head: words in both, and the upper no mere title."""
    above = [cell for cell in upper if cell.strip()]
    if len(above) < 2:
        return False
    return not any(_NUMBER.fullmatch(cell.strip()) and not _YEAR.fullmatch(cell.strip()) for cell in (*above, *lower))


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    repeated = {cell for cell, count in Counter(filter(None, lower)).items() if count > 1}
    joined, last = [], ""
    for above, below in zip(upper, lower, strict=True):
        last = above or (last if below in repeated else "")
        joined.append(plain(f"{last} {below}" if below != last else below))
    return tuple(joined)


def _spread(rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]]) -> list[list[str]]:
    """Write the text of a merged cell into each column that it covers, in its top row."""
    spread = [list(row) for row in rows]
    for top, left, _, right in merged:
        if top < len(spread) and right < len(spread[top]) and right - left + 1 < len(spread[top]):
            spread[top][left : right + 1] = [spread[top][left]] * (right - left + 1)
    return spread


def _located(head: Head) -> list[Finding]:
    if not head.rows:
        return []
    rule = "two lines of headings joined" if len(head.rows) == 2 else "row of headings"
    shown = ", ".join(heading for heading in head.headings if heading)
    advice = "Check that these are the headings; what stands above them was not read"
    return [Finding(rule, "handled", "", advice, cells=[shown], sheet_row=head.rows[0] + 1)]


def _unique(headings: Sequence[str], columns: Sequence[int]) -> list[str]:
    """Give every column a heading of its own: blank ones their letter, repeated ones a number."""
    names: list[str] = []
    for heading, column in zip(headings, columns, strict=True):
        name, number = heading or f"column {letter(column)}", 1
        while (name if number == 1 else f"{name} ({number})") in names:
            number += 1
        names.append(name if number == 1 else f"{name} ({number})")
    return names


def _without_clutter(
    cells: pd.DataFrame, number: np.ndarray, head: Head
) -> tuple[pd.DataFrame, np.ndarray, list[Finding]]:
    filled = sum((cells[column].notna().to_numpy().astype(int) for column in cells), np.zeros(len(cells), dtype=int))
    again = _repeats(cells, head) & (filled > 1)
    below = _footnotes(filled, len(cells.columns))
    shown = cells.iloc[:, 0].str.startswith(EXAMPLE).to_numpy(dtype=bool, na_value=False)
    clutter = {"headings repeated among the data": again, "note below the data": below, "example row": shown & ~below}
    findings = []
    for rule, rows in clutter.items():
        if rows.any():
            first = int(np.flatnonzero(rows)[0])
            text = " ".join(text for text in cells.iloc[first] if isinstance(text, str))
            where = int(number[first]) + 1
            advice = f"{int(rows.sum())} rows left out" if rows.sum() > 1 else "Left out"
            findings.append(Finding(rule, "handled", "", advice, cells=[text], sheet_row=where))
    keep = (filled > 0) & ~np.any(list(clutter.values()), axis=0)
    return (cells, number, findings) if keep.all() else (cells[keep], number[keep], findings)


def _repeats(cells: pd.DataFrame, head: Head) -> np.ndarray:
    """Mark rows whose every filled cell is the heading of its column, as where pages were pasted together."""
    same = np.ones(len(cells), dtype=bool)
    for heading in cells:
        if not same.any():
            break
        column = cells[heading]
        same &= (column.isna() | (column == heading)).to_numpy(dtype=bool)
    return same


def _footnotes(filled: np.ndarray, width: int) -> np.ndarray:
    """Mark the last rows, as far as they hold one cell only, in a table of three columns or more."""
    notes = np.zeros(len(filled), dtype=bool)
    if width >= 3 and len(filled):
        data = np.flatnonzero(filled > 1)
        notes[(data[-1] + 1 if len(data) else 0) :] = True
        notes &= filled == 1
    return notes


def _uncalculated(grid: Grid, number: np.ndarray, place: dict[int, str]) -> list[Finding]:
    """Report formulas that were saved without their value: their cells look empty."""
    rows: dict[str, list[int]] = {}
    for row, column in grid.uncalculated:
        position = _position(number, row)
        if position is not None and column in place:
            rows.setdefault(place[column], []).append(position)
    advice = "Open the file in the spreadsheet program, let it calculate, and save it again"
    rule = "formula without its value"
    return [
        Finding(rule, "rejected", heading, advice, np.array(sorted(places)), ["formula"] * len(places))
        for heading, places in rows.items()
    ]


def _full_dates(grid: Grid, cells: pd.DataFrame, number: np.ndarray, place: dict[int, str]) -> dict[str, pd.Series]:
    dates: dict[str, list[str]] = {}
    for (row, column), text in grid.dates.items():
        position = _position(number, row)
        if position is not None and column in place:
            dates.setdefault(place[column], cells[place[column]].tolist())[position] = text
    return {heading: pd.Series(column, dtype="str") for heading, column in dates.items()}


def _position(number: np.ndarray, row: int) -> int | None:
    place = int(np.searchsorted(number, row))
    return place if place < len(number) and number[place] == row else None
