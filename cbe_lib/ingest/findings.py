"""What was found while a file was read, and the report that lists all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd

Action = Literal["handled", "warned", "rejected"]
COLUMNS = ("file", "sheet", "row", "column", "cell", "rule", "action", "advice", "count")
LONGEST_CELL = 200


def _no_rows() -> np.ndarray:
    return np.array([], dtype=np.int64)


@dataclass(frozen=True)
class Finding:
    """One thing that was found in one column, wherever it stands in that column.

    Attributes
    ----------
    rule : str
        Which check found it, in a few plain words that are the same for every cell: "leading zeros restored".
    action : {"handled", "warned", "rejected"}
        What was done. A rejected cell is missing in the table.
    column : str
        Heading in the file, or the column of the table where there is no heading.
    advice : str or sequence of str
        What to do next; a sequence has one for each row, where it differs from cell to cell.
    rows : array of int
        Positions in the data frame, 0-based and ascending; empty where it is about no row of the data.
    cells : sequence of str
        The cells as they stand in the file, for each of `rows`; for what is not rejected the first is enough.
    sheet, sheet_row : str, int or None
        Place of what stands outside the data, as the spreadsheet shows it: a heading, a footnote, a hidden sheet.
    """

    rule: str
    action: Action
    column: str
    advice: str | Sequence[str]
    rows: np.ndarray = field(default_factory=_no_rows)
    cells: Sequence[object] = ()
    sheet: str = ""
    sheet_row: int | None = None


def report(
    findings: Iterable[Finding],
    *,
    file: str,
    sheet: str,
    sheet_rows: np.ndarray,
    headings: Mapping[str, np.ndarray] | None = None,
) -> pd.DataFrame:
    """List everything found: a line for each rejected cell, and for the rest one for each column and rule.

    Parameters
    ----------
    findings : iterable of Finding
        What the checks found.
    file, sheet : str
        Names of the file and of the sheet that was read.
    sheet_rows : array of int
        Row that the spreadsheet shows, for each position in the data frame.
    headings : mapping of str to array, optional
        For a column that was gathered from several: the heading of each position's own column.

    Returns
    -------
    DataFrame
        file, sheet, row, column, cell, rule, action, advice, count; rejected first, then warned, then handled.
    """
    parts = [_lines(each, sheet_rows, headings or {}) for each in findings]
    lines = pd.concat(parts, ignore_index=True) if parts else _blank()
    lines["file"] = file
    lines["sheet"] = lines["sheet"].where(lines["sheet"] != "", sheet)
    return in_order(lines[list(COLUMNS)])


def in_order(*reports: pd.DataFrame) -> pd.DataFrame:
    """Join reports: rejected first, then warned, then handled."""
    lines = pd.concat(reports, ignore_index=True)
    order = lines["action"].map({"rejected": 0, "warned": 1, "handled": 2}).argsort(kind="stable")
    typed = lines.iloc[order].reset_index(drop=True)
    return typed.astype({name: "Int64" if name in ("row", "count") else "str" for name in COLUMNS})


def _lines(found: Finding, sheet_rows: np.ndarray, headings: Mapping[str, np.ndarray]) -> pd.DataFrame:
    if found.action not in get_args(Action):
        raise ValueError(f"a finding is handled, warned or rejected, not {found.action!r}")
    rows = np.asarray(found.rows, dtype=np.int64)
    shown = rows if found.action == "rejected" else rows[:1]
    places = sheet_rows[shown] if len(rows) else [found.sheet_row]
    count = 1 if found.action == "rejected" or not len(rows) else len(rows)
    where = headings[found.column][shown] if found.column in headings and len(rows) else found.column
    return pd.DataFrame(
        {
            "sheet": found.sheet,
            "row": pd.array(places, dtype="Int64"),
            "column": where,
            "cell": _texts(found.cells, len(places)),
            "rule": found.rule,
            "action": found.action,
            "advice": found.advice if isinstance(found.advice, str) else list(found.advice)[: len(places)],
            "count": count,
        }
    )


def _texts(cells: Sequence[object], count: int) -> list[str]:
    shown = ["" if cell is None or cell is pd.NA else str(cell)[:LONGEST_CELL] for cell in list(cells)[:count]]
    return shown + [""] * (count - len(shown))


def _blank() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in COLUMNS})
