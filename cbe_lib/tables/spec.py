"""The tables that are known: columns, types, units, legal ranges and keys."""

from __future__ import annotations

import tomllib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import pandas as pd

from cbe_lib.errors import unknown_name

Kind = Literal["id", "text", "list", "count", "year", "number", "date", "flag"]

DTYPES: dict[Kind, str] = {
    "id": "str",
    "text": "str",
    "list": "str",
    "count": "Int64",
    "year": "Int64",
    "number": "float64",
    "date": "datetime64[us]",
    "flag": "boolean",
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
    """One kind of table: columns, key, the question it answers, and whether a row is about one person.

    `ordered` holds pairs of columns of which the first may not exceed the second.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    question: str
    ordered: tuple[tuple[str, str], ...] = ()
    person: bool = False


@cache
def declared() -> dict[str, Table]:
    """Read the declarations of all tables."""
    file = resources.files("cbe_lib.tables") / "schemas.toml"
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    common = document.pop("common")
    del document["version"]
    return {name: _table(entry, common) for name, entry in document.items()}


def _table(entry: dict[str, Any], common: dict[str, dict[str, Any]]) -> Table:
    key = tuple(entry["key"])
    return Table(
        columns=tuple(
            _column(name, common[name] if cells == "common" else cells, key) for name, cells in entry["columns"].items()
        ),
        key=key,
        question=entry["question"],
        ordered=tuple((low, high) for low, high in entry.get("ordered", ())),
        person=entry.get("person", False),
    )


def _column(name: str, entry: dict[str, Any], key: tuple[str, ...]) -> Column:
    blanks = not (entry.get("required", False) and name in key)
    limits = {"low": 1950, "high": 2100, "unit": "spring year"} if entry["kind"] == "year" else {}
    given = {**limits, "blanks": blanks, **entry}
    return Column(name, **{**given, "choices": tuple(entry.get("choices", ()))})


def version() -> str:
    """Which version of the table declarations is this?

    Examples
    --------
    >>> version()
    '1.0'
    """
    file = resources.files("cbe_lib.tables") / "schemas.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))["version"]


def names() -> tuple[str, ...]:
    """Which tables are known?

    Examples
    --------
    >>> names()[:3]
    ('districts', 'outcomes', 'rollout')
    """
    return tuple(declared())


def describe(table: str) -> pd.DataFrame:
    """What does each column of `table` mean, in which unit, and what may stand in it?

    Parameters
    ----------
    table : str
        Name of the table: see `names`.

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
    if table not in declared():
        raise unknown_name("table", table, declared())
    return declared()[table]
