"""Columns of student groups and of levels: many labels for one thing, mapped to one label."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.errors import closest
from cbe_lib.ingest.distinct import Distinct
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.texts import is_blank, refuse_common

MAPPED = "label mapped"
UNMAPPED = "unknown label"


def parse_subgroups(raw: pd.Series, heading: str) -> tuple[pd.Series, list[Finding]]:
    """Which student group does each label name?

    Labels drift from year to year (FRL, SES, Economically Disadvantaged); each is mapped to one canonical label. One
    that is not known is rejected, and the nearest known one named: it is never guessed.

    Parameters
    ----------
    raw : Series of str
        Cells as they stand in the file; NA where empty.
    heading : str
        Heading to name in the findings.

    Returns
    -------
    Series of str, list of Finding

    Examples
    --------
    >>> labels = pd.Series(["FRL", "Economically Disadvantaged", "Owls"], dtype="str")
    >>> parse_subgroups(labels, "Group")[0].tolist()
    ['economically disadvantaged', 'economically disadvantaged', nan]
    """
    return _mapped(raw, heading, _subgroups())


def parse_levels(raw: pd.Series, heading: str) -> tuple[pd.Series, list[Finding]]:
    """Does each row describe a state, a district or a school?

    Parameters
    ----------
    raw, heading
        As for `parse_subgroups`.

    Returns
    -------
    Series of str, list of Finding

    Examples
    --------
    >>> parse_levels(pd.Series(["State", "LEA", "Campus"], dtype="str"), "Level")[0].tolist()
    ['state', 'district', 'school']
    """
    return _mapped(raw, heading, _by_key(_levels()["level"]))


def total_levels(names: pd.Series, ids: pd.Series | None = None) -> tuple[pd.Series, list[Finding]]:
    """Which rows are totals among districts or schools: state totals, or the total of one district?

    Parameters
    ----------
    names : Series of str
        Names, or ids, of the places.
    ids : Series of str, optional
        District ids beside the names. "All Schools" with an id that other names share is that district's total;
        without one it is the state's.

    Returns
    -------
    Series of str, list of Finding
        "state" or "district" for total rows, missing for all others.

    Examples
    --------
    >>> total_levels(pd.Series(["Alder Ridge", "Colorado", "All Schools"], dtype="str"))[0].tolist()
    [nan, 'state', 'state']
    """
    cells = Distinct(names, str(names.name or "name"))
    level = cells.spread([_total_level(text) for text in cells.texts], None, "str")
    total = (level == "total").to_numpy()
    if total.any():
        known = level.isna().to_numpy()
        level = level.mask(total, np.where(_has_members(names, ids, known), "district", "state"))
    rows = np.flatnonzero(level.notna())
    if not len(rows):
        return level, []
    advice = "Kept as rows of that level: pick one level before fitting"
    return level, [Finding("total row", "handled", cells.heading, advice, rows, [names.iloc[rows[0]]])]


def _has_members(names: pd.Series, ids: pd.Series | None, place: np.ndarray) -> np.ndarray:
    """Say which ids are also those of a place that is no total."""
    if ids is None:
        return np.zeros(len(names), dtype=bool)
    return ids.isin(set(ids[place].dropna())).to_numpy()


def _total_level(text: str) -> str | None:
    key = _key(text)
    if key in _state_totals():
        return "state"
    return "total" if key in _totals() else None


@cache
def _totals() -> frozenset[str]:
    return frozenset(_key(word) for word in _levels()["total"]["total"])


@cache
def _state_totals() -> frozenset[str]:
    data = _levels()
    names = [_key(name) for name in data["states"]["names"]]
    spelled = [
        form.format(name) for name in names for form in ("{}", "state of {}", "{} state", "{} total", "{} statewide")
    ]
    # "Washington" and "New York" are names of districts too.
    doubtful = {"washington", "new york", "delaware", "nevada", "oregon", "wyoming", "michigan", "ohio", "indiana"}
    return frozenset({_key(word) for word in data["total"]["state"]} | (set(spelled) - doubtful))


def _mapped(raw: pd.Series, heading: str, known: Mapping[str, str]) -> tuple[pd.Series, list[Finding]]:
    cells = Distinct(raw, heading)
    labels = [_label(cells, number, known) for number in range(len(cells.texts))]
    changed = {text: label for text, label in zip(cells.texts, labels, strict=True) if label not in (None, text)}
    advice = "; ".join(f"{text!r} is {label!r}" for text, label in changed.items())
    for number, text in enumerate(cells.texts):
        if text in changed:
            cells.note(number, MAPPED, "handled", advice)
    return cells.spread(labels, None, "str"), cells.findings()


def _label(cells: Distinct, number: int, known: Mapping[str, str]) -> str | None:
    text = cells.texts[number]
    if refuse_common(cells, number) or is_blank(text):
        return None
    label = known.get(_key(text))
    if label is None:
        near = closest(_key(text), known)
        hint = f" (did you mean {known[near]!r}?)" if near else ""
        advice = f"Write a label that is known{hint}: {', '.join(dict.fromkeys(known.values()))}"
        cells.note(number, UNMAPPED, "rejected", advice)
    return label


def labels() -> list[str]:
    """Which student groups are known?

    Examples
    --------
    >>> labels()[:3]
    ['all students', 'female', 'male']
    """
    return list(_data("subgroups.toml"))


@cache
def _subgroups() -> dict[str, str]:
    return _by_key(_data("subgroups.toml"))


def _by_key(synonyms: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {_key(word): label for label, words in synonyms.items() for word in (label, *words)}


def _levels() -> dict[str, Any]:
    return _data("levels.toml")


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files("cbe_lib.ingest").joinpath(name).read_text(encoding="utf-8"))


def _key(text: str) -> str:
    """Fold a label for looking up: letters and digits only, single spaces."""
    return " ".join(re.sub(r"[^0-9a-z]+", " ", text.casefold()).split())
