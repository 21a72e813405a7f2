"""Two waves at once: raters who rated both repeat part of their error, which cancels in the change."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from cbe_lib.rubric.scoring.rater_error import RaterError, practice, vote_chances

SHARED = (0.0, 0.3, 0.6, 0.85)
"""Shares of the error variance that a rater may carry from wave to wave; which holds is learned from the file."""
NODES, STEPS = 9, 3
NEGLIGIBLE = 1e-3


def joint_levels(both: np.ndarray, first: np.ndarray, second: np.ndarray, error: RaterError) -> np.ndarray:
    """Probability of each pair of levels (unit x earlier x later), every pair equally likely beforehand.

    `both` counts raters by their earlier and later vote (unit x level x level), `first` and `second` the votes of
    raters who rated one wave only (unit x level).
    """
    units, levels = first.shape
    wide = np.concatenate([both.reshape(units, -1), first, second], axis=1)
    pattern, unit, times = np.unique(wide, axis=0, return_inverse=True, return_counts=True)
    log_weights, chances = [], []
    for spread, weight in zip(error.spread, error.weight, strict=True):
        for share in SHARED if weight > NEGLIGIBLE else ():
            log_evidence = _log_evidence(pattern, levels, spread, share)
            total = logsumexp(log_evidence, axis=1)
            log_weights.append(np.log(weight) + times @ total)
            chances.append(np.exp(log_evidence - total[:, None]))
    weights = np.exp(np.array(log_weights) - max(log_weights))
    mixed = np.tensordot(weights / weights.sum(), np.array(chances), axes=1)
    return mixed.reshape(-1, levels, levels)[unit.ravel()]


def _log_evidence(pattern: np.ndarray, levels: int, spread: float, share: float) -> np.ndarray:
    """Log probability of each pattern for every pair of levels."""
    together = np.log(_pair_chances(levels, spread, share)).reshape((levels * STEPS) ** 2, levels**2)
    alone = np.log(vote_chances(practice(levels, STEPS), spread, levels))
    places = len(alone)
    earlier, later = np.repeat(alone, places, axis=0), np.tile(alone, (places, 1))
    each = pattern @ np.concatenate([together, earlier, later], axis=1).T
    by_level = each.reshape(-1, levels, STEPS, levels, STEPS)
    return logsumexp(by_level, axis=(2, 4)).reshape(len(pattern), -1)


def _pair_chances(levels: int, spread: float, share: float) -> np.ndarray:
    """Probability of a rater's two votes (place x place x vote x vote), averaged over what the rater carries along."""
    node, weight = np.polynomial.hermite_e.hermegauss(NODES if share else 1)
    place = practice(levels, STEPS)
    own = spread * np.sqrt(1 - share)
    each = np.array([vote_chances(place + shift, own, levels) for shift in node * spread * np.sqrt(share)])
    return np.einsum("q,qiv,qjw->ijvw", weight / weight.sum(), each, each)
