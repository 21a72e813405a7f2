"""The agreement coefficients as functions of a few totals over units, for one data set or thousands of resamples.

Everything here works on patterns (distinct sets of ratings) and how many units show each. W is the matrix of credit,
pi the mean share of each level. Every coefficient but percent agreement is (agreement - chance) / (1 - chance).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from cbe_lib.rubric.ratings import Patterns

COEFFICIENTS = (
    "percent_agreement",
    "cohen_kappa",
    "fleiss_kappa",
    "conger_kappa",
    "krippendorff_alpha",
    "gwet_ac",
    "brennan_prediger",
)
BATCH_CELLS = 4_000_000
CERTAIN = 1e-12


@dataclass(frozen=True)
class Totals:
    """Sums over units; each may have a leading axis of resamples.

    Attributes
    ----------
    units, paired, agreed : array
        Units; units with two or more ratings; sum of their credit, each unit's averaged over its pairs.
    shares : array, levels last
        Sum over units of the share of each level.
    ratings, credit : array
        Ratings of paired units, and their credit times the number of ratings.
    levels : array, levels last
        Ratings of each level in paired units.
    by_rater, by_rater_paired : array, raters and levels last
        Ratings by rater and level, in all units and in paired ones.
    """

    units: np.ndarray
    paired: np.ndarray
    agreed: np.ndarray
    shares: np.ndarray
    ratings: np.ndarray
    credit: np.ndarray
    levels: np.ndarray
    by_rater: np.ndarray
    by_rater_paired: np.ndarray


class Sample:
    """Patterns of ratings under one matrix of weights: totals, resampled totals, and each pattern's own share."""

    def __init__(self, patterns: Patterns, weights: np.ndarray) -> None:
        self.patterns, self.weights = patterns, weights
        cells = patterns.pattern * patterns.levels + patterns.level
        size = len(patterns.count)
        self.counts = np.bincount(cells, minlength=size * patterns.levels).reshape(size, patterns.levels).astype(float)
        self.ratings = self.counts.sum(axis=1)
        self.is_paired = self.ratings >= 2
        others = np.where(self.is_paired, self.ratings - 1, 1)
        credit = (self.counts * (self.counts @ weights - 1)).sum(axis=1)
        self.credit = np.where(self.is_paired, credit / others, 0.0)
        self.agreed = self.credit / self.ratings
        self.shares = self.counts / self.ratings[:, None]

    @cached_property
    def columns(self) -> np.ndarray:
        """What each unit of a pattern adds to the totals that do not depend on who rated."""
        paired = self.is_paired.astype(float)
        single = [np.ones_like(paired), paired, self.agreed, self.ratings * paired, self.credit]
        return np.column_stack([*single, self.shares, self.counts * paired[:, None]])

    @cached_property
    def rater_columns(self) -> sparse.csr_array:
        """What each unit of a pattern adds to the ratings by rater and level."""
        entries = self.patterns
        cell = entries.rater * entries.levels + entries.level
        shape = (len(entries.count), entries.raters * entries.levels)
        return sparse.csr_array((np.ones(len(cell)), (entries.pattern, cell)), shape=shape)

    def totals(self) -> Totals:
        """Return the totals of the data as they are."""
        count = self.patterns.count.astype(float)
        entries = self.patterns
        cell, weight = entries.rater * entries.levels + entries.level, count[entries.pattern]
        size = entries.raters * entries.levels
        paired = weight * self.is_paired[entries.pattern]
        every, both = (np.bincount(cell, weights=each, minlength=size) for each in (weight, paired))
        return self._split(count @ self.columns, every, both)

    def resampled(self, count: np.ndarray) -> Totals:
        """Return the totals of samples that hold `count` (samples x patterns) units of each pattern."""
        paired = count * self.is_paired
        every, both = ((self.rater_columns.T @ each.T).T for each in (count, paired))
        return self._split(count @ self.columns, every, both)

    def each_left_out(self) -> Iterator[Totals]:
        """Yield, in batches of patterns, the totals without one unit of each pattern."""
        count = self.patterns.count.astype(float)
        all_columns, all_raters = count @ self.columns, count @ self.rater_columns
        all_paired = (count * self.is_paired) @ self.rater_columns
        step = max(1, BATCH_CELLS // len(all_raters))
        for start in range(0, len(count), step):
            batch = slice(start, start + step)
            raters = self.rater_columns[batch].toarray()
            paired = raters * self.is_paired[batch, None]
            yield self._split(all_columns - self.columns[batch], all_raters - raters, all_paired - paired)

    def _split(self, columns: np.ndarray, by_rater: np.ndarray, paired: np.ndarray) -> Totals:
        levels = self.patterns.levels
        table = (*columns.shape[:-1], self.patterns.raters, levels)
        return Totals(
            units=columns[..., 0],
            paired=columns[..., 1],
            agreed=columns[..., 2],
            shares=columns[..., 5 : 5 + levels],
            ratings=columns[..., 3],
            credit=columns[..., 4],
            levels=columns[..., 5 + levels :],
            by_rater=by_rater.reshape(table),
            by_rater_paired=paired.reshape(table),
        )


def chances(totals: Totals, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return the agreement expected by chance, by coefficient; NaN where there is nothing to compute it from."""
    levels = len(weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        pi = totals.shares / totals.units[..., None]
        pooled = totals.levels / totals.ratings[..., None]
        spread = weights.sum() / (levels * (levels - 1)) * (1 - (pi * pi).sum(axis=-1))
        two = totals.by_rater.shape[-2] == 2
        return {
            "percent_agreement": np.zeros_like(totals.units),
            "cohen_kappa": _by_raters(totals.by_rater_paired, weights) if two else totals.units * np.nan,
            "fleiss_kappa": _quadratic(pi, weights),
            "conger_kappa": _by_raters(totals.by_rater, weights),
            "krippendorff_alpha": _quadratic(pooled, weights),
            "gwet_ac": spread,
            "brennan_prediger": np.full_like(totals.units, weights.sum() / levels**2),
        }


def estimates(totals: Totals, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return every coefficient; NaN where it is undefined."""
    chance = chances(totals, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.where(totals.paired > 0, totals.agreed / totals.paired, np.nan)
        room = {name: np.where(1 - each > CERTAIN, 1 - each, np.nan) for name, each in chance.items()}
        found = {name: 1 - (1 - observed) / room[name] for name in COEFFICIENTS}
        one_less = 1 - 1 / totals.ratings
        found["krippendorff_alpha"] = 1 - one_less * (1 - totals.credit / totals.ratings) / room["krippendorff_alpha"]
    return found


def least_values(weights: np.ndarray) -> dict[str, float]:
    """Return the least that each coefficient can be, whoever rates; minus infinity where there is no such bound.

    Where differing counts as a squared distance, as under all named weights, two ratings of one unit differ at most
    twice as much, on average, as two ratings drawn apart: so kappas and alpha are -1 or more. The others are least
    where nobody earns credit.
    """
    center = np.eye(len(weights)) - 1 / len(weights)
    squared = float(np.linalg.eigvalsh(center @ weights @ center).min()) > -CERTAIN
    chance = float(weights.mean())
    bound = {"percent_agreement": 0.0, "gwet_ac": -chance / (1 - chance), "brennan_prediger": -chance / (1 - chance)}
    return dict.fromkeys(COEFFICIENTS, -1.0 if squared else -np.inf) | bound


def _quadratic(share: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return ((share @ weights) * share).sum(axis=-1)


def _by_raters(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    given = table.sum(axis=-1)
    share = table / np.where(given > 0, given, 1)[..., None]
    raters = (given > 0).sum(axis=-1)
    own = _quadratic(share, weights).sum(axis=-1)
    return (_quadratic(share.sum(axis=-2), weights) - own) / (raters * (raters - 1.0))
