"""Cronbach's alpha and McDonald's omega of one block of answers, with limits that do not suppose normal answers.

Both limits come from what each respondent adds to the coefficient (asymptotically distribution-free: the jackknife for
alpha, the delta method on the covariances of the items for omega), and are symmetric in log(1 - coefficient).
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from scipy.special import fdtri, stdtrit

ONE_ITEM = "A scale of one item has no internal consistency: ask the same people again to see how stable it is."
NO_ITEM = "Nobody in this group answered an item of this scale."
FEW = "Only {n} complete answers to {k} items; there must be more respondents than items, and 3 at least."
CONSTANT = "Everyone gave the same answer to {item}: an item that does not vary says nothing about consistency."
NO_SUM = "The scale scores of all respondents are the same, so there is nothing to be consistent about."
PERFECT = "The items agree perfectly, so there is no spread to draw an interval from."
TWO_ITEMS = "One factor cannot be told from two items; quote alpha, which for two items is the Spearman-Brown formula."
FRAGILE = "One respondent alone makes the scale scores differ, so there is no interval."
REDUNDANT = "Some items are exact combinations of others, so no factor can be fitted."
HEYWOOD = (
    "No interval: the factor takes up all of {item}, as happens in small or odd samples, and omega is then too high."
)
UNSETTLED = "The factor model did not settle on an answer."
TINY = 1e-10
NEARLY_NOTHING = 1e-3  # unique share of an item, below which the factor has swallowed it
SETTLED = 1e-4


class Estimate(NamedTuple):
    """One coefficient with its limits, or why there is none."""

    estimate: float = float("nan")
    conf_low: float = float("nan")
    conf_high: float = float("nan")
    reason: str = ""


def alpha(answers: np.ndarray, names: list[str], level: float, interval: str = "distribution_free") -> Estimate:
    """Return Cronbach's alpha of complete `answers` (respondents x items)."""
    why = _unusable(answers, names)
    if why:
        return Estimate(reason=why)
    centered = answers - answers.mean(axis=0)
    items = answers.shape[1]
    total, own = centered.sum(axis=1) ** 2, (centered**2).sum(axis=1)
    if total.sum() <= TINY * own.sum():
        return Estimate(reason=NO_SUM)
    estimate = _alpha(own.sum(), total.sum(), items)
    if interval == "feldt":
        return _feldt(float(estimate), len(answers), items, level)
    kept = len(answers) / (len(answers) - 1)
    without = _alpha(own.sum() - kept * own, total.sum() - kept * total, items)
    if not np.isfinite(without).all() or without.max() > 1 - TINY:
        return Estimate(float(estimate), reason=PERFECT if 1 - estimate < TINY else FRAGILE)
    return _limits(float(estimate), (len(answers) - 1) * np.log(1 - without), level)


def omega(answers: np.ndarray, names: list[str], level: float) -> Estimate:
    """Return McDonald's omega of complete `answers`: the share of the scale score's variance due to one factor."""
    why = _unusable(answers, names) or (TWO_ITEMS if answers.shape[1] == 2 else "")
    if why:
        return Estimate(reason=why)
    deviation = answers.std(axis=0, ddof=1)
    standard = (answers - answers.mean(axis=0)) / deviation
    correlation = standard.T @ standard / (len(answers) - 1)
    if np.linalg.eigvalsh(correlation)[0] < TINY:
        return Estimate(reason=REDUNDANT)
    loading, unique, settled = _one_factor(correlation, len(answers))
    common = float((loading * deviation).sum() ** 2)
    estimate = common / (common + float((unique * deviation**2).sum()))
    if unique.min() < NEARLY_NOTHING:
        return Estimate(estimate, reason=HEYWOOD.format(item=repr(names[int(unique.argmin())])))
    if not settled:
        return Estimate(reason=UNSETTLED)
    added = _omega_added(standard, correlation, loading, unique, deviation)
    return Estimate(estimate, reason=UNSETTLED) if added is None else _limits(estimate, added / (1 - estimate), level)


def _unusable(answers: np.ndarray, names: list[str]) -> str:
    respondents, items = answers.shape
    if items < 2:
        return ONE_ITEM if items else NO_ITEM
    if respondents <= max(items, 2):
        return FEW.format(n=respondents, k=items)
    constant = np.ptp(answers, axis=0) == 0
    return CONSTANT.format(item=repr(names[int(constant.argmax())])) if constant.any() else ""


def _alpha(own: Any, total: Any, items: int) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return items / (items - 1) * (1 - own / total)


def _limits(estimate: float, added: np.ndarray, level: float) -> Estimate:
    """Return limits from what each respondent adds to log(1 - coefficient).

    A few odd respondents make the spread itself uncertain: the fourth moment sets the degrees of freedom.
    """
    respondents = len(added)
    centered = added - added.mean()
    spread = float((centered**2).sum() / (respondents - 1))
    if 1 - estimate < TINY or spread < TINY:
        return Estimate(estimate, reason=PERFECT)
    kurtosis = float((centered**4).mean() / (centered**2).mean() ** 2)
    df = min(2 * respondents / (kurtosis - 1 + 2 / (respondents - 1)), respondents - 1.0)
    width = stdtrit(df, (1 + level) / 2) * np.sqrt(spread / respondents)
    low, high = (float(1 - (1 - estimate) * np.exp(sign * width)) for sign in (1, -1))
    return Estimate(estimate, low, high)


def _feldt(estimate: float, respondents: int, items: int, level: float) -> Estimate:
    df = respondents - 1, (respondents - 1) * (items - 1)
    low, high = (1 - (1 - estimate) * fdtri(*df, tail) for tail in ((1 + level) / 2, (1 - level) / 2))
    return Estimate(estimate, float(low), float(high))


def _one_factor(correlation: np.ndarray, respondents: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return loadings and unique shares of the maximum likelihood factor, and whether the search ended at a peak."""
    from statsmodels.multivariate.factor import Factor

    size, direction = np.linalg.eigh(correlation)
    first = direction[:, -1] * np.sqrt(size[-1])
    shared = np.clip(first**2, 0.05, 0.95)
    start = (np.sign(first) * np.sqrt(shared))[:, None], 1 - shared
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is judged by the caller and stands in the reason
        model = Factor(corr=correlation, n_factor=1, method="ml", nobs=respondents)
        found = model.fit(start=start, maxiter=500)
    # From numpy 2.5 on, eigenvalues that are real come as complex numbers too.
    loading, unique = np.real(found.loadings), np.real(found.uniqueness)
    slope = np.abs(model.score((loading, unique))).max()
    return loading[:, 0], unique, bool(slope < SETTLED)


def _omega_added(
    standard: np.ndarray, correlation: np.ndarray, loading: np.ndarray, unique: np.ndarray, deviation: np.ndarray
) -> np.ndarray | None:
    """Return what each respondent adds to omega: its slope over the parameters times each one's pull on them.

    The parameters solve score(theta, S) = 0, so a respondent who moves S moves theta by the inverse information times
    the score of that move. The deviations are part of S: items keep their own units.
    """
    scaled, own = loading * deviation, unique * deviation**2
    inverse = np.linalg.inv(np.outer(scaled, scaled) + np.diag(own))
    centered = standard * deviation
    pulled = centered @ inverse
    by_loading = 2 * (pulled @ scaled)[:, None] * pulled
    by_own = pulled**2
    pull = np.hstack([by_loading, by_own])
    information = _information(inverse, scaled)
    try:
        moved = np.linalg.solve(information, (pull - pull.mean(axis=0)).T)
    except np.linalg.LinAlgError:
        return None
    common, rest = scaled.sum(), own.sum()
    whole = common**2 + rest
    slope = np.concatenate([np.full(len(scaled), 2 * common * rest), np.full(len(own), -(common**2))]) / whole**2
    return slope @ moved


def _information(inverse: np.ndarray, loading: np.ndarray) -> np.ndarray:
    """Return trace(inverse dSigma inverse dSigma) for every pair of loadings and unique variances."""
    toward = inverse @ loading
    loadings = 2 * (inverse * (loading @ toward) + np.outer(toward, toward))
    crossed = 2 * inverse * toward
    return np.block([[loadings, crossed], [crossed.T, inverse**2]])
