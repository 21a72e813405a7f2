"""The errors that users meet: what is wrong, what was found, what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable
from typing import Self

import pandas as pd


class CbeError(ValueError):
    """Something in the input cannot be used; the message says what, where and what to do."""

    @classmethod
    def build(cls, problem: str, *, found: str = "", advice: str = "") -> Self:
        """Join the three parts of every message: what is wrong, what was found, the next step to try."""
        return cls(" ".join(_sentence(part) for part in (problem, found, advice) if part))


class ColumnError(CbeError):
    """A column that is needed is not in the table."""


class ValuesError(CbeError):
    """Cells of a column hold what they may not hold."""


class UnknownNameError(CbeError):
    """A name was asked for that is not in a fixed list."""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "?", "!")) else text + "."


def some(items: Iterable[object], most: int = 5) -> str:
    """List the first few items, and say how many more there are."""
    listed = list(items)
    shown = ", ".join(str(item) for item in listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def rows_of(frame: pd.DataFrame, bad: Iterable[bool]) -> str:
    """Name the rows where `bad` holds by their index labels: "3 rows (index 4, 7, 12)"."""
    labels = list(frame.index[list(bad)])
    count = len(labels)
    return f"{count} row{'s' if count != 1 else ''} (index {some(labels)})"


def closest(name: object, existing: Iterable[str]) -> str | None:
    """Return the existing name most like `name`, upper and lower case alike; None if none is near."""
    folded = {other.casefold(): other for other in existing}
    near = difflib.get_close_matches(str(name).casefold(), folded, n=1)
    return folded[near[0]] if near else None


def require_frame(frame: object, table: str) -> pd.DataFrame:
    """Return `frame` if it is a DataFrame; else raise CbeError."""
    if isinstance(frame, pd.DataFrame):
        return frame
    raise CbeError.build(
        f"`{table}` must be a pandas DataFrame",
        found=f"Found {type(frame).__name__}",
        advice="Pass a table with one row per year, for example samples.load('westminster')",
    )


def require_rows(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return `frame` if it has rows; else raise CbeError."""
    if len(frame):
        return frame
    raise CbeError.build(f"`{table}` has no rows", advice="Check the file, or the filter that picked the rows")


def require_columns(frame: object, names: Iterable[str], table: str) -> pd.DataFrame:
    """Return `frame` if it is a DataFrame that has every column in `names`; else raise ColumnError."""
    frame = require_frame(frame, table)
    missing = [name for name in names if not isinstance(name, Hashable) or name not in frame.columns]
    if missing:
        existing = [str(column) for column in frame.columns]
        near = [(name, closest(name, existing)) for name in missing]
        hints = [f"{name!r} looks like {other!r}" for name, other in near if other]
        raise ColumnError.build(
            f"`{table}` has no column {some(repr(name) for name in missing)}",
            found="; ".join([f"Its columns are {some(map(repr, existing), 12) or 'none at all'}", *hints]),
            advice="Rename the column, or pass your heading by keyword (year=, value=, n_tested=, district=)",
        )
    return frame


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Build the error for a name outside a fixed list, naming the nearest and all known ones."""
    names = list(known)
    near = closest(name, names)
    return UnknownNameError.build(
        f"There is no {kind} named {name!r}",
        found=f"Did you mean {near!r}?" if near else "",
        advice=f"Known: {some(names, 40)}",
    )
