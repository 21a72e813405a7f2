"""The tables that are known: columns, types, units, legal ranges and keys."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from cbe_lib.errors import unknown_name

Kind = Literal["id", "text", "count", "year", "number", "date"]

DTYPES: dict[Kind, str] = {
    "id": "str",
    "text": "str",
    "count": "Int64",
    "year": "Int64",
    "number": "float64",
    "date": "datetime64[us]",
}


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, unit, legal range and meaning."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    blanks: bool = True

    @property
    def dtype(self) -> str:
        """Name the pandas type; whole numbers that are always there need no missing value."""
        return "int64" if self.kind == "year" and not self.blanks else DTYPES[self.kind]

    @property
    def legal(self) -> str:
        """Say the legal values in words."""
        if self.choices:
            return " or ".join(self.choices)
        if self.low is None:
            return ""
        return f"{self.low:g} or more" if self.high is None else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Table:
    """One kind of table: its columns, its key, and pairs of columns of which the first may not exceed the second."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    ordered: tuple[tuple[str, str], ...] = ()


def _percent(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "number", meaning, unit="percent", low=0, high=100, required=required)


def _year(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "year", meaning, "spring year", 1950, 2100, required=required, blanks=not required)


_DISTRICT = Column("district_id", "id", "District; text, so that leading zeros survive", required=True, blanks=False)
_LEVELS = ("state", "district", "school")

TABLES = {
    "outcomes": Table(
        columns=(
            _DISTRICT,
            Column("level", "text", "What the row describes", choices=_LEVELS),
            _year("year", "Spring in which the school year ends: 2014-15 is 2015", required=True),
            Column("grade", "text", "Grade tested, for instance 8"),
            Column("subject", "text", "Subject tested, for instance mathematics"),
            Column("subgroup", "text", "Students that the row is about; all students if absent"),
            Column("metric", "text", "What the value counts, for instance percent proficient"),
            _percent("value", "The rate; blank where it was not published", required=True),
            _percent("lo", "Lowest rate that a published range allows"),
            _percent("hi", "Highest rate that a published range allows"),
            Column("n_tested", "count", "Students with a valid score", unit="students", low=0),
            _percent("participation", "Share of enrolled students who were tested"),
            Column("test_regime", "text", "Test and cut scores; rates of two regimes are not comparable"),
            Column("standard_setting", "text", "Which setting of the cut scores applies"),
            Column("suppressed_reason", "text", "Why the value is blank"),
            Column("raw_cell", "text", "The cell as it was published"),
            Column("source_id", "text", "Where the row came from"),
            _year("rollout_year", "First results that the change can have affected; blank: no rollout"),
            Column("enrollment", "count", "Students enrolled in all grades", unit="students", low=0),
            _percent("lunch", "Share of students eligible for free lunch"),
        ),
        key=("district_id", "level", "year", "grade", "subject", "subgroup", "metric"),
        ordered=(("lo", "hi"),),
    ),
    "rollout": Table(
        columns=(
            _DISTRICT,
            _year("rollout_year", "First results that the change can have affected", required=True),
            Column("event", "text", "What changed"),
            Column("grades", "text", "Grades that changed"),
            Column("school_ids", "text", "Schools that changed; all if absent"),
            Column("date", "date", "Day on which the change began"),
            Column("date_precision", "text", "How exact the date is", choices=("day", "month", "year")),
            Column("source", "text", "Who says so"),
            Column("confidence", "text", "How sure the source is", choices=("high", "medium", "low")),
            Column("alternative_date", "date", "Day that another source names"),
        ),
        key=("district_id", "event", "rollout_year"),
    ),
}


def names() -> tuple[str, ...]:
    """Which tables are known?

    Examples
    --------
    >>> names()
    ('outcomes', 'rollout')
    """
    return tuple(TABLES)


def describe(table: str) -> pd.DataFrame:
    """What does each column of `table` mean, in which unit, and what may stand in it?

    Parameters
    ----------
    table : {"outcomes", "rollout"}
        Name of the table.

    Returns
    -------
    DataFrame
        column, type, unit, legal, required, meaning: a row for each column.

    Raises
    ------
    CbeError
        If no table has that name.

    Examples
    --------
    >>> describe("outcomes").query("required")[["column", "type", "legal"]].to_dict("split")["data"]
    [['district_id', 'id', ''], ['year', 'year', '1950 to 2100'], ['value', 'number', '0 to 100']]
    """
    return pd.DataFrame(
        [
            {
                "column": column.name,
                "type": column.kind,
                "unit": column.unit,
                "legal": column.legal,
                "required": column.required,
                "meaning": column.meaning,
            }
            for column in known(table).columns
        ]
    )


def dtypes(table: str) -> dict[Hashable, Any]:
    """Which pandas type does each column of `table` have? For `pandas.read_csv(dtype=...)`, dates left out.

    Examples
    --------
    >>> dtypes("outcomes")["year"]
    'int64'
    """
    return {column.name: column.dtype for column in known(table).columns if column.kind != "date"}


def known(table: str) -> Table:
    """Return the declaration of `table`, or raise an error that lists the known ones."""
    if table not in TABLES:
        raise unknown_name("table", table, TABLES)
    return TABLES[table]
