"""The attacker's view: what can be worked out from a table in which cells are hidden already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cbe_lib.privacy.blanks import fill_counts, fill_rates
from cbe_lib.privacy.cells import TOTAL, Cells, Groups, Layout, Totals, read_cells
from cbe_lib.privacy.persons import refuse_persons
from cbe_lib.privacy.protection import said
from cbe_lib.privacy.slack import FAR, Slack, counts_only, with_rates
from cbe_lib.results import Result


def check(
    table: pd.DataFrame,
    *,
    by: Sequence[str],
    count: str = "n_tested",
    values: Sequence[str] = (),
    totals: Totals = None,
    groups: Groups | None = None,
    known_totals: Sequence[str] = (),
    min_n: int = 10,
    scale: float | None = 100,
) -> Result:
    """Could anyone work out the hidden cells of this table, or another group under `min_n`?

    Parameters
    ----------
    table, by, count, values, totals, groups, known_totals, min_n, scale
        As for `suppress`; a blank count is a hidden one.

    Returns
    -------
    Result
        `.table`: the columns of `by`, lowest, highest (possible counts, given all that is shown; blank where there is
        no limit), finding: a row for each hidden cell, each shown group under `min_n`, and each such group that
        subtraction names. Findings:
        "shown", "recovered" (one possible count), "narrowed" (surely under `min_n`, and to fewer counts than that
        tells), "rate recovered" (surely 0 or 100%); blank where it is safe.

    Raises
    ------
    CbeError
        As `suppress`, and where the counts contradict each other.

    Notes
    -----
    Bounds are exact smallest and largest whole numbers. Whether a hidden row can hold 0 is not known: 1 or more is
    assumed wherever the sums allow it, since zeros are usually shown.

    Examples
    --------
    >>> leaky = pd.DataFrame({"subgroup": ["all students", "female", "male"], "n_tested": [40, 34, None]})
    >>> check(leaky, by=["subgroup"], totals="all students").table.to_dict("split")["data"]
    [['male', 6, 6, 'recovered']]
    """
    refuse_persons(table)
    layout = Layout(tuple(by), totals, groups or {}, tuple(known_totals))
    cells = read_cells(table, layout, count, values, scale)
    blank = np.isnan(cells.counts)
    full, notes = fill_counts(cells), list(cells.notes)
    rows = []
    for island in full.islands():
        part = full.part(island)
        if blank[island].any():
            rows += _bounds(part, blank[island], min_n, notes)
        else:
            small = (part.counts > 0) & (part.counts < min_n)
            named = np.where(part.listed, "shown", "recovered")
            rows += [(part.keys[at], part.counts[at], part.counts[at], named[at]) for at in np.flatnonzero(small)]
    found = _table(rows, layout.by)
    return Result(found, _text(found, min_n), tuple(dict.fromkeys(notes)), None)


def _bounds(cells: Cells, blank: np.ndarray, min_n: int, notes: list[str]) -> list[tuple]:
    """Find what every unseen cell of one island can hold."""
    unseen = blank | ~(cells.listed | cells.fixed)
    full = fill_rates(cells, blank) if cells.numerators.shape[1] else None
    if cells.numerators.shape[1] and full is None:
        notes.append("The rates do not add up exactly, as rounded ones may not; only counts were checked there.")
    cells = full or cells
    slack = counts_only(cells) if full is None else with_rates(cells)
    rows = []
    for place in range(len(blank)):
        if unseen[place]:
            low = cells.counts[place] - slack.farthest(place, -1, unseen)
            high = cells.counts[place] + slack.farthest(place, 1, unseen)
            listed = bool(blank[place] and cells.listed[place])
            finding = _finding(low, high, listed, min_n)
            if not finding and listed and full is not None and _rate_known(cells, slack, place, unseen):
                finding = "rate recovered"
            if finding or listed:
                rows.append((cells.keys[place], low, high, finding))
        elif 0 < cells.counts[place] < min_n:
            rows.append((cells.keys[place], cells.counts[place], cells.counts[place], "shown"))
    return rows


def _finding(low: float, high: float, blank: bool, min_n: int) -> str:
    if low == high and (blank or 0 < low < min_n):
        return "recovered"
    narrowed = 0 < high < min_n and (low > 1 or high < min_n - 1)
    return "narrowed" if narrowed else ""


def _rate_known(cells: Cells, slack: Slack, place: int, unseen: np.ndarray) -> bool:
    size = len(cells.counts)
    numbers = [size * start + place for start in range(1, 1 + 2 * cells.numerators.shape[1])]
    at_zero = [number for number in numbers if slack.room[number] == 0]
    open_ones = [number for number in at_zero if not said(cells, unseen, _side(slack, size, number))[place]]
    return any(slack.farthest(number, 1, unseen) == 0 for number in open_ones)


def _side(slack: Slack, size: int, number: int) -> np.ndarray:
    start = number // size * size
    return slack.room[start : start + size]


def _table(rows: list[tuple], by: tuple[str, ...]) -> pd.DataFrame:
    labels = [["" if label == TOTAL else label for label in key] for key, *_ in rows]
    table = pd.DataFrame(labels, columns=list(by), dtype="str")
    ends = np.array([(low, high) for _, low, high, _ in rows]).reshape(-1, 2)
    table["lowest"] = ends[:, 0].astype("int64")
    table["highest"] = pd.Series(np.where(ends[:, 1] < FAR, ends[:, 1], np.nan)).astype("Int64")
    table["finding"] = pd.Series([finding for *_, finding in rows], dtype="str")
    return table


def _text(found: pd.DataFrame, min_n: int) -> str:
    open_ones = found["finding"].ne("").sum()
    if not open_ones:
        return f"None of {len(found)} hidden rows can be worked out, nor another group under {min_n} students."
    return (
        f"{open_ones} group{'s' if open_ones > 1 else ''} can be read off or worked out, at least in part: the table "
        "must not leave as it is. Pass the full table to privacy.suppress."
    )
