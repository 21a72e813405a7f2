"""What comparison districts teach: year means, noise, and how a district's years after follow from its years before.

Only comparison districts teach, and an adopter's years after its rollout are never seen here. A comparison district
is measured against the year means of the others, as the adopter is, so that both carry the error of those means. Each
district's years after are predicted from its own years before (kriging under the noise model), with its level shrunk
towards what its size and covariates suggest; the gap is what was observed minus that prediction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbe_lib.dip.comparison.noise import Noise, fit_noise, level_free, masked

UNKNOWN_SIZE = 40.0
LOWEST_SHARE, HIGHEST_SHARE = 0.06, 0.94
ROUGH_SHRINKAGE = 0.8
WIDE_VARIANCE = 50.0


@dataclass(frozen=True)
class Cohort:
    """The districts of one comparison as matrices: districts by years, in points of 100.

    values : NaN where missing, and where a comparison district has itself adopted
    tested : number tested in each cell, or None
    teaches : which rows are comparison districts
    years : calendar years; the first `before` of them lie before the rollout year, `first`
    covariates : (districts, covariates), standardised over the comparison districts
    """

    values: np.ndarray
    tested: np.ndarray | None
    teaches: np.ndarray
    years: np.ndarray
    before: int
    first: int
    covariates: np.ndarray


@dataclass(frozen=True)
class Learned:
    """Gaps of all districts before any adjustment, and their model covariance, over the years after."""

    cohort: Cohort
    noise: Noise
    gap: np.ndarray
    covariance: np.ndarray
    level: np.ndarray
    log_size: np.ndarray
    own_scale: np.ndarray
    tail: np.ndarray
    deviation: np.ndarray
    full_covariance: np.ndarray


def learn(cohort: Cohort, baseline: str = "last", noise: Noise | None = None) -> Learned:
    """Fit the noise model and predict every district's years after from its years before."""
    values = cohort.values.copy()
    values[~cohort.teaches, cohort.before :] = np.nan
    teaches, years = cohort.teaches, cohort.years.astype(float)
    weight = teaches * 1.0
    mean = year_means(values, weight)
    binomial = _binomial(cohort, values - mean, mean)
    for last in (False, True):
        mean = year_means(values, weight)
        if noise is None:
            noise = fit_noise((values - mean)[teaches], None if binomial is None else binomial[teaches], years)
        covariance = noise.covariance(np.zeros(values.shape) if binomial is None else binomial, years)
        level_variance, own = _levels(values - mean, covariance, teaches)
        if not last:
            weight = teaches / (level_variance + np.einsum("ntt->nt", covariance).mean(axis=1))
    deviation = (cohort.values - mean) / (1 - _own_share(values, weight))
    return _predict(cohort, deviation, noise, covariance, level_variance, own, baseline)


def year_means(values: np.ndarray, weight: np.ndarray, rounds: int = 30) -> np.ndarray:
    """Weighted mean of every year, as if all districts had a result in all years."""
    seen = np.isfinite(values) & (weight > 0)[:, None]
    weights = seen * weight[:, None]
    filled = np.where(seen, values, 0.0)
    level = np.zeros(len(values))
    mean = (weights * filled).sum(axis=0) / weights.sum(axis=0)
    for _ in range(0 if seen[weight > 0].all() else rounds):
        level = (seen * (filled - mean)).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
        level -= np.average(level, weights=weight)
        mean = (weights * (filled - level[:, None])).sum(axis=0) / weights.sum(axis=0)
    return mean


def _own_share(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weight of a district's own result in each year mean; leaving it out stretches deviations by 1 / (1 - share)."""
    weights = np.isfinite(values) * weight[:, None]
    return weights / weights.sum(axis=0)


def _binomial(cohort: Cohort, deviation: np.ndarray, mean: np.ndarray) -> np.ndarray | None:
    if cohort.tested is None:
        return None
    rough = ROUGH_SHRINKAGE * np.nanmean(deviation[:, : cohort.before], axis=1)
    share = np.clip((mean + rough[:, None]) / 100, LOWEST_SHARE, HIGHEST_SHARE)
    return 1e4 * share * (1 - share) / cohort.tested


def _levels(deviation: np.ndarray, covariance: np.ndarray, teaches: np.ndarray) -> tuple[float, np.ndarray]:
    """Variance of true levels between comparison districts, and noise variance of each district's own mean."""
    seen = np.isfinite(deviation)
    count = np.maximum(seen.sum(axis=1), 1)
    own = np.einsum("nij,ni,nj->n", covariance, seen * 1.0, seen * 1.0) / count**2
    mean = np.where(seen, deviation, 0.0).sum(axis=1) / count
    weight = 1 / (own[teaches] + WIDE_VARIANCE)
    centre = np.average(mean[teaches], weights=weight)
    between = np.average((mean[teaches] - centre) ** 2 - own[teaches], weights=weight)
    return max(float(between), 1.0), own


def _log_size(cohort: Cohort) -> np.ndarray:
    size = np.full(len(cohort.values), UNKNOWN_SIZE) if cohort.tested is None else cohort.tested.mean(axis=1)
    return np.log(size)


def _expected_level(cohort: Cohort, deviation: np.ndarray, log_size: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Level that a district of this size and these covariates would have, by weighted least squares."""
    teaches = cohort.teaches
    columns = np.column_stack([np.ones(len(log_size)), log_size - log_size[teaches].mean(), cohort.covariates])
    seen = np.isfinite(deviation)
    own = np.where(seen, deviation, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    weight = teaches / variance
    inner = (columns.T * weight) @ columns + 1e-9 * np.eye(columns.shape[1])
    return columns @ np.linalg.solve(inner, (columns.T * weight) @ own)


def _predict(
    cohort: Cohort,
    deviation: np.ndarray,
    noise: Noise,
    covariance: np.ndarray,
    level_variance: float,
    own: np.ndarray,
    baseline: str,
) -> Learned:
    before = cohort.before
    log_size = _log_size(cohort)
    learnable = np.where(cohort.teaches[:, None] | (np.arange(len(cohort.years)) < before), deviation, np.nan)
    expected = _expected_level(cohort, learnable, log_size, level_variance + own)
    total = covariance + level_variance
    from_own = deviation - expected[:, None]
    seen = np.isfinite(deviation[:, :before])
    select, known = _conditioning(seen, baseline)
    inner = masked(select @ total[:, :before, :before] @ select.transpose(0, 2, 1), known)
    cross = (select @ total[:, :before, before:]) * known[:, :, None]
    data = (select @ np.where(seen, from_own[:, :before], 0.0)[:, :, None])[..., 0] * known
    solved = np.linalg.solve(inner, np.concatenate([cross, data[:, :, None]], axis=2))
    to_level = level_variance * (select.sum(axis=2) * known)
    quadratic, _ = level_free(deviation[:, :before], covariance[:, :before, :before], seen)
    free = np.maximum(seen.sum(axis=1) - 1, 0)
    return Learned(
        cohort=cohort,
        noise=noise,
        gap=from_own[:, before:] - np.einsum("npt,np->nt", cross, solved[:, :, -1]),
        covariance=total[:, before:, before:] - cross.transpose(0, 2, 1) @ solved[:, :, :-1],
        level=expected + np.einsum("np,np->n", to_level, solved[:, :, -1]),
        log_size=log_size,
        own_scale=(noise.tail + quadratic) / (noise.tail + free),
        tail=noise.tail + free,
        deviation=deviation,
        full_covariance=covariance,
    )


def _conditioning(seen: np.ndarray, baseline: str) -> tuple[np.ndarray, np.ndarray]:
    """Which combinations of the years before the prediction may use: each year, or their plain mean alone."""
    districts, before = seen.shape
    if baseline == "last":
        return np.broadcast_to(np.eye(before), (districts, before, before)), seen
    mean = seen / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    return mean[:, None, :], np.ones((districts, 1), bool)
