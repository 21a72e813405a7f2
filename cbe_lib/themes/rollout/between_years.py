"""Means and lines through yearly rates that move by chance of who is tested and from year to year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

FEWEST_MEAN, FEWEST_SLOPE = 3, 4
ALIKE = "cannot tell how unsure: years all alike, and no number tested"


def chance(value: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return the binomial variance of percentages; 0 where the number tested is not known."""
    share = (value / 100 * n + 2) / (n + 4)  # neither 0% nor 100% means that chance plays no part
    return np.nan_to_num(10_000 * share * (1 - share) / n)


def means(place: np.ndarray, value: np.ndarray, noise: np.ndarray, level: float) -> pd.DataFrame:
    """Return estimate, conf_low, conf_high, years, reason of the mean of each series (`place`: 0, 1, ...)."""
    return _fitted(place, np.zeros_like(value), value, noise, level, FEWEST_MEAN)


def slopes(place: np.ndarray, year: np.ndarray, value: np.ndarray, noise: np.ndarray, level: float) -> pd.DataFrame:
    """Return estimate, conf_low, conf_high, years, reason of the change a year of each series."""
    middle = np.bincount(place, year) / np.bincount(place)
    return _fitted(place, year - middle[place], value, noise, level, FEWEST_SLOPE)


def _fitted(
    place: np.ndarray, x: np.ndarray, y: np.ndarray, noise: np.ndarray, level: float, fewest: int
) -> pd.DataFrame:
    """Weight by chance plus between-year variance (moments); scale by the residuals (Hartung and Knapp)."""
    sloped = fewest == FEWEST_SLOPE
    years = np.bincount(place)
    free = np.maximum(years - 1 - sloped, 1)
    *_, left = _line(place, x, y, np.ones_like(y), sloped)
    sized = np.bincount(place, noise) > 0
    between = np.maximum(left / free - np.bincount(place, noise) / years, 0.0)
    weight = 1 / np.maximum(noise + between[place], 1e-12)
    estimate, variance, left = _line(place, x, y, weight, sloped)
    tail = (1 + level) / 2
    half = student.ppf(tail, free) * np.sqrt(left / free * variance)
    # Never narrower than the chance of who is tested alone, where that is known.
    half = np.where(sized, np.maximum(half, norm.ppf(tail) * np.sqrt(variance)), half)
    few, alike = years < fewest, ~sized & (between < 1e-9)
    reason = [f"cannot tell: {count} year{'' if count == 1 else 's'}; {fewest} needed" for count in years]
    return pd.DataFrame(
        {
            "estimate": np.where(few, np.nan, estimate),
            "conf_low": np.where(few | alike, np.nan, estimate - half),
            "conf_high": np.where(few | alike, np.nan, estimate + half),
            "years": years,
            "reason": np.where(few, reason, np.where(alike, ALIKE, "")),
        }
    )


def _line(place: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, sloped: bool) -> tuple[np.ndarray, ...]:
    """Return the mean or slope of each series, its variance for scale 1, and the weighted sum of squares left."""
    total = np.bincount(place, weight)
    middle = np.bincount(place, weight * y) / total
    if not sloped:
        return middle, 1 / total, np.bincount(place, weight * (y - middle[place]) ** 2)
    x = x - (np.bincount(place, weight * x) / total)[place]
    across = np.bincount(place, weight * x * x)
    across = np.where(across > 0, across, np.nan)
    slope = np.bincount(place, weight * x * y) / across
    left = np.bincount(place, weight * (y - middle[place] - slope[place] * x) ** 2)
    return slope, 1 / across, left
