"""The textbook answer: segmented regression of an interrupted time series."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from cbe_lib.dip.outcome import check_level
from cbe_lib.dip.series import LARGEST, Series, read_series
from cbe_lib.dip.wording import amount, percent, span
from cbe_lib.errors import CbeError
from cbe_lib.results import Result

FORMULA = "value ~ year_from_start + after + years_after"
EXACT = 1e-12
NO_NOISE = "the results lie exactly on the fitted lines, with no noise to judge by"
MEANING = {
    "Intercept": ("start", "expected result in the first year"),
    "year_from_start": ("trend_before", "change a year before the rollout"),
    "after": ("level_change", "jump in the rollout year against the projected trend"),
    "years_after": ("trend_change", "change of the yearly trend from the rollout on"),
}


@dataclass(frozen=True, repr=False)
class InterruptedFit(Result):
    """A segmented regression: see `cbe_lib.dip.interrupted`.

    Attributes
    ----------
    formula : str
        The formula, as statsmodels reads it.
    curve : DataFrame
        year, observed, fitted, baseline.
    """

    formula: str
    curve: pd.DataFrame


def interrupted(
    outcomes: pd.DataFrame,
    rollout: int,
    *,
    year: str = "year",
    value: str = "value",
    scale: float | None = 100,
    hac_lags: int | None = None,
    level: float = 0.95,
) -> InterruptedFit:
    """What does the textbook segmented regression say about level and trend after the rollout?

    A straight line before, and from the rollout year on a jump and a new slope. It is shown because readers know it,
    and because it is the best simple rival. It knows no dip that recovers, and with yearly results that resemble their
    neighbors its tests reject far too often: 19% to 39% where 5% is right (`benchmarks/`). Use `dip.fit` to decide.

    Parameters
    ----------
    outcomes : DataFrame
        One row a year.
    rollout : int
        Spring year of the first results that the change can have affected.
    year, value : str
        Columns of the spring year and the result.
    scale : 100, 1 or None
        Percent, share, or not a rate.
    hac_lags : int, optional
        Lags of Newey-West standard errors; none by default.
    level : float, between 0 and 1
        Coverage that the intervals aim at.

    Returns
    -------
    InterruptedFit
        `.table` has term, estimate, std_error, conf_low, conf_high, p_value, unit, note; terms start, trend_before,
        level_change, trend_change. `.formula`, `.curve`, and `.model`, the statsmodels result.

    Raises
    ------
    CbeError
        For bad cells, and for fewer than five results or fewer than two on one side of the rollout.

    Notes
    -----
    value = b0 + b1 t + b2 after + b3 (years since rollout) + error, least squares.

    References
    ----------
    Wagner, A. K. et al. (2002). Segmented regression analysis of interrupted time series studies in medication use
    research. Journal of Clinical Pharmacy and Therapeutics, 27(4), 299-309.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import dip
    >>> years = range(2005, 2015)
    >>> results = [50.2, 51.1, 51.8, 53.1, 53.9, 50.1, 49.0, 51.2, 53.1, 54.8]
    >>> fit = dip.interrupted(pd.DataFrame({"year": years, "value": results}), rollout=2010)
    >>> print(fit.formula)
    value ~ year_from_start + after + years_after
    >>> fit.table[["term", "estimate"]].round(2)
               term  estimate
    0         start     50.14
    1  trend_before      0.94
    2  level_change     -5.90
    3  trend_change      0.41

    The same numbers come from R: ``lm(value ~ year_from_start + after + years_after)``.
    """
    check_level(level)
    series = read_series(outcomes, rollout, year=year, value=value, n_tested=None, scale=scale, regime=None)
    _check_enough(series)
    _check_lags(hac_lags, len(series.years))
    frame = _design(series)
    model = OLS.from_formula(FORMULA, frame).fit()
    if hac_lags is not None:
        model = model.get_robustcov_results("HAC", maxlags=hac_lags, use_correction=True, use_t=True)
    table = _table(model, series.unit, level, EXACT * np.abs(series.values).max())
    return InterruptedFit(
        table=table,
        text=_text(table.set_index("term").to_dict("index")["level_change"], series, level),
        notes=(*series.notes, *_cautions(series)),
        model=model,
        formula=FORMULA,
        curve=_curve(model, frame, series),
    )


def _check_enough(series: Series) -> None:
    if len(series.years) < 5 or series.before < 2 or series.after < 2:
        raise CbeError.build(
            "A segmented regression needs five results, at least two on each side of the rollout",
            found=f"Found {series.before} before {series.rollout} and {series.after} from it on",
            advice="Check the rollout year, or add years",
        )


def _check_lags(lags: object, years: int) -> None:
    if lags is not None and (not isinstance(lags, Integral) or not 0 <= int(lags) < years):
        raise CbeError.build(
            f"`hac_lags` must be a whole number from 0 to {years - 1}, or None", found=f"Found {lags!r}"
        )


def _design(series: Series) -> pd.DataFrame:
    after = (series.years >= series.rollout).astype(float)
    return pd.DataFrame(
        {
            "value": series.values,
            "year_from_start": (series.years - series.years[0]).astype(float),
            "after": after,
            "years_after": after * (series.years - series.rollout),
        }
    )


def _table(model: Any, unit: str, level: float, rounding: float) -> pd.DataFrame:
    bounds = np.asarray(model.conf_int(alpha=1 - level))
    terms = [term for term, _ in MEANING.values()]
    table = pd.DataFrame(
        {
            "term": terms,
            "estimate": np.asarray(model.params),
            "std_error": np.asarray(model.bse),
            "conf_low": bounds[:, 0],
            "conf_high": bounds[:, 1],
            "p_value": np.asarray(model.pvalues),
            "unit": [f"{unit} a year" if term.startswith("trend") else unit for term in terms],
            "note": [meaning for _, meaning in MEANING.values()],
        }
    )
    if np.abs(model.model.endog - model.fittedvalues).max() <= max(rounding, 1 / LARGEST):
        table.loc[table["estimate"].abs() <= rounding, "estimate"] = 0.0
        table[["std_error", "conf_low", "conf_high", "p_value"]] = np.nan
        table["note"] += f"; cannot tell how sure: {NO_NOISE}"
    return table


def _text(jump: dict[Any, Any], series: Series, level: float) -> str:
    size = amount(abs(jump["estimate"]), series.unit)
    if np.isnan(jump["conf_low"]):
        interval = f"cannot tell how sure: {NO_NOISE}"
    else:
        interval = f"{percent(level)} interval of the change: {span(jump['conf_low'], jump['conf_high'], series.unit)}"
    return (
        f"Against the straight line of the years before, results {'fell' if jump['estimate'] < 0 else 'rose'} by "
        f"{size} in {series.rollout} ({interval}). Caution: this textbook interval is too narrow when results resemble "
        "those of the year before, and it cannot tell a dip from any other turn."
    )


def _cautions(series: Series) -> list[str]:
    if series.before == 2:
        return ["Only 2 results before the rollout: the trend before is close to a guess."]
    return []


def _curve(model: object, frame: pd.DataFrame, series: Series) -> pd.DataFrame:
    params = np.asarray(model.params)  # pyright: ignore[reportAttributeAccessIssue]
    columns = np.column_stack([np.ones(len(frame)), frame.drop(columns="value").to_numpy()])
    before = columns * np.array([1.0, 1.0, 0.0, 0.0])
    return pd.DataFrame(
        {
            "year": series.years,
            "observed": series.values,
            "fitted": columns @ params,
            "baseline": before @ params,
        }
    )
