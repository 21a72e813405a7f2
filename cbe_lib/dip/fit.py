"""The dip of one series, with honest uncertainty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib.dip import wording
from cbe_lib.dip.detectability import PROCESS_RHO, smallest_dip
from cbe_lib.dip.engine import Grid, Scores, chance, grid
from cbe_lib.dip.existence import evidence, null_table, statistic
from cbe_lib.dip.outcome import DipFit, Existence, check_level, check_seed, stands_out
from cbe_lib.dip.paths import fitted_curve, modal_model
from cbe_lib.dip.series import Series, read_series
from cbe_lib.dip.terms import cannot_tell_table, patterns_table, summarize, terms_table

DRAWS = 4096
KNOWN_FROM_POINTS = 2.0
UNSURE = (-1, 0, 1)


def fit(
    outcomes: pd.DataFrame,
    rollout: int,
    *,
    year: str = "year",
    value: str = "value",
    n_tested: str | None = None,
    scale: float | None = 100,
    regime: str | None = None,
    rollout_uncertain: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> DipFit:
    """Was there a dip after the rollout, how deep, how long, and how sure can anyone be?

    A large depth means that results fell far below where the years before were heading. The answer is "cannot tell"
    where the data cannot say: fewer than 3 results before the rollout or 4 from it on with one and the same test, a
    constant series, or noise that hides any plausible dip.

    Parameters
    ----------
    outcomes : DataFrame
        One row a year, for one district, grade, subject and student group.
    rollout : int
        Spring year of the first results that the change can have affected (fall 2009 -> 2010).
    year, value : str
        Columns of the spring year and the result.
    n_tested : str, optional
        Column of students tested. Given it, the chance of who is tested is taken as known where it is large (a
        standard deviation of 2 points or more), which narrows intervals of small districts.
    scale : 100, 1 or None
        100: percent; 1: share; None: not a rate. Never guessed from the values.
    regime : str, optional
        Column that names the test of each year; results are compared within one test only.
    rollout_uncertain : bool
        Average over a rollout one year earlier, as given, and one year later.
    level : float, between 0 and 1
        Coverage that the intervals aim at.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    DipFit
        `.table`: term, estimate, conf_low, conf_high, unit, note, with the terms

        - depth: points below the projected baseline in the deepest year (0 or more);
        - trough_year: calendar year of the deepest point;
        - recovery_years: years from the last unaffected result until the baseline is regained; inf = not by the last
          year observed;
        - loss: point-years below the baseline;
        - gain: points above it in the last year observed (signed).

        Depth and loss run over every calendar year, those without a test included. `.existence` (statistic, p_value),
        `.patterns` (pattern, weight, note: no change, dip and recovery, and other courses; 50:50 before the data),
        `.curve` (year, observed, fitted, conf_low, conf_high, baseline, note), `.text`, `.notes`, and `.model`, the
        statsmodels GLS fit at the most plausible shape.

    Raises
    ------
    CbeError
        For missing columns, no rows, text or infinity in numbers, values outside the scale, two rows for one year.

    Notes
    -----
    y = level + trend + test + effect + u, with AR(1) noise u over real year gaps and an effect that is zero before the
    rollout. Level, trend and tests have flat priors, so a constant or a straight line added to the results changes
    nothing. The effect is averaged over many shapes and sizes by how well they fit (`cbe_lib.dip.shapes`), a dip or a
    gain being assumed; whether there is one at all is the separate test in `.existence`. Not to be trusted where the
    straight line of the years before could not have gone on, for instance near 100%.

    References
    ----------
    Hoeting, J. A. et al. (1999). Bayesian model averaging: a tutorial. Statistical Science, 14(4), 382-417.

    Examples
    --------
    >>> from cbe_lib import dip, simulate
    >>> outcomes, truth = simulate.outcomes(rollout=2012, years=range(2004, 2022), depth=8, n_tested=900, seed=3)
    >>> result = dip.fit(outcomes, rollout=2012, n_tested="n_tested")
    >>> bool(result.existence.p_value < 0.05)
    True
    """
    check_level(level)
    check_seed(seed)
    series = read_series(outcomes, rollout, year=year, value=value, n_tested=n_tested, scale=scale, regime=regime)
    reason = series.why_not()
    if reason:
        return _descriptive(series, reason, level)
    pattern = series.pattern(UNSURE if rollout_uncertain else (0,))
    variance = known_variance(series)
    chosen = grid(pattern, variance is not None)
    known = None if variance is None else np.array([variance])
    values = series.values[None, :]
    scores = chosen.score(values, known, series.point)
    unknown = grid(pattern)
    plain = scores if variance is None else unknown.score(values)
    existence = _existence(unknown, values, plain)
    columns = len(pattern.effect_years)
    effect, point, spread = chosen.draw(scores, chance(DRAWS, columns, seed), known)
    late = chosen.point_shift[point] - min(pattern.shifts)
    last_year = int(series.years[-1])
    table = terms_table(summarize(effect, last_year - effect.shape[2] + 1, late, level), series.unit, last_year)
    no_change = 1 / (1 + np.exp(np.clip(evidence(unknown, values, plain)[0], -50, 50)))
    curve = fitted_curve(chosen, series, effect[0], point[0], spread[0], level, np.random.default_rng(seed))
    smallest = "" if stands_out(existence.p_value, level) else _smallest_seen(series, spread[0], chosen, point[0])
    return DipFit(
        table=table,
        text=wording.fitted_text(table, existence.p_value, last_year, level, smallest),
        notes=(*series.notes, *_notes(series, curve, rollout_uncertain, variance)),
        model=modal_model(chosen, scores, series),
        existence=existence,
        curve=curve,
        patterns=patterns_table(effect[0], float(no_change)),
        rollout=series.rollout,
        unit=series.unit,
        level=level,
    )


def known_variance(series: Series) -> float | None:
    """Return the binomial variance where it is large enough to lean on, else None."""
    variance = series.binomial_variance()
    if variance is None or np.sqrt(variance) < KNOWN_FROM_POINTS * series.point:
        return None
    return variance


def _existence(unknown: Grid, values: np.ndarray, scores: Scores) -> Existence:
    """Test on the grid of unknown variance, whose p-value holds without any count of students."""
    value, autocorrelation = statistic(unknown, values, scores)
    p_value = null_table(unknown.pattern).p_value(value, autocorrelation)
    return Existence(float(value[0]), float(p_value[0]))


def _smallest_seen(series: Series, spread: np.ndarray, chosen: Grid, point: np.ndarray) -> str:
    """Say what could have been seen, the noise taken at the autocorrelation that `smallest_dip` assumes."""
    if series.unit != "points" or len(set(series.pattern().regimes)) > 1:
        return ""
    noise = chosen.point_noise[point]
    alike = np.array([model.rho in (0.0, PROCESS_RHO) for model in chosen.noises])[noise]
    if not alike.any():
        return ""
    ratio = chosen.noises[int(np.median(noise[alike]))].ratio
    sd = float(np.median(spread[alike])) * np.sqrt(1 + (ratio or 0.0))
    share = 1.0 if ratio is None else ratio / (1 + ratio)
    level = float(series.values[series.years < series.rollout].mean())
    depth, reason = smallest_dip(series.before, series.after, sd, share, 0.8, level)
    if reason:
        return " With these years and this much noise, no dip that is possible here would be seen 8 times in 10."
    return f" With these years and this much noise, a dip must be {wording.whole(depth)} deep to be seen 8 times in 10."


def _descriptive(series: Series, reason: str, level: float) -> DipFit:
    """Give the bare numbers, and a reason in every row."""
    smallest = _smallest_change(series)
    one_test = series.regimes is None or len(set(series.regimes)) == 1
    return DipFit(
        table=cannot_tell_table(reason, series.unit, smallest),
        text=wording.cannot_tell_text(
            reason, series.years, series.values, series.rollout, series.unit, smallest, comparable=one_test
        ),
        notes=(*series.notes, wording.ALONE),
        model=None,
        existence=Existence(np.nan, np.nan, f"cannot tell: {reason}"),
        curve=_bare_curve(series, reason),
        patterns=pd.DataFrame({"pattern": ["any"], "weight": [np.nan], "note": [f"cannot tell: {reason}"]}),
        rollout=series.rollout,
        unit=series.unit,
        level=level,
    )


def _smallest_change(series: Series) -> str:
    """Say how large a change between two results must be to stand out, where the noise is known or can be guessed."""
    variance = series.binomial_variance()
    if variance is None and len(series.values) >= 4 and series.regimes is None:
        variance = float(np.var(np.diff(series.values), ddof=1) / 2)
    if series.unit != "points" or variance is None or variance < 1e-12:
        return ""
    change = float((norm.ppf(0.975) + norm.ppf(0.8)) * np.sqrt(2 * variance))
    return f" Even a change from one year to the next must be {wording.whole(change)} to be seen 8 times in 10."


def _bare_curve(series: Series, reason: str) -> pd.DataFrame:
    blank = np.full(len(series.years), np.nan)
    return pd.DataFrame(
        {
            "year": series.years,
            "observed": series.values,
            "fitted": blank,
            "conf_low": blank,
            "conf_high": blank,
            "baseline": blank,
            "note": f"cannot tell: {reason}",
        }
    )


def _notes(series: Series, curve: pd.DataFrame, unsure: bool, variance: float | None) -> list[str]:
    notes = [wording.ALONE]
    gaps = curve.loc[curve["observed"].isna(), "year"].tolist()
    if gaps:
        notes.append(
            f"No result in {', '.join(map(str, gaps))}: the curve passes over with more doubt, nothing is filled in."
        )
    if unsure:
        notes.append(
            f"The rollout year is averaged over {series.rollout - 1}, {series.rollout} and {series.rollout + 1}."
        )
    if variance is not None:
        notes.append(
            f"The chance of who is tested is taken as known: {np.sqrt(variance) / series.point:.1f} points a year "
            "(standard deviation)."
        )
    notes += _range_notes(series, curve)
    return notes


def _range_notes(series: Series, curve: pd.DataFrame) -> list[str]:
    if series.scale is None:
        return []
    notes = []
    outside: Any = curve.loc[(curve["baseline"] > series.scale) | (curve["baseline"] < 0), "year"]
    if len(outside):
        notes.append(
            f"The projected baseline leaves 0 to {series.scale:g} from {outside.iloc[0]} on: the straight line of the "
            "years before could not have gone on, and depth and loss are overstated there."
        )
    if series.scale == 100 and series.values.max() <= 1:
        notes.append("Every value lies between 0 and 1. If they are shares, pass scale=1; nothing was rescaled.")
    return notes
