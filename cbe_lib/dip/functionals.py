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
    last = effect.shape[-1]
    trough = effect.argmin(axis=-1)
    lowest = effect.min(axis=-1)
    later = np.arange(last) > trough[..., None]
    back = later & (effect >= 0)
    regained = back.any(axis=-1)
    first = np.where(regained, back.argmax(axis=-1), 1 if last > 1 else 0)
    after = np.take_along_axis(effect, first[..., None], -1)[..., 0]
    before = np.take_along_axis(effect, np.maximum(first - 1, 0)[..., None], -1)[..., 0]
    step = np.where(after == before, 1.0, after - before)
    recovery = np.where(regained, first - before / step, np.inf)
    return {
        "depth": np.maximum(-lowest, 0.0),
        "trough": trough,
        "recovery": np.where(lowest >= 0, 0.0, recovery),
        "loss": np.maximum(-effect, 0.0).sum(axis=-1),
        "gain": effect[..., -1],
    }
