"""Many districts, checked and sorted into batches that share a pattern of years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.dip.engine import Pattern
from cbe_lib.dip.omitted import REGIME, notes_on, two_tests
from cbe_lib.dip.series import SCALES, YEARS_AFTER, YEARS_BEFORE, check_scale, check_years, numeric
from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of


@dataclass(frozen=True)
class Batch:
    """Districts with results in the same years, counted from their rollout.

    place (districts,): number of the district in `Panel.names`; values (districts, years); variance (districts,): known
    binomial variance of a result, NaN where it is not known; first, last (districts,): calendar years of the rollout
    and of the last result.
    """

    pattern: Pattern
    place: np.ndarray
    values: np.ndarray
    variance: np.ndarray
    first: np.ndarray
    last: np.ndarray


@dataclass(frozen=True)
class Panel:
    """A checked panel: district names in order, batches, and the reason for each district that cannot be estimated."""

    names: list
    batches: list[Batch]
    refused: dict[int, str]
    scale: float | None
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Unit of a difference between two values."""
        return SCALES[self.scale][0]

    @property
    def point(self) -> float:
        """One percentage point in units of the values."""
        return SCALES[self.scale][1] / 100


def read_panel(
    outcomes: pd.DataFrame,
    *,
    district: str,
    year: str,
    value: str,
    n_tested: str | None,
    scale: float | None,
    rollout: str,
) -> Panel:
    """Check a table of many districts; what concerns one district only becomes its reason and stops no other."""
    needed = [district, year, value, rollout, *([n_tested] if n_tested else [])]
    frame = require_columns(outcomes, needed, "outcomes")
    if frame.empty:
        raise CbeError.build("`outcomes` has no rows", advice="Check the filter that picked the districts")
    check_scale(scale)
    clean = _numbers(frame, district, year, value, n_tested, rollout)
    missing = clean["value"].isna()
    notes = tuple(notes_on(frame, missing, value))
    codes, names = pd.factorize(clean["district"], sort=False)
    rank = np.argsort(np.argsort([str(name) for name in names], kind="stable"), kind="stable")
    clean["district"] = rank[codes]
    ordered = [names[number] for number in np.argsort(rank)]
    refused: dict[int, str] = {}
    batches = _batches(clean, len(ordered), scale, refused)
    return Panel(ordered, batches, refused, scale, notes)


def _numbers(
    frame: pd.DataFrame, district: str, year: str, value: str, n_tested: str | None, rollout: str
) -> pd.DataFrame:
    nameless = frame[district].isna()
    if nameless.any():
        raise ValuesError.build(
            f"Column {district!r} of `outcomes` is blank in {rows_of(frame, nameless)}", advice="Name every district"
        )
    return pd.DataFrame(
        {
            "district": frame[district],
            "year": check_years(frame, year),
            "value": numeric(frame, value),
            "rollout": numeric(frame, rollout),
            "tested": numeric(frame, n_tested) if n_tested else np.nan,
            "test": pd.factorize(frame[REGIME])[0] if REGIME in frame else -1,
        }
    )


def _batches(clean: pd.DataFrame, count: int, scale: float | None, refused: dict[int, str]) -> list[Batch]:
    order = np.lexsort((clean["year"].to_numpy(), clean["district"].to_numpy()))
    code, year, value, rollout, tested, test = (
        clean[column].to_numpy()[order] for column in ("district", "year", "value", "rollout", "tested", "test")
    )
    edges = np.searchsorted(code, np.arange(count + 1))
    alike: dict[tuple[int, ...], list[tuple[int, np.ndarray]]] = {}
    for place in range(count):
        rows = np.arange(edges[place], edges[place + 1])
        kept = rows[~np.isnan(value[rows])]
        reason = _refusal(year[rows], value[kept], rollout[rows], tested[kept], scale) or _several_tests(test[kept])
        if reason:
            refused[place] = reason
            continue
        alike.setdefault(tuple((year[kept] - int(rollout[rows[0]]) + 1).tolist()), []).append((place, kept))
    batches = []
    for years, members in sorted(alike.items()):
        reason = _too_few(np.array(years))
        if reason:
            refused.update({place: reason for place, _ in members})
            continue
        batch = _batch(Pattern(years, 1), members, year, value, rollout, tested, scale)
        batches.append(_without_noiseless(batch, refused))
    return [batch for batch in batches if len(batch.place)]


def _refusal(year: np.ndarray, value: np.ndarray, rollout: np.ndarray, tested: np.ndarray, scale: float | None) -> str:
    """Say why one district cannot be read; the cheap checks first, since every district passes here."""
    if np.isnan(rollout).any():
        some_given = not np.isnan(rollout).all()
        return "the rollout year is blank in some rows" if some_given else "no rollout year, so nothing to estimate"
    if (rollout != rollout[0]).any() or rollout[0] != int(rollout[0]):
        return f"the rollout year is not one whole year: found {', '.join(f'{x:g}' for x in np.unique(rollout)[:5])}"
    twice = year[1:][np.diff(year) == 0]
    if len(twice):
        return f"more than one row for {', '.join(map(str, np.unique(twice)[:5]))}; pick one grade, subject and group"
    if not len(value):
        return "no result in any year"
    if scale is not None and (value.min() < 0 or value.max() > scale):
        return f"values outside 0 to {scale:g}: found {value.min():g} to {value.max():g}"
    if (tested <= 0).any():
        return f"students tested must be above zero: found {np.nanmin(tested):g}"
    return ""


def _several_tests(test: np.ndarray) -> str:
    names = set(test[test >= 0].tolist())
    return f"{two_tests(list(names))}; keep one" if len(names) > 1 else ""


def _too_few(event: np.ndarray) -> str:
    before, after = int((event < 1).sum()), int((event >= 1).sum())
    if before >= YEARS_BEFORE and after >= YEARS_AFTER:
        return ""
    return (
        f"only {before} result{'s' if before != 1 else ''} before the rollout and {after} from it on; at least "
        f"{YEARS_BEFORE} before and {YEARS_AFTER} from the rollout year on are needed"
    )


def _batch(
    pattern: Pattern,
    members: list[tuple[int, np.ndarray]],
    year: np.ndarray,
    value: np.ndarray,
    rollout: np.ndarray,
    tested: np.ndarray,
    scale: float | None,
) -> Batch:
    rows = np.array([kept for _, kept in members])
    values = value[rows]
    return Batch(
        pattern=pattern,
        place=np.array([place for place, _ in members]),
        values=values,
        variance=_binomial_variance(values, tested[rows], scale),
        first=rollout[rows[:, 0]].astype(int),
        last=year[rows[:, -1]].astype(int),
    )


def _binomial_variance(values: np.ndarray, tested: np.ndarray, scale: float | None) -> np.ndarray:
    """Mean sampling variance of each district's results, as `Series.binomial_variance` has it; NaN where unknown."""
    known = ~np.isnan(tested).all(axis=1)
    if scale is None or not known.any():
        return np.full(len(values), np.nan)
    variance = np.full(len(values), np.nan)
    counts = tested[known]
    counts = np.where(np.isnan(counts), np.nanmedian(counts, axis=1, keepdims=True), counts)
    rate = ((values[known] / scale * counts).sum(axis=1) + 1) / (counts.sum(axis=1) + 2)
    variance[known] = scale**2 * rate * (1 - rate) * (1 / counts).mean(axis=1)
    return variance


def _without_noiseless(batch: Batch, refused: dict[int, str]) -> Batch:
    """Take out constant series and exact straight lines, which hold no noise to judge by."""
    design = batch.pattern.design
    left = batch.values - batch.values @ np.linalg.pinv(design).T @ design.T
    flat = np.ptp(batch.values, axis=1) == 0
    straight = np.abs(left).max(axis=1) <= 1e-12 * np.maximum(np.abs(batch.values).max(axis=1), 1e-300)
    for number in np.flatnonzero(flat | straight):
        results = f"all {batch.values.shape[1]} results are {batch.values[number, 0]:g}"
        what = results if flat[number] else "the results lie exactly on a straight line"
        refused[int(batch.place[number])] = f"not estimable: {what}, with no noise to judge by"
    return take(batch, ~(flat | straight))


def take(batch: Batch, which: np.ndarray) -> Batch:
    """Return the districts of a batch that `which` picks."""
    return Batch(
        batch.pattern,
        batch.place[which],
        batch.values[which],
        batch.variance[which],
        batch.first[which],
        batch.last[which],
    )
