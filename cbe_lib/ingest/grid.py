"""A sheet as text: what every kind of file becomes before anything is understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice, zip_longest
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cbe_lib.errors import CbeError
from cbe_lib.ingest.findings import Finding

MOST_BYTES = 512 * 2**20
MOST_CELLS = 25_000_000
MOST_COLUMNS = 5_000
BATCH = 8_192
SPREADSHEET_DIGITS = 15  # a spreadsheet shows no more, though it stores 17


@dataclass(frozen=True)
class Grid:
    """One sheet: every cell as the text that the sheet shows, missing where it is empty.

    Attributes
    ----------
    sheet : str
        Name of the sheet; empty for files without sheets.
    cells : DataFrame
        Text, columns numbered from 0, a row for each row of the sheet.
    headings : tuple of str or None
        Names of the columns where the file declares them (Parquet, SQL); else they stand among the cells.
    merged : sequence of (top, left, bottom, right)
        Merged cells, counted from 0.
    dates : dict
        (row, column) of cells that show less than their full date -> the full date as YYYY-MM-DD.
    uncalculated : sequence of (row, column)
        Formulas that were saved without their value.
    findings : tuple of Finding
        What was found while the file was opened.
    """

    sheet: str
    cells: pd.DataFrame
    headings: tuple[str, ...] | None = None
    merged: Sequence[tuple[int, int, int, int]] = ()
    dates: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: Sequence[tuple[int, int]] = ()
    findings: tuple[Finding, ...] = ()


def gather(rows: Iterable[Sequence[Any]], source: str) -> pd.DataFrame:
    """Put rows of unequal length, one batch at a time, into columns of text."""
    columns: list[list[pa.Array]] = []
    height = 0
    for batch in _batches(rows):
        # Before the batch is made rectangular: one row of a million cells would widen all the others.
        refuse_size(height + len(batch), max(len(columns), *map(len, batch)), source)
        lists = list(zip_longest(*batch))
        columns += [[pa.nulls(height, pa.string())] if height else [] for _ in range(len(lists) - len(columns))]
        height += len(batch)
        for number, column in enumerate(columns):
            column.append(as_text(lists[number]) if number < len(lists) else pa.nulls(len(batch), pa.string()))
    return framed([pa.chunked_array(column) for column in columns])


def refuse_size(rows: int, columns: int, source: str) -> None:
    """Raise CbeError for a sheet that is too large to be a table of this library."""
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise CbeError.build(
            f"{source} is too large to read",
            found=f"Found {rows:,} rows and {columns:,} columns; at most {MOST_CELLS:,} cells and "
            f"{MOST_COLUMNS:,} columns are read",
            advice="Split the file, or delete the empty rows and columns that it carries along",
        )


def framed(columns: Sequence[pa.ChunkedArray]) -> pd.DataFrame:
    """Make a frame of text columns, numbered from 0."""
    table = pa.table({str(number): column.cast(pa.large_string()) for number, column in enumerate(columns)})
    frame = table.to_pandas(types_mapper={pa.large_string(): pd.StringDtype("pyarrow", na_value=np.nan)}.get)
    return frame.set_axis(range(len(columns)), axis=1)


def as_text(values: Sequence[Any]) -> pa.Array:
    """Write the values of one column as text; empty ones are missing."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return pa.array([value or None for value in values], pa.string())
    if kinds <= {float}:
        return number_text(pa.array(values, pa.float64()))
    return pa.array([None if value is None or value == "" else text_of(value) for value in values], pa.string())


def number_text(numbers: pa.Array) -> pa.Array:
    """Write numbers as a spreadsheet shows them: no .0, and 0.3 for 0.30000000000000004."""
    texts = numbers.cast(pa.string())
    longest = pc.call_function("max", [pc.call_function("utf8_length", [texts])]).as_py() or 0
    if longest <= SPREADSHEET_DIGITS:
        return texts
    shown = [_shown(float(text)) if text and len(text) > SPREADSHEET_DIGITS else text for text in texts.to_pylist()]
    return pa.array(shown, pa.string())


def text_of(value: object) -> str:
    """Write one value as text: whole numbers without decimals, dates as YYYY-MM-DD."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _shown(value)
    if isinstance(value, datetime):
        midnight = value.time() == datetime.min.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _shown(number: float) -> str:
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.{SPREADSHEET_DIGITS}g}"


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    stream = iter(rows)
    while batch := list(islice(stream, BATCH)):
        yield batch
