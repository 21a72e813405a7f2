"""The one door through which tables leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cbe_lib.errors import CbeError, some
from cbe_lib.privacy.persons import refuse_persons
from cbe_lib.privacy.pseudonyms import numbered
from cbe_lib.privacy.suppression import REASON, Suppressed, suppress

# Headings under which other tables give the size of a group of people.
COUNTS = frozenset({"n", "n_tested", "n_students", "students", "respondents", "n_respondents", "people", "pupils"})
# Counts that are no groups of students: staff and board of helpers, people at a public event.
NO_STUDENTS = frozenset({"helpers", "learning_log"})


@dataclass(frozen=True)
class _Way:
    """How a declared table is suppressed."""

    by: tuple[str, ...]
    count: str
    values: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


WAYS = {
    "outcomes": _Way(
        by=("district_id", "year", "grade", "subject", "subgroup", "metric"),
        count="n_tested",
        values=("value",),
        alike=("metric",),
        keep=("level", "test_regime", "standard_setting", "source_id", "rollout_year"),
    ),
    "student_groups": _Way(by=("district_id", "year", "group"), count="students"),
}
ALL_STUDENTS = ("all students", "all")


def for_release(
    frame: pd.DataFrame,
    table: str | None = None,
    *,
    by: Sequence[str] | None = None,
    count: str | None = None,
    min_n: int = 10,
    persons: Sequence[str] = (),
    **how: Any,
) -> Suppressed:
    """What of this table may leave? Everything that a figure, a brief or a file shows comes from here.

    Parameters
    ----------
    frame : DataFrame
        What is to be shown, written or sent.
    table : str, optional
        Its name among `cbe_lib.tables.names`. Of outcomes and student_groups the columns and totals are known.
    by, count : sequence of str, str, optional
        Columns that name a group, and its number of students, for any other table with counts.
    min_n : int
        Smallest group that may be shown.
    persons : sequence of str
        Further columns that name persons; "rater" keeps in a table that would leave with numbers for its raters.
    **how
        Passed on to `suppress`.

    Returns
    -------
    Suppressed
        `.table` may leave; `.hidden` may not. Names of raters, coders and checkers have become numbers ("rater 1"), the
        same for one person in the whole table, and other ones in the next release.

    Raises
    ------
    CbeError
        For a table about persons, and for one with a column of counts that nobody named.

    Examples
    --------
    >>> rates = pd.DataFrame({"district_id": ["030", "031"], "year": 2015, "value": [61.5, 80.0], "n_tested": [52, 5]})
    >>> for_release(rates, "outcomes").table[["value", "n_tested"]].to_dict("split")["data"]
    [[61.5, 52], [nan, None]]
    """
    refuse_persons(frame, table, persons=persons)
    frame, told = numbered(frame)
    found = _released(frame, table, by, count, min_n, how)
    return replace(found, notes=(*found.notes, *told)) if told else found


def _released(
    frame: pd.DataFrame,
    table: str | None,
    by: Sequence[str] | None,
    count: str | None,
    min_n: int,
    how: dict[str, Any],
) -> Suppressed:
    way = WAYS.get(table or "") if by is None and count is None else None
    if way is not None and way.count in frame.columns and frame[way.count].notna().any():
        return _declared(frame, way, min_n, how)
    if by is not None and count is not None:
        return suppress(frame, by=by, count=count, min_n=min_n, **how)
    if way is None:
        _refuse_unnamed(frame, table)
    notes = () if way is None else (f"There are no counts in {way.count!r}: small groups cannot be told from others.",)
    return Suppressed(frame.copy(), "No group of students is counted here.", notes, None, hidden=frame.iloc[:0])


def _refuse_unnamed(frame: pd.DataFrame, table: str | None) -> None:
    counts = [str(name) for name in frame.columns if str(name).casefold() in COUNTS]
    if counts and table not in NO_STUDENTS:
        raise CbeError.build(
            "A table with counts of people must not leave unchecked",
            found=f"Found {some(map(repr, counts))}",
            advice="Name the columns: by=['district_id', 'subgroup'], count='n_tested'",
        )


def _declared(frame: pd.DataFrame, way: _Way, min_n: int, how: dict[str, Any]) -> Suppressed:
    """Suppress schools apart from districts and states, since nothing says which school belongs to which district."""
    rows = frame.reset_index(drop=True)
    school = rows["level"].eq("school").fillna(False) if "level" in rows else pd.Series(False, rows.index)
    parts = [part for part in (rows[~school], rows[school]) if len(part)] or [rows]
    found = [_one_level(part, way, min_n, how) for part in parts]
    released = pd.concat([each.table for each in found]).sort_index().set_axis(frame.index)
    if len(found) == 1:
        return replace(found[0], table=released)
    notes = [note for each in found for note in each.notes]
    notes.append("Schools were checked apart from districts: no column says which school belongs to which district.")
    return Suppressed(
        released,
        f"Districts and states: {found[0].text} Schools: {found[1].text}",
        tuple(dict.fromkeys(notes)),
        None,
        hidden=pd.concat([each.hidden for each in found], ignore_index=True),
    )


def _one_level(frame: pd.DataFrame, way: _Way, min_n: int, how: dict[str, Any]) -> Suppressed:
    present = [name for name in way.by if name in frame]
    whole = frame.loc[frame["level"].eq("state").fillna(False), "district_id"] if "level" in frame else ()
    given: dict[str, Any] = {
        "by": present,
        "count": way.count,
        "values": [name for name in way.values if name in frame],
        "totals": {"district_id": list(dict.fromkeys(whole)), "subgroup": ALL_STUDENTS, "group": ALL_STUDENTS},
        "alike": [name for name in way.alike if name in frame],
        "keep": [name for name in (*way.keep, REASON) if name in frame],
        "min_n": min_n,
    }
    return suppress(frame, **{**given, **how})
