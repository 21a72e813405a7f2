"""What is read off an effect path: depth, trough, recovery, loss, gain."""

from __future__ import annotations

import numpy as np


def functionals(effect: np.ndarray) -> dict[str, np.ndarray]:
    """Read the five terms off effect paths.

    Parameters
    ----------
    effect : array, shape (..., years)
        Effect on each calendar year from the rollout year to the last observed one; below zero is worse.

    Returns
    -------
    dict of array, shape (...)
        depth (>= 0), trough (0 = the rollout year), recovery (years from the year before the rollout, straight lines
        between years; inf: not by the last year; 0: never below), loss (>= 0), gain (signed).
    """
    years = np.moveaxis(effect, -1, 0)
    lowest, trough = years[0].copy(), np.zeros(years.shape[1:], int)
    loss, recovery = np.maximum(-years[0], 0.0), np.full(years.shape[1:], np.inf)
    for number, now in enumerate(years[1:], start=1):
        before = years[number - 1]
        deeper = now < lowest
        lowest, trough = np.where(deeper, now, lowest), np.where(deeper, number, trough)
        loss += np.maximum(-now, 0.0)
        back = (now >= 0) & np.isinf(recovery)
        crossing = number - before / np.where(now == before, 1.0, now - before)
        recovery = np.where(deeper, np.inf, np.where(back, crossing, recovery))
    return {
        "depth": np.maximum(-lowest, 0.0),
        "trough": trough,
        "recovery": np.where(lowest >= 0, 0.0, recovery),
        "loss": loss,
        "gain": years[-1],
    }
