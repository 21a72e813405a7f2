"""The textbook rival, for many series at once: segmented regression with plain and with HAC(1) standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import f, t


@dataclass(frozen=True)
class Textbook:
    """Joint F test of level and slope change, depth and gain with intervals; arrays of shape (series,)."""

    p_value: np.ndarray
    depth: np.ndarray
    depth_low: np.ndarray
    depth_high: np.ndarray
    gain: np.ndarray
    gain_low: np.ndarray
    gain_high: np.ndarray
    loss: np.ndarray


def design(event: np.ndarray) -> np.ndarray:
    """Level, trend, level change, slope change."""
    after = event > 0
    return np.column_stack([np.ones(len(event)), event, after, after * (event - 1)]).astype(float)


def textbook(event: np.ndarray, values: np.ndarray, hac: bool, level: float = 0.95) -> Textbook:
    """Fit level and slope change; depth = max(0, -lowest year of the fitted change), with the interval of that year."""
    x = design(event)
    free = len(event) - x.shape[1]
    inverse = np.linalg.inv(x.T @ x)
    beta = values @ x @ inverse
    left = values - beta @ x.T
    meat = _newey_west(x, left) * len(event) / free if hac else (left**2).sum(1)[:, None, None] / free * (x.T @ x)
    change = (inverse @ meat @ inverse)[:, 2:, 2:]
    jump = beta[:, 2:]
    wald = np.einsum("ni,nij,nj->n", jump, np.linalg.inv(change), jump) / 2
    reach = np.column_stack([np.ones(event.max()), np.arange(event.max())])
    path = jump @ reach.T
    half = t.ppf((1 + level) / 2, free) * np.sqrt(np.einsum("ki,nij,kj->nk", reach, change, reach))
    each, lowest = np.arange(len(values)), path.argmin(axis=1)
    deepest, around = -path[each, lowest], half[each, lowest]
    return Textbook(
        p_value=f.sf(wald, 2, free),
        depth=np.maximum(deepest, 0),
        depth_low=np.maximum(deepest - around, 0),
        depth_high=deepest + around,
        gain=path[:, -1],
        gain_low=path[:, -1] - half[:, -1],
        gain_high=path[:, -1] + half[:, -1],
        loss=np.maximum(-path, 0).sum(axis=1),
    )


def _newey_west(x: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Sum of squared scores plus half of their products with the year before (Bartlett, one lag)."""
    score = left[:, :, None] * x
    lagged = np.einsum("nti,ntj->nij", score[:, 1:], score[:, :-1])
    return np.einsum("nti,ntj->nij", score, score) + 0.5 * (lagged + lagged.transpose(0, 2, 1))
