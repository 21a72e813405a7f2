"""Plain linear estimates for each district of a panel, not drawn together: what a regression on districts needs.

depth: how many times the common course, in points at its deepest year, by GLS on level, drift and course. gain: result
of the last year less the projection of the years before. Both are unbiased where the posterior means of
`cbe_lib.dip.terms` are drawn toward the middle, which would flatten a slope.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.dip.engine import Pattern
from cbe_lib.dip.panel_read import Batch
from cbe_lib.dip.pool import Course

RHOS = (0.0, 0.2, 0.4, 0.6, 0.8)
PRIOR_FREEDOM = 10.0


def strengths(batches: list[Batch], course: Course, names: list) -> pd.DataFrame:
    """Estimate depth and gain of each district; columns district, depth, depth_error, gain, gain_error."""
    lowest = max(-float(course.effect[0].min()), 1e-9)
    rho = min(RHOS, key=lambda each: sum(_deviance(batch, course, each) for batch in batches))
    parts = []
    for batch in batches:
        depth, depth_error = _slope(batch, _design(batch.pattern, course, lowest), rho)
        gain, gain_error = _gain(batch, rho)
        each = {"depth": depth, "depth_error": depth_error, "gain": gain, "gain_error": gain_error}
        parts.append(pd.DataFrame({"district": [names[place] for place in batch.place], **each}))
    columns = ["district", "depth", "depth_error", "gain", "gain_error"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _design(pattern: Pattern, course: Course, lowest: float) -> np.ndarray:
    event = np.asarray(pattern.years)
    usual = np.where(event >= 1, course.effect[0][np.maximum(event, 1) - 1], 0.0)
    return np.column_stack([pattern.design, usual / lowest])


def _deviance(batch: Batch, course: Course, rho: float) -> float:
    """Minus twice the restricted log likelihood of one autocorrelation, each district with its own variance."""
    design = _design(batch.pattern, course, 1.0)
    left, gram, covariance = _generalized(batch.values, design, batch.pattern.correlation(rho))[1:]
    free = batch.values.shape[1] - design.shape[1]
    log_det = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(gram)[1]
    return float((free * np.log(np.maximum(left, 1e-12)) + log_det).sum())


def _generalized(
    values: np.ndarray, design: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    weighed = np.linalg.solve(covariance, design)
    gram = design.T @ weighed
    beta = values @ weighed @ np.linalg.pinv(gram)
    residual = values - beta @ design.T
    left = np.einsum("nt,nt->n", residual, np.linalg.solve(covariance, residual.T).T)
    return beta, left, gram, covariance


def _moderated(left: np.ndarray, free: int) -> np.ndarray:
    """Noise variance of each district, drawn part of the way to the mean of all (ten pseudo-years)."""
    return (left + PRIOR_FREEDOM * left.mean() / max(free, 1)) / (free + PRIOR_FREEDOM)


def _slope(batch: Batch, design: np.ndarray, rho: float) -> tuple[np.ndarray, np.ndarray]:
    beta, left, gram, _ = _generalized(batch.values, design, batch.pattern.correlation(rho))
    variance = _moderated(left, batch.values.shape[1] - design.shape[1])
    return beta[:, -1], np.sqrt(variance * np.linalg.pinv(gram)[-1, -1])


def _gain(batch: Batch, rho: float) -> tuple[np.ndarray, np.ndarray]:
    event = np.asarray(batch.pattern.years)
    before = event < 1
    whole, correlation = batch.pattern.design, batch.pattern.correlation(rho)
    own = correlation[np.ix_(before, before)]
    beta, left, gram, _ = _generalized(batch.values[:, before], whole[before], own)
    weigh = np.linalg.solve(own, correlation[before, -1])
    ahead = batch.values[:, -1] - beta @ whole[-1] - (batch.values[:, before] - beta @ whole[before].T) @ weigh
    doubt = whole[-1] - whole[before].T @ weigh
    variance = _moderated(left, int(before.sum()) - whole.shape[1])
    return ahead, np.sqrt(variance * (1 - correlation[before, -1] @ weigh + doubt @ np.linalg.pinv(gram) @ doubt))
