"""From a table of ratings and the consensus to numbered facets, each mistake named."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of, some, unknown_name
from cbe_lib.rubric.agreement import need_columns
from cbe_lib.rubric.calibration.design import Facets
from cbe_lib.rubric.ratings import Ratings

DAYS_PER_YEAR = 365.25


class Records(NamedTuple):
    """Numbered ratings and what the numbers stand for.

    Attributes
    ----------
    facets : Facets
        The ratings; the consensus, if any, is the last rater.
    districts, criteria, raters : list
        Labels in order of number; `raters` leaves out the consensus.
    levels : tuple
        The declared scale.
    notes : tuple of str
        Rows left out and why.
    """

    facets: Facets
    districts: list
    criteria: list
    raters: list
    levels: tuple
    notes: tuple[str, ...]


class Columns(NamedTuple):
    """Headings of a table of ratings."""

    district: Any
    criterion: Any
    rater: Any
    rating: Any
    time: Any = None


def code(ratings: Any, columns: Columns, levels: Iterable[Hashable] | None, anchors: Any) -> Records:
    """Number the ratings and the consensus."""
    if isinstance(ratings, Ratings):
        coded, pairs, time = ratings, _pairs(ratings), None
        _same_levels(levels, ratings)
        if columns.time is not None:
            raise CbeError.build("A rubric.Ratings holds no times", advice="Pass the table itself to use time=")
    else:
        coded, pairs, time = _coded(ratings, columns, levels)
    district, districts = _ordered(pairs[0])
    criterion, criteria = _ordered(pairs[1])
    rater, raters = _ordered(pd.Series(coded.raters.take(coded.rater), dtype=object))
    facets = Facets(district, criterion, rater, np.asarray(coded.level, dtype=int), time)
    records = Records(facets, districts, criteria, raters, coded.levels, coded.notes)
    return records if anchors is None else _anchored(records, anchors, columns)


def _coded(frame: Any, columns: Columns, levels: Any) -> tuple[Ratings, tuple[pd.Series, pd.Series], Any]:
    named = {name: value for name, value in columns._asdict().items() if name != "time"}
    need_columns(**named, levels=levels)
    wanted = [*named.values(), *([] if columns.time is None else [columns.time])]
    frame = require_columns(frame, wanted, "ratings")
    used = frame[columns.rating].notna().to_numpy()
    for column in (columns.district, columns.criterion):
        empty = used & frame[column].isna().to_numpy()
        if empty.any():
            raise ValuesError.build(
                f"Column {column!r} is empty in {rows_of(frame, empty)} of `ratings`",
                advice="Say what was rated in every row that has a rating",
            )
    criteria, names = pd.factorize(frame[columns.criterion])
    unit = f"{columns.district} and {columns.criterion}"
    whole = frame[[columns.rater, columns.rating]].copy()
    whole[unit] = pd.factorize(frame[columns.district])[0] * (len(names) + 1) + criteria
    coded = Ratings(whole, unit=unit, rater=columns.rater, rating=columns.rating, levels=levels)
    pairs = frame.loc[used, columns.district], frame.loc[used, columns.criterion]
    return coded, pairs, None if columns.time is None else _times(frame[used], columns.time)


def _pairs(ratings: Ratings) -> tuple[pd.Series, pd.Series]:
    labels = list(ratings.units)
    if not all(isinstance(label, tuple) and len(label) == 2 for label in labels):
        raise CbeError.build(
            "To calibrate raters, the units of these ratings must be pairs of district and criterion",
            found=f"Found {some(map(repr, labels), 3)}",
            advice="Make the unit column of tuples (district, criterion), or pass the table and name both columns",
        )
    district, criterion = (pd.Series([label[part] for label in labels], dtype=object) for part in (0, 1))
    return district.take(ratings.unit), criterion.take(ratings.unit)


def _same_levels(levels: Iterable[Hashable] | None, ratings: Ratings) -> None:
    if levels is not None and tuple(levels) != ratings.levels:
        raise CbeError.build(
            "These ratings were coded with other levels",
            found=f"Found {tuple(levels)!r} beside {ratings.levels!r}",
            advice="Leave out levels=, or code the table again with rubric.Ratings",
        )


def _times(frame: pd.DataFrame, column: Any) -> np.ndarray:
    """Return times less their mean; dates as years."""
    values = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        years = (values - values.min()).dt.total_seconds() / 86_400 / DAYS_PER_YEAR
    else:
        years = pd.to_numeric(values, errors="coerce")
    found = years.to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(found)
    if bad.any():
        raise ValuesError.build(
            f"Column {column!r} holds neither a number nor a date in {rows_of(frame, bad)}",
            advice="Say when each rating was given: a school year, a wave number or a date column",
        )
    return found - found.mean() if len(found) else found


def _ordered(values: pd.Series) -> tuple[np.ndarray, list]:
    """Number values in the order of their labels, whatever the order of the rows."""
    numbers, found = pd.factorize(values)
    labels = list(found)
    try:
        order = sorted(range(len(labels)), key=labels.__getitem__)
    except TypeError:
        order = sorted(range(len(labels)), key=lambda each: (type(labels[each]).__name__, str(labels[each])))
    rank = np.empty(len(labels), dtype=int)
    rank[order] = np.arange(len(labels))
    return rank[numbers], [labels[each] for each in order]


def _anchored(records: Records, anchors: Any, columns: Columns) -> Records:
    """Add the consensus as one more rater, whose severity is 0."""
    facets = records.facets
    unit = facets.district * len(records.criteria) + facets.criterion
    rated = np.unique(unit)
    agreed: dict[int, int] = {}
    unrated = 0
    for key, level in _agreed(anchors, columns):
        place = _place(level, records.levels)
        units = _units(key, records, rated)
        unrated += not len(units)
        agreed.update(dict.fromkeys(units.tolist(), place))
    if not agreed:
        raise CbeError.build("No unit of `anchors` was rated", advice="Give the consensus level of units in `ratings`")
    units, consensus = np.array(list(agreed)), len(records.raters)
    district, criterion, rater, level = (
        np.concatenate(each)
        for each in (
            (facets.district, units // len(records.criteria)),
            (facets.criterion, units % len(records.criteria)),
            (facets.rater, np.full(len(units), consensus)),
            (facets.level, list(agreed.values())),
        )
    )
    time = None if facets.time is None else np.concatenate([facets.time, np.zeros(len(units))])
    left_out = (f"{unrated} consensus levels for units that nobody rated left out.",) if unrated else ()
    joined = Facets(district, criterion, rater, level, time, fixed_rater=consensus)
    return records._replace(facets=joined, notes=(*records.notes, *left_out))


def _agreed(anchors: Any, columns: Columns) -> list[tuple[Any, Any]]:
    if isinstance(anchors, Mapping):
        return list(anchors.items())
    if not isinstance(anchors, pd.DataFrame):
        raise CbeError.build(
            "`anchors` must be a mapping or a table",
            found=f"Found {type(anchors).__name__}",
            advice="For instance {('Northfield', 'D1a'): 'Emerging'}, or a table with the columns of `ratings`",
        )
    frame = require_columns(anchors, [columns.district, columns.rating], "anchors").dropna(subset=[columns.rating])
    keys = [columns.district, *([columns.criterion] if columns.criterion in frame.columns else [])]
    labels = frame[keys[0]] if len(keys) == 1 else zip(frame[keys[0]], frame[keys[1]], strict=True)
    return list(zip(labels, frame[columns.rating], strict=True))


def _place(level: Any, levels: tuple) -> int:
    if level in levels:
        return levels.index(level)
    raise ValuesError.build(
        f"A consensus level in `anchors` is {level!r}, which is no declared level",
        advice=f"The levels are {some(map(repr, levels))}",
    )


def _units(key: Any, records: Records, rated: np.ndarray) -> np.ndarray:
    """Return the rated units that a key means: one, or all of a district."""
    size = len(records.criteria)
    if isinstance(key, Hashable) and key in records.districts:
        return rated[rated // size == records.districts.index(key)]
    if not (isinstance(key, tuple) and len(key) == 2 and key[0] in records.districts):
        raise unknown_name("district in `ratings`", key, map(str, records.districts))
    if key[1] not in records.criteria:
        raise unknown_name("criterion in `ratings`", key[1], map(str, records.criteria))
    unit = records.districts.index(key[0]) * size + records.criteria.index(key[1])
    return rated[rated == unit]
