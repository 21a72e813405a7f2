"""Every comparison district as its own placebo: how large a gap arises where nothing was rolled out?

A placebo's gap is first whitened by its own noise covariance and then given the covariance of the adopter, so that a
small and a large district can be laid side by side. Those that are like the adopter in baseline level and size count
most: normal weights on the distance between profiles, as narrow as leaves the weight of `LIKE_DISTRICTS` districts.

With 15 to 39 placebos ranks are too coarse; simulated gaps of the noise model stand in, as spread out as the placebos.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cbe_lib.dip.comparison.adjusting import Gaps, profile

FEWEST_PLACEBOS, FEWEST_RANKED = 15, 40
LIKE_DISTRICTS, LIKE_SHARE = 60.0, 0.8
WIDTHS = np.geomspace(0.2, 20.0, 40)
SIMULATED = 1999
SPREAD_QUANTILES = (0.5, 0.7, 0.8, 0.9, 0.95)
SPREAD_PRIOR = 20.0


@dataclass(frozen=True)
class Unit:
    """One adopter's gap over the columns that it has a result in, and whitened gaps of its placebos over the same.

    row : its row in the matrices
    columns : which years after (or before) it has a result in
    placebo_rows, placebos : rows of the placebos, and their whitened gaps (placebos, columns)
    weight : how like the adopter each placebo is
    design, doubt : as in `Gaps`
    """

    row: int
    columns: np.ndarray
    gap: np.ndarray
    covariance: np.ndarray
    tail: float
    placebo_rows: np.ndarray
    placebos: np.ndarray
    weight: np.ndarray
    design: np.ndarray | None = None
    doubt: np.ndarray | None = None

    @property
    def carried(self) -> np.ndarray:
        """Placebo gaps with this unit's noise covariance."""
        return self.placebos @ np.linalg.cholesky(self.covariance).T


def unit_of(gaps: Gaps, row: int) -> Unit:
    """Lay one district beside all comparison districts that have results in the same years."""
    columns = np.isfinite(gaps.gap[row])
    rows = np.flatnonzero(gaps.learned.cohort.teaches & np.isfinite(gaps.gap[:, columns]).all(axis=1))
    rows = rows[rows != row]
    seen = np.flatnonzero(columns)
    roots = np.linalg.cholesky(gaps.covariance[np.ix_(rows, seen, seen)])
    white = np.linalg.solve(roots, gaps.gap[np.ix_(rows, seen)][:, :, None])[..., 0]
    return Unit(
        row=row,
        columns=columns,
        gap=gaps.gap[row, columns],
        covariance=gaps.covariance[row][np.ix_(columns, columns)],
        tail=float(gaps.tail[row]),
        placebo_rows=rows,
        placebos=white,
        weight=like_weight(profile(gaps.learned), row, rows),
        design=None if gaps.design is None else gaps.design[row],
        doubt=gaps.doubt,
    )


def like_weight(place: np.ndarray, row: int, rows: np.ndarray) -> np.ndarray:
    """Weigh placebos by how like they are in level, size and covariates."""
    square = ((place[rows] - place[row]) ** 2).sum(axis=1)
    square = square - square.min() if len(square) else square
    weights = np.exp(-0.5 * square / WIDTHS[:, None] ** 2)
    effective = weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)
    wide = effective >= min(LIKE_DISTRICTS, LIKE_SHARE * len(rows))
    return weights[int(np.argmax(wide))] if wide.any() else np.ones(len(rows))


def simulated(unit: Unit, rng: np.random.Generator) -> Unit:
    """Replace few placebos by draws of the noise model, as spread out as the placebos are (shrunk to the model).

    The spread itself is learned from few districts: it varies from draw to draw, with as many degrees of freedom as
    there are placebos.
    """
    count = len(unit.placebos)
    draws = (
        rng.standard_normal((SIMULATED, len(unit.gap)))
        * np.sqrt(unit.tail - 2)
        / np.sqrt(rng.chisquare(unit.tail, (SIMULATED, 1)))
    )
    seen, model = np.abs(unit.placebos).max(axis=1), np.abs(draws).max(axis=1)
    ratio = np.mean(np.quantile(seen, SPREAD_QUANTILES) / np.quantile(model, SPREAD_QUANTILES))
    spread = 1 + (ratio - 1) * count / (count + SPREAD_PRIOR)
    unsure = np.sqrt(count / rng.chisquare(count, (SIMULATED, 1)))
    return replace(
        unit,
        placebo_rows=np.full(SIMULATED, -1),
        placebos=draws * spread * unsure,
        weight=np.ones(SIMULATED),
    )


@dataclass(frozen=True)
class Contrast:
    """What is tested and drawn: the gap over event years, its noise, and gaps that arise by chance.

    event : event years with a result; the rest has one entry for each of them
    chance : (draws, event years) with `weight`; `own_weight` is what the adopter itself counts
    """

    event: np.ndarray
    gap: np.ndarray
    covariance: np.ndarray
    tail: float
    chance: np.ndarray
    weight: np.ndarray
    own_weight: float

    @property
    def sd(self) -> np.ndarray:
        """Noise standard deviation of each event year's gap."""
        return np.sqrt(np.diag(self.covariance))

    def share_at_least(self, statistic: float, chance: np.ndarray) -> float:
        """How often chance, the observed case included, gives at least this statistic."""
        reached = self.own_weight + self.weight[chance >= statistic - 1e-12].sum()
        return float(reached / (self.own_weight + self.weight.sum()))

    def widest(self, level: float) -> float:
        """Largest distance from zero, in noise units over all event years, that chance stays within; inf if too few."""
        largest = np.abs(self.chance / self.sd).max(axis=1)
        order = np.argsort(largest)
        share = np.cumsum(self.weight[order]) / (self.weight.sum() + self.own_weight)
        place = int(np.searchsorted(share, level - 1e-12))
        return float(largest[order][place]) if place < len(order) else np.inf


def alone(unit: Unit, event: np.ndarray) -> Contrast:
    """Contrast of a single adopter: every placebo once, weighted by likeness."""
    own = float((unit.weight**2).sum() / unit.weight.sum())
    return Contrast(event, unit.gap, unit.covariance, unit.tail, unit.carried, unit.weight, own)


def together(units: list[Unit], events: list[np.ndarray], draws: int, rng: np.random.Generator) -> Contrast:
    """Contrast of several adopters, averaged by precision in each event year.

    Chance draws one placebo for each adopter and gives the draws the covariance of the adopters: what was taken off
    was learned from the same comparison districts, so its error does not average out.
    """
    event = np.unique(np.concatenate(events))
    places = [np.searchsorted(event, own) for own in events]
    average = np.zeros((len(event), sum(len(place) for place in places)))
    average[np.concatenate(places), np.arange(average.shape[1])] = np.concatenate(
        [1 / np.diag(unit.covariance) for unit in units]
    )
    average /= average.sum(axis=1, keepdims=True)
    covariance = _joint(units)
    picked = [rng.choice(len(unit.weight), draws, p=unit.weight / unit.weight.sum()) for unit in units]
    white = np.hstack([unit.placebos[rows] for unit, rows in zip(units, picked, strict=True)])
    return Contrast(
        event=event,
        gap=average @ np.concatenate([unit.gap for unit in units]),
        covariance=average @ covariance @ average.T,
        tail=float(sum(unit.tail for unit in units)),
        chance=white @ (average @ np.linalg.cholesky(covariance)).T,
        weight=np.ones(draws),
        own_weight=1.0,
    )


def _joint(units: list[Unit]) -> np.ndarray:
    """Covariance of all units' gaps; those of one rollout year share the error of what was taken off.

    Other rollout years have year means of their own, and what these share is left out.
    """
    return np.block([[_shared(one, other) for other in units] for one in units])


def _shared(one: Unit, other: Unit) -> np.ndarray:
    if one is other:
        return one.covariance
    if one.doubt is None or one.design is None or other.design is None or one.doubt is not other.doubt:
        return np.zeros((len(one.gap), len(other.gap)))
    shared = np.einsum("a,tasb,b->ts", one.design, one.doubt, other.design)
    return shared[np.ix_(one.columns, other.columns)]
