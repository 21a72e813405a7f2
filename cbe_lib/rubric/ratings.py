"""Who gave which unit which level: a long table of ratings, coded once for every verb that reads it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of, some

COUNTABLE_KEYS = 2**22  # pattern keys up to here are counted in one array, without sorting
WORTH_COUNTING = 50  # places in that array for each key, beyond which sorting is faster
EXACT_KEYS = 2**53  # whole numbers up to here are exact as floats


class Coded(NamedTuple):
    """Units and raters of a long table as whole numbers, in the order of first appearance or of size."""

    unit: np.ndarray
    rater: np.ndarray
    units: pd.Index
    raters: pd.Index
    used: np.ndarray


@dataclass(frozen=True)
class Patterns:
    """Distinct sets of ratings that units received, and how many units received each.

    Attributes
    ----------
    count : array
        Units that show the pattern.
    pattern, rater, level : array
        One entry for each rating in a pattern: the pattern it belongs to, who gave it, and its position on the scale.
    raters, levels : int
        Number of raters and of declared levels.
    """

    count: np.ndarray
    pattern: np.ndarray
    rater: np.ndarray
    level: np.ndarray
    raters: int
    levels: int


class Ratings:
    """Which rater gave which unit which of the declared levels?

    Code a long table once, then pass it to `agreement`, `icc` and `calibrate` as often as needed.

    Parameters
    ----------
    frame : DataFrame
        One row a rating. Rows without a rating are left out and counted in `notes`.
    unit, rater, rating : str
        Columns: what was rated (for instance district and criterion), by whom, and the level given.
    levels : sequence
        Every level of the scale, lowest first, used or not; never inferred from the ratings. 2 or more.

    Attributes
    ----------
    levels, units, raters : tuple or Index
        The scale, and the labels of what was rated and of who rated.
    unit, rater, level : array
        Whole-number codes, one a rating; `level` is the position on the scale, 0 the lowest.
    patterns : Patterns
        Distinct sets of ratings and how many units received each.
    notes : tuple of str
        Rows left out and why.

    Raises
    ------
    CbeError
        For missing columns, fewer than two levels, a rating that is not a declared level (fractions among them), a
        missing unit or rater, and two ratings of one unit by one rater; the rows are named.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> visit = pd.DataFrame({"site": [1, 1, 2, 2], "who": list("abab"), "level": ["low", "low", "high", "low"]})
    >>> rubric.Ratings(visit, unit="site", rater="who", rating="level", levels=["low", "high"])
    Ratings(2 units, 2 raters, 4 ratings on 2 levels)
    """

    def __init__(self, frame: pd.DataFrame, *, unit: str, rater: str, rating: str, levels: Iterable[Hashable]) -> None:
        frame = require_columns(frame, [unit, rater, rating], "ratings")
        self.levels = declared(levels)
        position = _positions(frame[rating], self.levels)
        coded = code_keys(frame, unit, rater, position >= 0)
        self.unit, self.rater, self.units, self.raters = coded.unit, coded.rater, coded.units, coded.raters
        self.level = position if len(coded.unit) == len(position) else position[coded.used]
        self.notes = left_out(coded.used)
        self.patterns = self._found_patterns()

    def __repr__(self) -> str:
        sizes = f"{len(self.units)} units, {len(self.raters)} raters, {len(self.level)} ratings"
        return f"Ratings({sizes} on {len(self.levels)} levels)"

    def _found_patterns(self) -> Patterns:
        raters, base = len(self.raters), len(self.levels) + 1
        if raters * np.log2(base) >= np.log2(EXACT_KEYS):
            ones = np.ones(len(self.units), dtype=np.int64)
            return Patterns(ones, self.unit, self.rater, self.level, raters, base - 1)
        places = base ** np.arange(raters, dtype=np.int64)
        digits = places.astype(float)[self.rater]
        digits *= self.level + 1
        keys, count = _counted(np.bincount(self.unit, weights=digits).astype(np.int64), base**raters)
        position = keys[:, None] // places % base - 1
        pattern, rater = np.nonzero(position >= 0)
        return Patterns(count, pattern, rater, position[pattern, rater], raters, base - 1)


def declared(levels: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """Return the levels as a tuple; raise CbeError unless they are two or more different ones."""
    found: tuple[Any, ...] = () if isinstance(levels, str) or not isinstance(levels, Iterable) else tuple(levels)
    if len(found) >= 2 and len(set(found)) == len(found) and not pd.isna(pd.Series(found, dtype=object)).any():
        return found
    raise CbeError.build(
        "`levels` must list two or more different levels, lowest first",
        found=f"Found {levels!r}",
        advice="For instance levels=['Exploring', 'Emerging', 'Proficient', 'Breakthrough'], used or not",
    )


def code_keys(frame: pd.DataFrame, unit: str, rater: str, used: np.ndarray) -> Coded:
    """Number the units and raters of the rows in use; raise for missing names and for a unit rated twice by one."""
    everything = bool(used.all())
    rows = frame if everything else frame[used]
    codes = []
    for column in (unit, rater):
        numbers, labels = _numbered(rows[column])
        if numbers.size and numbers.min() < 0:
            raise ValuesError.build(
                f"Column {column!r} is empty in {rows_of(rows, numbers < 0)} of `ratings`",
                advice="Say who rated what in every row that has a rating",
            )
        codes.append((numbers, labels))
    (units, unit_labels), (raters, rater_labels) = codes
    _refuse_repeats(rows, units, raters, len(unit_labels), len(rater_labels), (unit, rater))
    return Coded(units, raters, unit_labels, rater_labels, used)


def left_out(used: np.ndarray) -> tuple[str, ...]:
    """Say how many rows had no rating."""
    missing = int(used.size - used.sum())
    if not missing:
        return ()
    return (f"{missing} row{'s' if missing > 1 else ''} without a rating left out.",)


def groups(unit: np.ndarray, rater: np.ndarray) -> int:
    """Count the groups of raters that no chain of shared units links."""
    if not unit.size:
        return 0
    units, raters = int(unit.max()) + 1, int(rater.max()) + 1
    links = coo_array((np.ones(unit.size), (unit, rater + units)), shape=(units + raters, units + raters))
    count, _ = connected_components(links, directed=False)
    return int(count)


def _counted(keys: np.ndarray, space: int) -> tuple[np.ndarray, np.ndarray]:
    if space > min(COUNTABLE_KEYS, WORTH_COUNTING * keys.size):
        return np.unique(keys, return_counts=True)
    count = np.bincount(keys)
    present = np.flatnonzero(count)
    return present, count[present]


def _positions(ratings: pd.Series, levels: tuple[Hashable, ...]) -> np.ndarray:
    position = _look_up(ratings, levels)
    if position.size and position.min() >= 0:
        return position
    unknown = (position < 0) & ratings.notna().to_numpy()
    if not unknown.any():
        return position
    raise ValuesError.build(
        f"Column {ratings.name!r} holds ratings that are not declared levels in {rows_of(ratings.to_frame(), unknown)}",
        found=f"Found {some(map(repr, ratings[unknown].unique().tolist()))}; the levels are {some(map(repr, levels))}",
        advice="Declare every level in levels=, or correct these rows; a fraction between two levels is not a level",
    )


def _look_up(ratings: pd.Series, levels: tuple[Hashable, ...]) -> np.ndarray:
    if isinstance(ratings.dtype, pd.CategoricalDtype):
        place = pd.Index(levels, dtype=object).get_indexer(pd.Index(ratings.cat.categories.astype(object)))
        return np.append(place, -1)[ratings.cat.codes]
    if not (isinstance(ratings.dtype, np.dtype) and ratings.dtype.kind in "iuf"):
        return pd.Index(levels, dtype=object).get_indexer(pd.Index(ratings.astype(object)))
    values = ratings.to_numpy()
    if values.dtype.kind in "iu" and all(isinstance(level, (int, np.integer)) for level in levels) and len(values):
        low, high = int(values.min()), int(values.max())
        if high - low < values.size:
            place_of = dict(zip(levels, range(len(levels)), strict=True))
            return np.array([place_of.get(each, -1) for each in range(low, high + 1)])[_from_zero(values, low)]
    position = np.full(len(values), -1, dtype=np.int64)
    for place, level in enumerate(levels):
        if isinstance(level, (int, float, np.number)):
            position[values == level] = place
    return position


def _numbered(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        numbers, labels = _numbered(column.cat.codes)
        if not len(labels) or labels[0] >= 0:
            return numbers, column.cat.categories[labels]
    values = column.to_numpy() if isinstance(column.dtype, np.dtype) else None
    if values is None or values.dtype.kind not in "iu" or not values.size:
        return _factorized(column)
    low, high = int(values.min()), int(values.max())
    if high - low > 4 * values.size:
        return _factorized(column)
    offset = _from_zero(values, low)
    present = np.zeros(high - low + 1, dtype=bool)
    present[offset] = True
    if present.all():
        return offset, pd.RangeIndex(low, high + 1)
    return (np.cumsum(present) - 1)[offset], pd.Index(np.flatnonzero(present) + low)


def _from_zero(values: np.ndarray, low: int) -> np.ndarray:
    """Return whole numbers less the lowest, without a copy where there is nothing to do."""
    whole = values.astype(np.int64, copy=False)
    return whole - low if low else whole


def _factorized(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    numbers, labels = pd.factorize(column)
    return np.asarray(numbers, dtype=np.int64), pd.Index(labels)


def _refuse_repeats(
    rows: pd.DataFrame, unit: np.ndarray, rater: np.ndarray, units: int, raters: int, columns: tuple[str, str]
) -> None:
    cell = unit * raters
    cell += rater
    if units * raters <= max(COUNTABLE_KEYS, 4 * cell.size):
        filled = np.zeros(units * raters, dtype=bool)
        filled[cell] = True
        repeated = np.count_nonzero(filled) < cell.size
    else:
        repeated = len(np.unique(cell)) < cell.size
    if repeated:
        again = pd.Series(cell).duplicated(keep=False).to_numpy()
        raise ValuesError.build(
            f"One rater gave one unit more than one rating in {rows_of(rows, again)}",
            found=f"The same {columns[0]!r} and {columns[1]!r} stand in more than one row",
            advice="Keep one of them, or make the unit finer (district and criterion, or district and wave)",
        )
