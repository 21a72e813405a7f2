"""Regressions with intervals that hold when decisions or people of one district are alike."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm
from scipy.stats import t as student

FEWEST_DISTRICTS = 5
COLUMNS = ["term", "estimate", "conf_low", "conf_high", "unit", "n", "districts", "reason"]
Terms = Mapping[str, str]
"""The unit of each term that is wanted; columns without a unit are only adjusted for."""


def logit_within(
    outcome: pd.Series, columns: pd.DataFrame, district: pd.Series, units: Terms, level: float
) -> pd.DataFrame:
    """Fit logit(outcome) = district + columns by maximum likelihood; a row for each term in `units`.

    The districts' intercepts are eliminated from each Newton step, so that thousands of districts cost little.
    Districts where the outcome never changes tell nothing and are left out.
    """
    known = columns.notna().all(axis=1) & outcome.notna() & district.notna()
    y, place = outcome[known].to_numpy(float), pd.factorize(district[known])[0]
    share = np.bincount(place, y) / np.bincount(place) if len(y) else np.empty(0)
    keep = ((share > 0) & (share < 1))[place]
    x, y, place = columns[known].to_numpy(float)[keep], y[keep], np.unique(place[keep], return_inverse=True)[1]
    counted = (len(y), len(np.unique(place)))
    try:
        slope, spread = _newton(y, x, place)
    except np.linalg.LinAlgError:
        return _untold(units, counted, "cannot tell: too few decisions on either side, in any one district")
    z = norm.ppf((1 + level) / 2)
    limits = [(b, b - z * s, b + z * s) for b, s in zip(slope, spread, strict=True)]
    return _rows(dict(zip(columns.columns, limits, strict=True)), units, counted)


def _newton(y: np.ndarray, x: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(y) or np.linalg.matrix_rank(within(x, place)) < x.shape[1]:
        raise np.linalg.LinAlgError
    x = within(x, place)
    start, slope = logit(np.bincount(place, y) / np.bincount(place)), np.zeros(x.shape[1])
    for _ in range(40):
        chance = expit(start[place] + x @ slope)
        weight, left = chance * (1 - chance), y - chance
        own = np.bincount(place, weight)
        cross = np.column_stack([np.bincount(place, weight * column) for column in x.T])
        pull = np.bincount(place, left)
        curved = x.T @ (weight[:, None] * x) - cross.T @ (cross / own[:, None])
        step = np.linalg.solve(curved, x.T @ left - cross.T @ (pull / own))
        start, slope = start + (pull - cross @ step) / own, slope + step
        if np.abs(slope * x.std(axis=0)).max() > 12:  # the likelihood rises without end: one side never occurs
            break
        if np.abs(step).max() < 1e-9:
            return slope, np.sqrt(np.diag(np.linalg.inv(curved)))
    raise np.linalg.LinAlgError


def within(x: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the columns of `x` less their means in each group."""
    size = np.bincount(place)
    return x - np.column_stack([np.bincount(place, column) / size for column in x.T])[place]


def clustered(
    outcome: pd.Series, columns: pd.DataFrame, district: pd.Series, units: Terms, level: float, *, odds: bool = False
) -> pd.DataFrame:
    """Fit outcome (log odds of it if `odds`) = columns, rows of a district taken as alike; a row for each term.

    Generalized estimating equations with the covariance of Mancl and DeRouen (2001) and t limits with as many degrees
    of freedom as there are districts beyond the coefficients: wide enough for some 15 districts.
    """
    known = columns.notna().all(axis=1) & outcome.notna() & district.notna()
    x, y = columns[known].to_numpy(float), outcome[known].to_numpy(float)
    place, names = pd.factorize(district[known])
    counted, width = (len(y), len(names)), x.shape[1] + 1
    if len(names) < max(FEWEST_DISTRICTS, width + 2):
        return _untold(
            units, counted, f"cannot tell: {len(names)} districts; {max(FEWEST_DISTRICTS, width + 2)} needed"
        )
    design = np.column_stack([np.ones(len(y)), x])
    if np.linalg.matrix_rank(design) < width or np.ptp(y) == 0:
        return _untold(units, counted, "cannot tell: something here never differs, or two things always go together")
    limits = _gee(y, design, place, level, odds)
    if limits is None:
        return _untold(units, counted, "cannot tell: too few decisions on either side")
    return _rows(dict(zip(columns.columns, limits[1:], strict=True)), units, counted)


def _gee(y: np.ndarray, x: np.ndarray, place: np.ndarray, level: float, odds: bool) -> list | None:
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    order = np.argsort(place, kind="stable")
    family = sm.families.Binomial() if odds else sm.families.Gaussian()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            fit = sm.GEE(y[order], x[order], groups=place[order], family=family).fit(cov_type="bias_reduced")
        except (ConvergenceWarning, PerfectSeparationWarning, np.linalg.LinAlgError):
            return None
    if fit is None:
        return None
    reach = student.ppf((1 + level) / 2, place.max() + 1 - x.shape[1]) * np.asarray(fit.bse)
    slopes = np.asarray(fit.params)
    if not np.isfinite(reach).all() or (odds and np.abs(slopes[1:] * x[:, 1:].std(axis=0)).max() > 12):
        return None
    return list(zip(slopes, slopes - reach, slopes + reach, strict=True))


def _rows(limits: Mapping, units: Terms, counted: tuple[int, int]) -> pd.DataFrame:
    rows = [(term, *map(float, limits[term]), unit, *counted, "") for term, unit in units.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _untold(units: Terms, counted: tuple[int, int], reason: str) -> pd.DataFrame:
    rows = [(term, np.nan, np.nan, np.nan, unit, *counted, reason) for term, unit in units.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def sentence(row: pd.Series, lower: str, higher: str, unsure: str, level: float, digits: int = 2) -> str:
    """Say which way an effect goes, if its interval holds one sign only; else that it cannot be told."""
    if row["reason"]:
        return f"{unsure} ({row['reason']})."
    told = higher if row["conf_low"] > 0 else lower if row["conf_high"] < 0 else unsure
    low, high = (f"{row[name]:+.{digits}f}" for name in ("conf_low", "conf_high"))
    return f"{told} ({row['estimate']:+.{digits}f} {row['unit']}, {level:.0%} interval {low} to {high})."
