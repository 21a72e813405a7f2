"""Tables with a column for each year, and the long form of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cbe_lib.errors import ColumnError, some
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.headings import meanings
from cbe_lib.tables.spec import known

if TYPE_CHECKING:
    from cbe_lib.ingest.header import Sheet

YEAR_MARK = "{year}"
_YEAR = r"(?:19|20)\d\d(?:\s?[-–/_]\s?(?:(?:19|20)\d\d|\d\d)(?!\d))?"
_DATED = re.compile(rf"(?<!\d){_YEAR}(?!\d)")


@dataclass(frozen=True)
class Block:
    """Columns that hold one quantity, a year each: their common pattern, the column meant, and year -> heading."""

    pattern: str
    column: str
    years: dict[str, str]
    reason: str = "as columns= says"

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings of the block, in the order of the file."""
        return tuple(self.years.values())


@dataclass(frozen=True)
class Long:
    """A table with a row for each year, and where each row came from."""

    cells: pd.DataFrame
    sheet_rows: np.ndarray
    headings: dict[str, np.ndarray]
    findings: tuple[Finding, ...]


def find_blocks(headings: Sequence[str], table: str) -> list[Block]:
    """Propose the wide blocks: two or more headings alike but for the year, whose other words name a column."""
    if "year" not in {column.name for column in known(table).columns}:
        return []
    groups: dict[str, dict[str, str]] = {}
    for heading in headings:
        found = _DATED.search(heading)
        if found:
            pattern = heading[: found.start()] + YEAR_MARK + heading[found.end() :]
            groups.setdefault(pattern, {})[found[0]] = heading
    blocks: dict[str, Block] = {}
    for pattern, years in groups.items():
        column, reason = _quantity(pattern, table)
        if len(years) > 1 and column and column not in blocks:
            blocks[column] = Block(pattern, column, years, reason)
    return list(blocks.values())


def given_block(pattern: str, column: str, headings: Sequence[str], source: str) -> Block:
    """Find the headings that a pattern such as "pct_{year}" stands for."""
    before, _, after = pattern.partition(YEAR_MARK)
    shape = re.compile(f"{re.escape(before)}(\\S.*?){re.escape(after)}")
    years = {
        found[1]: heading for heading in headings if (found := shape.fullmatch(heading)) and re.search(r"\d", found[1])
    }
    if years:
        return Block(pattern, column, years)
    raise ColumnError.build(
        f"{source} has no headings like {pattern!r}",
        found=f"Its headings: {some(map(repr, headings), 30)}",
        advice="Write {year} where the year stands, and all else as in the heading",
    )


def year_label(blocks: Sequence[Block]) -> str:
    """Name the column of years that the blocks give."""
    return f"year of {blocks[0].pattern}" if blocks else ""


def lengthen(sheet: Sheet, blocks: Sequence[Block]) -> Long:
    """Give every year of the wide blocks its own row, in the order of the file; columns are called by their pattern."""
    if not blocks:
        return Long(sheet.cells, sheet.sheet_rows, {}, ())
    inside = {heading for block in blocks for heading in block.headings}
    kept = sheet.cells[[heading for heading in sheet.cells if heading not in inside]]
    years = list(dict.fromkeys(year for block in blocks for year in block.years))
    rows, count = len(kept), len(years)
    long = kept.take(np.repeat(np.arange(rows), count)).reset_index(drop=True)
    long[year_label(blocks)] = _tiled(years, rows).astype("str")
    origins = {
        year_label(blocks): _tiled([_first_heading(blocks, year) for year in years], rows).to_numpy(dtype=object)
    }
    in_order = np.arange(rows * count).reshape(count, rows).T.ravel()
    for block in blocks:
        wide = [_cells(sheet.cells, block.years.get(year), rows) for year in years]
        long[block.pattern] = pd.concat(wide, ignore_index=True).take(in_order).reset_index(drop=True)
        origins[block.pattern] = _tiled([block.years.get(year, "") for year in years], rows).to_numpy(dtype=object)
    findings = tuple(_preview(sheet, block) for block in blocks)
    return Long(long, np.repeat(sheet.sheet_rows, count), origins, findings)


def _tiled(items: Sequence[str], times: int) -> pd.Series:
    return pd.Series(np.tile(np.array(items, dtype=object), times))


def _first_heading(blocks: Sequence[Block], year: str) -> str:
    return next(block.years[year] for block in blocks if year in block.years)


def _cells(cells: pd.DataFrame, heading: str | None, rows: int) -> pd.Series:
    return pd.Series(pd.NA, index=range(rows), dtype="str") if heading is None else cells[heading].astype("str")


def _preview(sheet: Sheet, block: Block) -> Finding:
    """Show what the first row becomes."""
    first = [
        f"{year}: {_cells(sheet.cells, heading, len(sheet.cells)).iloc[0]}" for year, heading in block.years.items()
    ]
    shown = f"row {sheet.sheet_rows[0]} becomes {some(first, 4)}" if len(sheet.cells) else "no rows"
    advice = f"{len(block.years)} columns became rows of year and {block.column}: {shown}"
    return Finding(
        "years side by side turned into rows", "handled", block.pattern, advice, cells=[some(block.headings, 4)]
    )


def _quantity(pattern: str, table: str) -> tuple[str, str]:
    """Name the column that a pattern means by the words around the year."""
    rest = pattern.replace(YEAR_MARK, " ").strip(" _-")
    if not rest and table == "outcomes":
        return "value", "years alone as headings"
    found = meanings(rest, table) if rest else []
    return (found[0].column, found[0].reason) if found else ("", "")
