"""The textbook answer: segmented regression of an interrupted time series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from cbe_lib.dip.outcome import check_level
from cbe_lib.dip.series import Series, read_series
from cbe_lib.errors import CbeError
from cbe_lib.results import Result

FORMULA = "value ~ year_from_start + after + years_after"
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
        For bad cells, and for fewer than five results or no result on one side of the rollout.

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
    2  level_change     -5.79
    3  trend_change      0.41

    The same numbers come from R: ``lm(value ~ year_from_start + after + years_after)``.
    """
    check_level(level)
    series = read_series(outcomes, rollout, year=year, value=value, n_tested=None, scale=scale, regime=None)
    _check_enough(series)
    frame = _design(series)
    model = smf.ols(FORMULA, frame).fit()
    if hac_lags is not None:
        model = model.get_robustcov_results("HAC", maxlags=hac_lags, use_correction=True, use_t=True)
    table = _table(model, series.unit, level)
    return InterruptedFit(
        table=table,
        text=_text(table, series, level),
        notes=(*series.notes, *_cautions(series)),
        model=model,
        formula=FORMULA,
        curve=_curve(model, frame, series),
    )


def _check_enough(series: Series) -> None:
    if len(series.years) < 5 or not series.before or not series.after:
        raise CbeError.build(
            "A segmented regression needs five results, on both sides of the rollout",
            found=f"Found {series.before} before {series.rollout} and {series.after} from it on",
            advice="Check the rollout year, or add years",
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


def _table(model: object, unit: str, level: float) -> pd.DataFrame:
    bounds = np.asarray(model.conf_int(alpha=1 - level))  # pyright: ignore[reportAttributeAccessIssue]
    values = {name: np.asarray(getattr(model, name)) for name in ("params", "bse", "pvalues")}
    rows = []
    for number, (term, meaning) in enumerate(MEANING.values()):
        low, high = bounds[number]
        per = f"{unit} a year" if term.startswith("trend") else unit
        rows.append(
            (
                term,
                values["params"][number],
                values["bse"][number],
                low,
                high,
                values["pvalues"][number],
                per,
                meaning,
            )
        )
    return pd.DataFrame(
        rows, columns=["term", "estimate", "std_error", "conf_low", "conf_high", "p_value", "unit", "note"]
    )


def _text(table: pd.DataFrame, series: Series, level: float) -> str:
    jump = table.set_index("term").to_dict("index")["level_change"]
    move = "fell" if jump["estimate"] < 0 else "rose"
    return (
        f"Against the straight line of the years before, results {move} by {abs(jump['estimate']):.3g} {series.unit} "
        f"in {series.rollout} ({level:.0%} interval of the change: {jump['conf_low']:.3g} to {jump['conf_high']:.3g}). "
        "Caution: this textbook interval is too narrow when results resemble those of the year before, and it cannot "
        "tell a dip from any other turn."
    )


def _cautions(series: Series) -> list[str]:
    if series.before < 3:
        return [f"Only {series.before} result(s) before the rollout: the trend before is close to a guess."]
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
