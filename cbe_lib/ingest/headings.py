"""What a heading says, however it is written: the words that are compared, and the known names of each column."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from cbe_lib.tables.spec import known

NEARLY = 0.86
_WORDS: dict[str, str] = {
    **dict.fromkeys(("pct", "perc", "percentage"), "percent"),
    **dict.fromkeys(("num", "no", "nbr"), "number"),
    **dict.fromkeys(("proficiency", "prof"), "proficient"),
    **{"cnt": "count", "dist": "district", "sch": "school", "yr": "year", "assessed": "tested", "tests": "tested"},
}
_IDLE = frozenset({"of", "the", "in", "a", "an", "all", "for"})


class Known(NamedTuple):
    """A column of a table that a heading may mean, how surely (3 its own name, 2 a known name, 1 nearly), and why."""

    column: str
    rank: int
    reason: str


def plain(heading: object) -> str:
    """Write a heading on one line, without stray spaces or the remains of a byte order mark."""
    text = re.sub(r"^(\ufeff|ï»¿|\u00ef(?=[A-Z]))", "", str(heading))
    return " ".join(text.replace("\u00a0", " ").replace("\u200b", "").split())


def words(heading: str) -> str:
    """Reduce a heading to the words that are compared: "% Prof." and "PctProficient" are both "percent proficient"."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain(heading)).replace("%", " percent ").replace("#", " number ")
    parts = re.findall(r"[^\W_]+", text.casefold())
    return " ".join(_WORDS.get(part) or part for part in parts if part not in _IDLE)


def meanings(heading: str, table: str) -> list[Known]:
    """Name the columns of `table` that `heading` may mean, by its own or a known name."""
    if heading in {column.name for column in known(table).columns}:
        return [Known(heading, 3, "the name of the column")]
    key = words(heading)
    return [Known(column, 2, f"known name {name!r}") for column, name in _names(table).get(key, {}).items()]


def near_meaning(heading: str, table: str) -> Known | None:
    """Name the column whose own or known name is nearly `heading`, as after a slip of the pen."""
    key = words(heading)
    if len(key) < 5:
        return None
    near = get_close_matches(key, _names(table), n=1, cutoff=NEARLY)
    column = next(iter(_names(table)[near[0]])) if near else ""
    return Known(column, 1, f"nearly the known name {near[0]!r}") if near else None


@cache
def _names(table: str) -> dict[str, dict[str, str]]:
    """Give for each comparable name the columns that it may mean, with the name as listed."""
    lists = tomllib.loads(files("cbe_lib.ingest").joinpath("synonyms.toml").read_text(encoding="utf-8"))
    own, shared = lists.get(table, {}), lists["any"]
    columns = [column.name for column in known(table).columns]
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        for name in (column, *own.get(column, ())):
            found.setdefault(words(name), {}).setdefault(column, name)
    for column in columns:
        for name in shared.get(column, ()):
            if words(name) not in found:
                found[words(name)] = {column: name}
    return found
