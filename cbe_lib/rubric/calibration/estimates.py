"""Rows of the tables: estimates with intervals, or why there is none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, ndtri, stdtr, stdtrit

from cbe_lib.rubric.calibration.climbing import LEAST, MOST
from cbe_lib.rubric.calibration.design import Design, Facets
from cbe_lib.rubric.calibration.fitting import Fitted
from cbe_lib.rubric.calibration.likelihood import latent, posterior, read
from cbe_lib.rubric.calibration.nodes import Nodes

HARDLY = 5.0  # logits of standard error
FARTHEST = 30.0  # logits
NO_MAXIMUM = (
    "These few ratings have no likeliest explanation: raters, criteria or levels are separated completely. More "
    "districts rated by several raters would help."
)
HARDLY_BOUND = "The ratings hardly bound it: the standard error is above 5 logits."
AT_END = "Gave only the {} level: there is no finite estimate."
BOUND = " It is {} at the {:.0%} level."
NO_DISTRICT_SPREAD = "No spread of districts was found: the estimate is on the boundary."
NO_CRITERION_SPREAD = "No spread of criteria within districts was found: the estimate is on the boundary."
NOT_TOLD = "Cannot be told: it takes two or more districts, each rated more than once."
NOT_NESTED = (
    "Cannot be told: it takes two or more districts rated on several criteria, with several ratings of a criterion."
)
SEPARATED = "The spread is beyond any bound: the ratings separate the districts completely."


class Estimate(NamedTuple):
    """One estimate with its limits, or a reason."""

    estimate: float = float("nan")
    std_error: float = float("nan")
    conf_low: float = float("nan")
    conf_high: float = float("nan")
    reason: str = ""


def estimate_rows(fitted: Fitted, weights: np.ndarray, df: float, level: float) -> list[Estimate]:
    """Estimate the linear functions `weights` (rows) of the raw fixed parameters."""
    if fitted.covariance is None:
        return [Estimate(reason=NO_MAXIMUM)] * len(weights)
    value = weights @ fitted.fixed
    variance = np.einsum("ij,jk,ik->i", weights, fitted.covariance[:-2, :-2], weights)
    errors, quantile = np.sqrt(np.maximum(variance, 0)), float(stdtrit(df, (1 + level) / 2))
    return [_limits(each, error, quantile) for each, error in zip(value.tolist(), errors.tolist(), strict=True)]


def _limits(value: float, error: float, quantile: float) -> Estimate:
    if not error < HARDLY:
        return Estimate(reason=HARDLY_BOUND)
    return Estimate(value, error, value - quantile * error, value + quantile * error)


def degrees_of_freedom(design: Design) -> tuple[float, float, float]:
    """Return degrees of freedom for severities, difficulties and thresholds, by what each is compared within."""
    ratings, districts = len(design.facets.level), sum(block.districts for block in design.blocks)
    targets = sum(len(block.size) for block in design.blocks)
    between = targets - districts - design.criteria + 1
    severity = max(ratings - targets, between) - design.raters + 1
    return max(severity, 1), max(between, 1), max(districts - 1, 1)


def p_value(row: Estimate, df: float) -> float:
    """Return the two-sided p-value of an estimate against 0."""
    return 2 * float(stdtr(df, -abs(row.estimate) / row.std_error)) if row.std_error > 0 else float("nan")


def spread_rows(fitted: Fitted, told: tuple[bool, bool], level: float) -> list[Estimate]:
    """Return the standard deviations of districts and of criteria within them, with limits on the log scale."""
    unknown, none = (NOT_TOLD, NOT_NESTED), (NO_DISTRICT_SPREAD, NO_CRITERION_SPREAD)
    rows = []
    for place, value in enumerate(fitted.spread):
        if not told[place]:
            rows.append(Estimate(reason=unknown[place]))
        elif value <= LEAST:
            rows.append(Estimate(0.0, reason=none[place]))
        elif value >= MOST * (1 - 1e-9) or fitted.covariance is None:
            rows.append(Estimate(reason=SEPARATED if value >= MOST * (1 - 1e-9) else NO_MAXIMUM))
        else:
            error = float(np.sqrt(fitted.covariance[place - 2, place - 2]))
            low, high = value * np.exp(np.array([-1, 1]) * ndtri((1 + level) / 2) * error)
            rows.append(Estimate(value, value * error, float(low), float(high)))
    return rows


def district_rows(fitted: Fitted, level: float) -> list[tuple[Estimate, int]]:
    """Return each district's posterior mean and standard deviation, and its number of ratings."""
    nodes, rows, quantile = fitted.latent.district, [], float(ndtri((1 + level) / 2))
    for block in fitted.design.blocks:
        given = posterior(block, fitted.latent).district
        mean = given @ nodes
        error = np.sqrt(np.maximum(given @ nodes**2 - mean**2, 0))
        ratings = np.bincount(block.district)
        limits = [_limits(each, wide, quantile) for each, wide in zip(mean.tolist(), error.tolist(), strict=True)]
        rows += list(zip(limits, ratings.tolist(), strict=True))
    return rows


def beyond(fitted: Fitted, facets: Facets, rater: int, end: str, level: float) -> tuple[Estimate, float]:
    """Bound the severity of a rater who gave one end of the scale only, and test it against 0.

    `facets`: the ratings fitted with those of `rater` added, numbered as in the fit but for `rater`.
    The bound is where the likelihood ratio against an endless severity reaches chi-squared(1); the other parameters
    stay as estimated.
    """
    reason, sign = AT_END.format(end), 1.0 if end == "lowest" else -1.0
    design = Design(facets)
    if not np.array_equal(design.scores, fitted.design.scores):
        return Estimate(reason=reason), float("nan")

    def fall(severity: float) -> float:
        fixed = np.insert(fitted.fixed, rater, sign * severity)
        nodes = Nodes(fitted.latent.district, fitted.latent.points)
        return 2 * (fitted.total - read(design, latent(design, fixed, fitted.spread, nodes)).total)

    critical = float(chdtri(1, 1 - level))
    if not fall(-FARTHEST) > critical > fall(FARTHEST):
        return Estimate(reason=reason), float("nan")
    bound = sign * float(brentq(lambda severity: fall(severity) - critical, -FARTHEST, FARTHEST, xtol=1e-6))
    words = BOUND.format(f"{'at least' if sign > 0 else 'at most'} {bound:.2f} logits", level)
    limits = {"conf_low": bound} if sign > 0 else {"conf_high": bound}
    return Estimate(**limits, reason=reason + words), float(chdtrc(1, max(fall(0.0), 0.0)))
