"""The check that a table holds what it must: every problem in one error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from cbe_lib.errors import CbeError, closest, require_frame, rows_of, some
from cbe_lib.tables.spec import DTYPES, Column, Kind, Table, known

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    import pandera.pandas as pandera

Problem = tuple[str, str]
_REPEATED = "multiple_fields_uniqueness"

_WANTED: dict[Kind, str] = {
    "id": "ids must be text, or leading zeros are lost: read the file with dtype={'district_id': 'str'}",
    "text": "give text",
    "list": "give texts parted by semicolons",
    "flag": "give yes or no",
    "count": "give plain numbers, and leave blank what is not known",
    "year": "give the spring year as a number: 2014-15 is 2015",
    "number": "give plain numbers, and leave blank what is not known",
    "date": "give dates as YYYY-MM-DD",
}


def schema(table: str, columns: Iterable[str]) -> pandera.DataFrameSchema:
    """Which pandera schema must a typed table with these columns meet?

    Columns that the table does not know are allowed; those of its key that are present make the key.

    Examples
    --------
    >>> sorted(schema("outcomes", ["district_id", "year", "value"]).columns)
    ['district_id', 'value', 'year']
    """
    # Importing pandera takes a second or more, so only where a table is checked.
    import pandera.pandas as pandera

    spec, present = known(table), set(columns)
    return pandera.DataFrameSchema(
        {
            column.name: pandera.Column(column.dtype, _legal(column), nullable=True)
            for column in spec.columns
            if column.name in present
        },
        checks=_orders(spec, present),
        unique=_key(spec, present),
    )


@cache
def _limits(table: str, present: frozenset[str]) -> pandera.DataFrameSchema:
    """Return the schema without the types, which cells have when they are converted: made once, and much faster."""
    import pandera.pandas as pandera

    spec = known(table)
    legal = {column.name: _legal(column) for column in spec.columns if column.name in present}
    return pandera.DataFrameSchema(
        {name: pandera.Column(None, checks, nullable=True) for name, checks in legal.items() if checks},
        checks=_orders(spec, present),
        unique=_key(spec, present),
    )


def _key(spec: Table, present: AbstractSet[str]) -> list[str]:
    needed = {column.name for column in spec.columns if column.required} & set(spec.key)
    return [name for name in spec.key if name in present] if needed <= present else []


def _legal(column: Column) -> list[pandera.Check]:
    import pandera.pandas as pandera

    if column.choices:
        return [pandera.Check.isin(column.choices)]
    if column.low is None:
        return []
    return [pandera.Check.in_range(column.low, np.inf if column.high is None else column.high)]


def _orders(spec: Table, present: AbstractSet[str]) -> list[pandera.Check]:
    times = {column.name for column in spec.columns if column.kind in ("date", "year")}
    return [_in_order(low, high, low in times) for low, high in spec.ordered if {low, high} <= present]


def _in_order(low: str, high: str, times: bool) -> pandera.Check:
    import pandera.pandas as pandera

    how = "after" if times else "above"
    return pandera.Check(lambda frame: ~(frame[low] > frame[high]), name=f"{low} is {how} {high}")


def validate(frame: pd.DataFrame, table: str, *, source: str = "", complete: bool = False) -> pd.DataFrame:
    """Does `frame` hold what `table` must hold?

    Parameters
    ----------
    frame : DataFrame
        A row for each observation; left as it is.
    table : str
        Name of the table: see `names`.
    source : str
        File or place to name in the error.
    complete : bool
        Add the columns of the table that `frame` lacks, blank.

    Returns
    -------
    DataFrame
        A copy with the declared types. Columns that the table does not know are kept as they are.

    Raises
    ------
    CbeError
        One error that lists every problem, column by column, with rows, what was found and what to do.

    Examples
    --------
    >>> rates = pd.DataFrame({"district_id": ["030"], "year": [2014.0], "value": ["61.5"]})
    >>> validate(rates, "outcomes").dtypes.astype(str).to_dict()
    {'district_id': 'str', 'year': 'int64', 'value': 'float64'}
    """
    spec = known(table)
    frame = require_frame(frame, table)
    problems = _absent(frame, spec)
    typed = frame.copy()
    for column in spec.columns:
        if column.name in frame.columns:
            typed[column.name], found = _converted(frame[column.name], column)
            problems += [(column.name, problem) for problem in found]
    problems += _illegal(typed, table)
    if problems:
        raise CbeError(_report(problems, table, source))
    if complete:
        absent = [column for column in spec.columns if column.name not in typed.columns]
        blank = {column.name: pd.Series(None, typed.index, dtype=pandas_dtype(column.dtype)) for column in absent}
        typed = typed.assign(**blank)
    return typed


def _absent(frame: pd.DataFrame, spec: Table) -> list[Problem]:
    existing = [str(name) for name in frame.columns]
    problems = []
    for column in spec.columns:
        if column.required and column.name not in existing:
            near = closest(column.name, existing)
            hint = f"{near!r} looks like it" if near else f"found {some(map(repr, existing), 12) or 'none'}"
            problems.append((column.name, f"there is no such column; {hint}; rename or add it"))
    return problems


def _converted(cells: pd.Series, column: Column) -> tuple[pd.Series, list[str]]:
    """Give `cells` the type of the column; cells that cannot have it become missing and are reported."""
    typed, problems = cells, []
    if cells.dtype != pandas_dtype(column.dtype):
        typed = _CONVERT[column.kind](cells)
        lost = typed.isna() & cells.notna()
        if lost.any():
            problems.append(f"{_found(cells, lost)}; {_WANTED[column.kind]}")
    if not column.blanks and cells.isna().any():
        problems.append(f"blank in {rows_of(cells.to_frame(), cells.isna())}; fill them in or leave those rows out")
    return typed.astype(pandas_dtype(DTYPES[column.kind] if problems else column.dtype)), problems


def _ids(cells: pd.Series) -> pd.Series:
    if cells.dtype == "str":
        return cells
    return cells.where(cells.map(lambda cell: isinstance(cell, str))).astype("str")


def _texts(cells: pd.Series) -> pd.Series:
    whole = pd.api.types.is_float_dtype(cells) and (cells.dropna() % 1 == 0).all()
    return cells.astype("Int64").astype("str") if whole else cells.astype("str")


def _numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells, errors="coerce").astype("Float64").astype("float64")


def _wholes(cells: pd.Series) -> pd.Series:
    numbers = _numbers(cells)
    return numbers.where(numbers % 1 == 0)


def _dates(cells: pd.Series) -> pd.Series:
    return pd.to_datetime(cells, errors="coerce", format="ISO8601")


def _flags(cells: pd.Series) -> pd.Series:
    words = cells.astype("str").str.strip().str.casefold()
    return words.map(_FLAG_WORDS).astype("boolean")


_FLAG_WORDS = {**dict.fromkeys(("yes", "true", "1", "1.0"), True), **dict.fromkeys(("no", "false", "0", "0.0"), False)}
_CONVERT = {
    "id": _ids,
    "text": _texts,
    "list": _texts,
    "count": _wholes,
    "year": _wholes,
    "number": _numbers,
    "date": _dates,
    "flag": _flags,
}


def _illegal(typed: pd.DataFrame, table: str) -> list[Problem]:
    """Let pandera check ranges, order and key, and put what it finds in words."""
    from pandera.errors import SchemaErrors

    # By position: labels of the index may repeat.
    spec, numbered = known(table), typed.reset_index(drop=True)
    present = frozenset(column.name for column in spec.columns if column.name in numbered)
    try:
        _limits(table, present).validate(numbered, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    cases["column"] = cases["column"].where(cases["schema_context"] == "Column", "")
    groups = cases.groupby(["column", "check"], sort=False)["index"]
    place = numbered.index
    problems = [_worded(typed, spec, str(name), str(check), place.isin(rows)) for (name, check), rows in groups]
    return [problem for problem in problems if problem]


def _worded(typed: pd.DataFrame, spec: Table, name: str, check: str, bad: np.ndarray) -> Problem | None:
    for column in spec.columns:
        if column.name == name:
            advice = "correct them or leave them blank" if column.blanks else "correct them"
            return name, f"{_found(typed[name], bad)}; legal: {column.legal}; {advice}"
    if check != _REPEATED:
        return check, f"in {rows_of(typed, bad)}; correct them or leave them blank"
    key = [column for column in spec.columns if column.name in spec.key and column.name in typed]
    repeats = bad & typed[[column.name for column in key if column.required]].notna().all(axis=1)
    label = ", ".join(column.name for column in key)
    return (label, f"one key repeats in {rows_of(typed, repeats)}; keep one row for each") if repeats.any() else None


def _found(cells: pd.Series, bad: np.ndarray | pd.Series) -> str:
    kept = list(dict.fromkeys(cells[np.asarray(bad)].map(repr)))
    return f"found {some(kept)} in {rows_of(cells.to_frame(), bad)}"


def _report(problems: list[Problem], table: str, source: str) -> str:
    place = f" in {source}" if source else ""
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    grouped: dict[str, list[str]] = {}
    for name, problem in problems:
        grouped.setdefault(name, []).append(problem)
    lines = "".join(f"\n  {name}: {'. '.join(found)}." for name, found in grouped.items())
    return f"`{table}`{place} cannot be used as it is: {count}.{lines}"
