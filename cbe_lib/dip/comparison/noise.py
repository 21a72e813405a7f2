"""One noise model for a whole file of districts: how results move about when nothing has changed.

A district's results around its own level and the year means are
    process (AR(1) over real year gaps) + random slope + overdispersed binomial noise,
with multivariate t tails, so that some districts are noisier than their size explains. The five numbers are fitted by
penalised restricted likelihood; the level is profiled out with a flat prior. A missing cell drops out exactly: its row
and column of the covariance are those of the identity and its deviation is zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

MOST_DISTRICTS = 400
RHO_PRIOR = (0.2, 0.35)
TAIL_PRIOR = (np.log(12.0), 0.8)
OVERDISPERSION_PRIOR = (np.log(1.5), 0.7)
SLOPE_SHARE, SLOPE_PRIOR_SD = 0.02, 1.5
PROCESS_PRIOR_SD = 2.0


@dataclass(frozen=True)
class Noise:
    """Process variance, its yearly correlation, slope variance, overdispersion (x binomial), degrees of freedom."""

    process: float
    rho: float
    slope: float
    overdispersion: float
    tail: float

    def covariance(self, binomial: np.ndarray, years: np.ndarray) -> np.ndarray:
        """Covariance of every district's years around its level; `binomial` is (districts, years)."""
        centred = years - years.mean()
        shared = self.process * self.rho ** np.abs(years[:, None] - years)
        shared = shared + self.slope * np.outer(centred, centred)
        return shared + self.overdispersion * binomial[:, :, None] * np.eye(len(years))


def masked(covariance: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Give unseen cells the rows and columns of the identity, so that they say nothing."""
    both = seen[:, :, None] & seen[:, None, :]
    return np.where(both, covariance, np.eye(seen.shape[1]))


def level_free(deviation: np.ndarray, covariance: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quadratic form of each district with its level profiled out, and the log determinant that goes with it."""
    root = np.linalg.cholesky(masked(covariance, seen))
    right = np.stack([np.where(seen, deviation, 0.0), seen * 1.0], axis=2)
    white = np.linalg.solve(root, right)
    size = np.einsum("nt,nt->n", white[..., 1], white[..., 1])
    cross = np.einsum("nt,nt->n", white[..., 0], white[..., 1])
    quadratic = np.einsum("nt,nt->n", white[..., 0], white[..., 0]) - cross**2 / size
    log_det = 2 * np.log(np.einsum("ntt->nt", root)).sum(axis=1) + np.log(size)
    return np.maximum(quadratic, 0.0), log_det


def fit_noise(deviation: np.ndarray, binomial: np.ndarray | None, years: np.ndarray, seed: int = 0) -> Noise:
    """Fit the noise model to deviations from the year means, shape (districts, years), NaN where missing."""
    if len(deviation) > MOST_DISTRICTS:
        chosen = np.random.default_rng(seed).choice(len(deviation), MOST_DISTRICTS, replace=False)
        deviation = deviation[chosen]
        binomial = None if binomial is None else binomial[chosen]
    seen = np.isfinite(deviation)
    known = np.zeros(deviation.shape) if binomial is None else binomial
    start = _start(deviation, seen, len(years))
    free = seen.sum(axis=1) - 1
    inflate = len(deviation) / (len(deviation) - 1)

    def loss(x: np.ndarray) -> float:
        noise = _unpack(x, binomial is not None)
        quadratic, log_det = level_free(deviation, noise.covariance(known, years), seen)
        return _penalty(x, start) - _log_t(quadratic * inflate, log_det, free, noise.tail)

    bounds = [
        (start[0] - 6, start[0] + 3),
        (-0.5, 1.2),
        (start[2] - 6, start[2] + 4),
        (np.log(0.5), np.log(6.0)),
        (0.0, np.log(200.0)),
    ]
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60})
    return _unpack(best.x, binomial is not None)


def _start(deviation: np.ndarray, seen: np.ndarray, years: int) -> np.ndarray:
    own = np.nanmean(deviation, axis=1, keepdims=True)
    spread = np.nansum((deviation - own) ** 2) / max((seen.sum(axis=1) - 1).sum(), 1)
    spread = max(spread, 1e-3)
    slope = spread * SLOPE_SHARE / max(years / 6, 1) ** 2
    return np.array([np.log(spread / 2), RHO_PRIOR[0], np.log(slope), OVERDISPERSION_PRIOR[0], TAIL_PRIOR[0]])


def _unpack(x: np.ndarray, binomial: bool) -> Noise:
    overdispersion = float(np.exp(x[3])) if binomial else 0.0
    return Noise(
        float(np.exp(x[0])), float(np.tanh(x[1])), float(np.exp(x[2])), overdispersion, float(2 + np.exp(x[4]))
    )


def _penalty(x: np.ndarray, start: np.ndarray) -> float:
    scale = np.array([PROCESS_PRIOR_SD, RHO_PRIOR[1], SLOPE_PRIOR_SD, OVERDISPERSION_PRIOR[1], TAIL_PRIOR[1]])
    return float(0.5 * (((x - start) / scale) ** 2).sum())


def _log_t(quadratic: np.ndarray, log_det: np.ndarray, free: np.ndarray, tail: float) -> float:
    constant = gammaln((tail + free) / 2) - gammaln(tail / 2) - 0.5 * free * np.log(tail)
    return float((constant - 0.5 * log_det - 0.5 * (tail + free) * np.log1p(quadratic / tail)).sum())
