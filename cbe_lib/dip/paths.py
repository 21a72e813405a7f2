"""From draws of the effect to the fitted curve, and the statsmodels fit at the most plausible shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import GLS

from cbe_lib.dip.engine import Grid, Scores
from cbe_lib.dip.series import Series
from cbe_lib.dip.shapes import effect_shapes


def fitted_curve(
    chosen: Grid,
    series: Series,
    effect: np.ndarray,
    point: np.ndarray,
    spread: np.ndarray,
    level: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw level, trend and tests given each drawn effect, and return the curve over every calendar year.

    effect (draws, effect years), point and spread (draws,): from `Grid.draw`, for one series.
    """
    calendar = np.arange(series.years[0], series.years[-1] + 1)
    seen = np.searchsorted(calendar, series.years)
    path = np.zeros((len(effect), len(calendar)))
    path[:, len(calendar) - effect.shape[1] :] = effect
    baseline = baselines(chosen, series.values - path[:, seen], point, spread, rng) @ _design(series, calendar).T
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = baseline.mean(axis=0) + np.quantile(path, tails, axis=0)
    observed = np.full(len(calendar), np.nan)
    observed[seen] = series.values
    return pd.DataFrame(
        {
            "year": calendar,
            "observed": observed,
            "fitted": (baseline + path).mean(axis=0),
            "conf_low": low,
            "conf_high": high,
            "baseline": baseline.mean(axis=0),
            "note": np.where(np.isnan(observed), "no result this year", ""),
        }
    )


def baselines(
    chosen: Grid, left: np.ndarray, point: np.ndarray, spread: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw the coefficients of the design given results minus effect; shape (draws, columns)."""
    design = chosen.pattern.design
    noise = chosen.point_noise[point]
    drawn = np.empty((len(left), design.shape[1]))
    for number in np.unique(noise):
        which = noise == number
        weighed = np.linalg.solve(chosen.noises[number].covariance(chosen.pattern), design)
        root = np.linalg.cholesky(np.linalg.inv(design.T @ weighed))
        random = rng.standard_normal((int(which.sum()), design.shape[1])) @ root.T
        drawn[which] = left[which] @ weighed @ root @ root.T + spread[which, None] * random
    return drawn


def _design(series: Series, calendar: np.ndarray) -> np.ndarray:
    """Extend the design to years without a result, which keep the test of the year before."""
    columns = [np.ones(len(calendar)), calendar - series.rollout + 1.0]
    if series.regimes is not None:
        nearest = np.searchsorted(series.years, calendar, side="right") - 1
        codes = series.regimes[nearest]
        columns += [(codes == code) * 1.0 for code in sorted(set(series.regimes))[1:]]
    return np.column_stack(columns)


def modal_model(chosen: Grid, scores: Scores, series: Series) -> Any:
    """Fit, with statsmodels GLS, the most plausible shape with few columns at its most plausible autocorrelation."""
    log_weight = scores.log_alternative[0]
    few = np.concatenate([np.full(block.points, block.effect.shape[2] <= 2) for block in chosen.blocks])
    best = int(np.where(few, log_weight, -np.inf).argmax())
    start = 0
    for block in chosen.blocks:
        if best < start + block.points:
            break
        start += block.points
    family, shift, number = block.label[best - start]
    pattern = chosen.pattern
    event = np.asarray(pattern.years) - (pattern.rollout + shift) + 1.0
    basis = effect_shapes(event)[number].basis
    names = ["level", "trend", *[f"test_{code + 1}" for code in range(1, pattern.design.shape[1] - 1)]]
    names += [f"{family}_{column + 1}" for column in range(basis.shape[1])]
    exog = pd.DataFrame(np.column_stack([pattern.design, basis]), columns=names, index=series.years)
    noise = chosen.noises[int(chosen.point_noise[best])]
    endog = pd.Series(series.values, index=series.years, name="value")
    return GLS(endog, exog, sigma=noise.covariance(pattern)).fit()
