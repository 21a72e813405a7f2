"""Three comparison rules: how the gaps of comparison districts are taken off everybody's gap.

unadjusted   the year means alone
adjusted     each year after, weighted least squares on baseline level, size and covariates, with slopes shrunk by what
             all years after together say about their spread (empirical-Bayes ridge)
nearest      the weighted mean gap of the nearest districts in level, size and covariates

Placebos are always compared without themselves. The scale of the gaps is then corrected by how far comparison
districts of like size and level strayed in the same years.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cbe_lib.dip.comparison.learning import Learned

LARGEST_SQUARE = 6.0
PRIOR_DISTRICTS = 12.0
SIZE_WIDTH, LEVEL_WIDTH = 0.7, 1.0
SMALLEST_SLOPE_SHARE = 0.02
SMALLEST_SCALE = 0.01
LARGEST_OWN_SHARE = 0.8
BLOCK = 1000


@dataclass(frozen=True)
class Gaps:
    """Gap of every district in the years after (NaN where unseen), its noise covariance and degrees of freedom.

    What was taken off is design @ coefficients in each year; `doubt` (years, columns, years, columns) is the covariance
    of these coefficients. Its part in the noise is shared by all districts. None: taken as not shared.
    """

    gap: np.ndarray
    covariance: np.ndarray
    tail: np.ndarray
    learned: Learned
    design: np.ndarray | None = None
    doubt: np.ndarray | None = None

    @property
    def sd(self) -> np.ndarray:
        """Noise standard deviation of each gap."""
        return np.sqrt(np.einsum("ntt->nt", self.covariance))


def profile(learned: Learned, names: tuple[str, ...] = ("baseline", "size")) -> np.ndarray:
    """Baseline level, log size and covariates of every district, in standard deviations of comparison districts."""
    teaches = learned.cohort.teaches
    columns = {"baseline": learned.level, "size": learned.log_size}
    chosen = [columns[name] for name in names if np.ptp(columns[name]) > 1e-9]
    scaled = [(x - x[teaches].mean()) / max(x[teaches].std(), 1e-9) for x in chosen]
    return np.column_stack([*scaled, learned.cohort.covariates]) if scaled else learned.cohort.covariates


def unadjusted(learned: Learned) -> Gaps:
    """Take off the mean gap of the comparison districts, year by year."""
    return _regressed(learned, np.ones((len(learned.gap), 1)))


def adjusted(learned: Learned, names: tuple[str, ...]) -> Gaps:
    """Take off what districts of this baseline level, size and covariates showed, year by year."""
    columns = np.column_stack([np.ones(len(learned.gap)), profile(learned, names)])
    return _regressed(learned, columns)


def nearest(learned: Learned, count: int) -> Gaps:
    """Take off the weighted mean gap of the `count` nearest comparison districts."""
    place = profile(learned)
    weight = _row_weights(learned)
    gap = np.nan_to_num(learned.gap)
    count = min(count, int(learned.cohort.teaches.sum()) - 1)
    reference = np.empty(gap.shape)
    for rows in _blocks(len(gap)):
        distance = _square_distance(place[rows], place)
        distance[:, ~learned.cohort.teaches] = np.inf
        distance[np.arange(len(rows)), rows] = np.inf
        near = np.argpartition(distance, count - 1, axis=1)[:, :count]
        total = np.maximum(weight[near].sum(axis=1), 1e-12)
        reference[rows] = (weight[near] * gap[near]).sum(axis=1) / total
    covariance = _own_covariance(learned) * (1 + 1 / count)
    return _rescaled(Gaps(learned.gap - reference, covariance, learned.tail, learned))


def _own_covariance(learned: Learned) -> np.ndarray:
    return learned.covariance * learned.own_scale[:, None, None]


def _row_weights(learned: Learned) -> np.ndarray:
    variance = np.einsum("ntt->nt", _own_covariance(learned))
    return np.where(learned.cohort.teaches[:, None] & np.isfinite(learned.gap), 1 / variance, 0.0)


def _regressed(learned: Learned, columns: np.ndarray) -> Gaps:
    weight = _row_weights(learned)
    gap = np.nan_to_num(learned.gap)
    inner = np.einsum("nt,na,nb->tab", weight, columns, columns)
    right = np.einsum("nt,na,nt->ta", weight, columns, gap)
    jitter = 1e-9 * np.einsum("taa->t", inner)[:, None, None] * np.eye(columns.shape[1])
    loose = np.linalg.inv(inner + jitter)
    slope = np.einsum("tab,tb->ta", loose, right)
    noise = np.einsum("taa->ta", loose).mean(axis=0)
    spread = np.maximum((slope**2).mean(axis=0) - noise, SMALLEST_SLOPE_SHARE * noise)
    spread[0] = 1e6
    tight = np.linalg.inv(inner + np.diag(1 / spread))
    fitted = np.einsum("na,tab,tb->nt", columns, tight, right)
    leverage = np.einsum("na,tab,nb->nt", columns, tight, columns)
    own_share = np.minimum(np.where(weight > 0, weight * leverage, 0.0), LARGEST_OWN_SHARE)
    doubt = _doubt(learned, weight, columns, tight, spread)
    unsure = np.einsum("na,tasb,nb->nts", columns, doubt, columns, optimize=True)
    without = 1 / np.sqrt(1 - own_share)
    covariance = _own_covariance(learned) + without[:, :, None] * unsure * without[:, None, :]
    return _rescaled(Gaps((learned.gap - fitted) * without**2, covariance, learned.tail, learned, columns, doubt))


def _doubt(
    learned: Learned, weight: np.ndarray, columns: np.ndarray, tight: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Covariance of all years' coefficients: noise of the districts that taught them, and what shrinkage may miss."""
    pull = weight[:, :, None] * columns[:, None, :]
    scores = np.einsum("nta,nts,nsb->tasb", pull, _own_covariance(learned), pull, optimize=True)
    doubt = np.einsum("tac,tcsd,sdb->tasb", tight, scores, tight, optimize=True)
    years = np.arange(len(tight))
    doubt[years, :, years] += tight @ np.diag(1 / spread) @ tight
    return doubt


def _rescaled(gaps: Gaps) -> Gaps:
    """Multiply the model's variance by how far districts like it strayed."""
    learned = gaps.learned
    teaches = learned.cohort.teaches
    square = gaps.gap**2 / gaps.sd**2
    seen = np.isfinite(square)
    strayed = np.where(seen, square, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    strayed = np.minimum(strayed, LARGEST_SQUARE)
    counts = teaches & seen.any(axis=1)
    local = local_mean(strayed, counts, learned)
    design = None if gaps.design is None else gaps.design * np.sqrt(local)[:, None]
    return replace(gaps, covariance=gaps.covariance * local[:, None, None], design=design)


def local_mean(value: np.ndarray, counts: np.ndarray, learned: Learned) -> np.ndarray:
    """Mean of `value` among like-size, like-level comparison districts, itself left out, shrunk to the overall mean."""
    spread = max(learned.level[learned.cohort.teaches].std() * LEVEL_WIDTH, 1e-9)
    place = np.column_stack([learned.log_size / SIZE_WIDTH, learned.level / spread])
    overall = max(value[counts].mean(), SMALLEST_SCALE)
    local = np.empty(len(value))
    for rows in _blocks(len(value)):
        kernel = np.exp(-0.5 * _square_distance(place[rows], place)) * counts
        kernel[np.arange(len(rows)), rows] = 0.0
        total = np.maximum(kernel.sum(axis=1), 1e-12)
        effective = total**2 / np.maximum((kernel**2).sum(axis=1), 1e-12)
        mean = kernel @ value / total
        local[rows] = (effective * mean + PRIOR_DISTRICTS * overall) / (effective + PRIOR_DISTRICTS)
    return local


def _blocks(districts: int) -> list[np.ndarray]:
    return np.array_split(np.arange(districts), districts // BLOCK + 1)


def _square_distance(some: np.ndarray, every: np.ndarray) -> np.ndarray:
    return ((some[:, None] - every) ** 2).sum(axis=2)


def gaps_before(learned: Learned, row: int, baseline: str) -> tuple[Gaps, np.ndarray]:
    """Gaps of the years before against the baseline of district `row`, and the calendar years of their columns.

    The baseline is the last year before with a result, or the mean of all of them.
    """
    cohort = learned.cohort
    deviation = learned.deviation[:, : cohort.before]
    seen = np.isfinite(deviation[row])
    if baseline == "mean":
        reference, keep = seen / seen.sum(), np.arange(cohort.before)
    else:
        reference = np.arange(cohort.before) == np.flatnonzero(seen)[-1]
        keep = np.flatnonzero(~reference)
    contrast = np.eye(cohort.before)[keep] - reference
    gap = np.where(contrast != 0, contrast * deviation[:, None, :], 0.0).sum(axis=2)
    covariance = contrast @ learned.full_covariance[:, : cohort.before, : cohort.before] @ contrast.T
    jitter = 1e-6 * np.einsum("ntt->n", covariance)[:, None, None] * np.eye(len(keep))
    return Gaps(gap, covariance + jitter, learned.tail, learned), cohort.years[keep]
