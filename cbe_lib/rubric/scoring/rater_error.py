"""How far raters miss the level that a very large team would agree on, learned from where they disagree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, ndtr

SPREADS = np.geomspace(0.15, 2.0, 14)
HALF_WIDTH = 0.35
SLIP = 0.02
STEPS = 9


@dataclass(frozen=True)
class RaterError:
    """Standard deviation of a vote around the practice, in levels.

    Attributes
    ----------
    spread, weight : array
        Possible values, and how probable each is given all ratings of the file.
    """

    spread: np.ndarray
    weight: np.ndarray

    @property
    def mean(self) -> float:
        """Expected standard deviation of a vote, in levels."""
        return float(self.spread @ self.weight)


def practice(levels: int, steps: int = STEPS) -> np.ndarray:
    """Where on the scale a practice may stand: within `HALF_WIDTH` of the position of its level (from 0)."""
    offset = ((np.arange(steps) + 0.5) / steps * 2 - 1) * HALF_WIDTH
    return (np.arange(levels)[:, None] + offset).ravel()


def vote_chances(place: np.ndarray, spread: float, levels: int) -> np.ndarray:
    """Probability of each vote for a practice at `place`: rounded normal error, and now and then a slip."""
    cuts = np.concatenate([[-np.inf], np.arange(levels - 1) + 0.5, [np.inf]])
    shares = np.diff(ndtr((cuts - place[..., None]) / spread), axis=-1)
    return (1 - SLIP) * shares + SLIP / levels


def learn(counts: np.ndarray) -> RaterError | None:
    """Learn the error from units with two or more votes; None if there are none.

    `counts` has a row for each unit and a column for each level: how many raters gave it.
    """
    pattern, times = np.unique(counts[counts.sum(axis=1) > 1], axis=0, return_counts=True)
    if not len(pattern):
        return None
    fit = np.array([times @ _log_evidence(pattern, spread)[0] for spread in SPREADS])
    weight = np.exp(fit - fit.max())
    return RaterError(SPREADS, weight / weight.sum())


def level_chances(counts: np.ndarray, error: RaterError) -> np.ndarray:
    """Probability of each level for each unit, every level equally likely beforehand."""
    pattern, unit = np.unique(counts, axis=0, return_inverse=True)
    chance = np.zeros(pattern.shape)
    for spread, weight in zip(error.spread, error.weight, strict=True):
        if weight > 1e-6:
            total, by_level = _log_evidence(pattern, spread)
            chance += weight * np.exp(by_level - total[:, None])
    return (chance / chance.sum(axis=1, keepdims=True))[unit.ravel()]


def _log_evidence(pattern: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Log probability of each pattern of votes, in all and for practices at each level."""
    levels = pattern.shape[1]
    log_chance = np.log(vote_chances(practice(levels), spread, levels))
    each = (pattern @ log_chance.T).reshape(len(pattern), levels, STEPS)
    by_level = logsumexp(each, axis=2)
    return logsumexp(by_level, axis=1), by_level


def shortest(chance: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the shortest run of neighboring columns that holds `level` of each row's probability."""
    units, width = chance.shape
    below = np.concatenate([np.zeros((units, 1)), np.cumsum(chance, axis=1)], axis=1)
    low, high = np.zeros(units, dtype=int), np.full(units, width - 1)
    open_ = np.ones(units, dtype=bool)
    for length in range(1, width):
        inside = below[:, length:] - below[:, :-length]
        found = open_ & (inside.max(axis=1) >= level)
        low[found] = inside.argmax(axis=1)[found]
        high[found] = low[found] + length - 1
        open_ &= ~found
    return low, high
