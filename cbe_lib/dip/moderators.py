"""Does something about districts go with how deep their dips are?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import nct, norm, t
from statsmodels.regression.linear_model import WLS

from cbe_lib.dip.outcome import check_level, stands_out
from cbe_lib.dip.panel import PanelFit
from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of, some, unknown_name
from cbe_lib.results import Result

FEWEST = 10


@dataclass(frozen=True, repr=False)
class Moderation(Result):
    """An index against the dip of each district: see `cbe_lib.dip.moderators`.

    Attributes
    ----------
    power : DataFrame
        slope (per standard deviation of the index), power, districts_needed (for 80%).
    districts : DataFrame
        district, index, estimate, std_error, weight: what the regression used.
    """

    power: pd.DataFrame
    districts: pd.DataFrame


def moderators(
    fitted: PanelFit,
    districts: pd.DataFrame,
    *,
    index: str,
    term: Literal["depth", "gain"] = "depth",
    district: str = "district_id",
    level: float = 0.95,
) -> Moderation:
    """Do districts with more of something (ramp-up, trust, a head start) have shallower dips?

    A slope below zero says that districts one standard deviation higher on the index tend to have dips that much
    shallower. It is an association: districts chose their own ramp-up, and what made them choose may matter more.

    Parameters
    ----------
    fitted : PanelFit
        From `dip.fit_panel`. Its `.strength` is used: plain estimates, not drawn together, which would flatten a slope.
    districts : DataFrame
        One row a district with the index.
    index : str
        Column of the index, any numbers.
    term : {"depth", "gain"}
        depth: points at the deepest year of the common course. gain: points above the projected baseline in the last
        year, which stands for recovery, whose length is rarely bounded above.
    district : str
        Column of the district, as in the panel.
    level : float, between 0 and 1
        Coverage that the intervals aim at.

    Returns
    -------
    Moderation
        `.table`: term, estimate, std_error, conf_low, conf_high, p_value, note, with the terms intercept (at the mean
        of the index), slope (per standard deviation of the index) and between_sd (spread of the true terms between
        districts that the index leaves open). `.power`, `.districts`, and `.model`, the statsmodels WLS fit.

    Raises
    ------
    CbeError
        For missing columns, a constant index, duplicate districts, fewer than 10 districts with both.

    Notes
    -----
    Random-effects meta-regression: estimate = b0 + b1 index + u + error, with each district's own error variance,
    between-district variance by Paule and Mandel, and Knapp and Hartung's t intervals.

    References
    ----------
    Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single covariate.
    Statistics in Medicine, 22, 2693-2710. R: ``metafor::rma(yi, vi, mods = ~ x, method = "PM", test = "knha")``.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import dip, simulate
    >>> outcomes, truth = simulate.outcomes(districts=40, rollout=2012, years=range(2004, 2020), seed=1)
    >>> names = outcomes["district_id"].unique()
    >>> ramp_up = pd.DataFrame({"district_id": names, "ramp_up": range(len(names))})
    >>> result = dip.moderators(dip.fit_panel(outcomes), ramp_up, index="ramp_up")
    >>> list(result.table["term"])
    ['intercept', 'slope', 'between_sd']
    """
    check_level(level)
    used, notes = _joined(fitted, districts, index, term, district)
    centered = (used["index"] - used["index"].mean()) / used["index"].std(ddof=1)
    estimate, error = used["estimate"].to_numpy(float), used["std_error"].to_numpy(float)
    between = between_variance(estimate, error, centered.to_numpy())
    weight = 1 / (error**2 + between)
    exog = pd.DataFrame({"intercept": 1.0, "slope": centered.to_numpy()})
    model = WLS(estimate, exog, weights=weight).fit()
    table = _table(model, between, level)
    power = _power(float(model.bse["slope"]), len(used))
    return Moderation(
        table=table,
        text=_text(table, power, index, term, len(used), level),
        notes=notes,
        model=model,
        power=power,
        districts=used.assign(weight=weight / weight.sum()),
    )


def _joined(
    fitted: PanelFit, districts: pd.DataFrame, index: str, term: str, district: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if term not in ("depth", "gain"):
        raise unknown_name("term", term, ["depth", "gain"])
    if fitted.strength is None:
        raise CbeError.build("No district of `fitted` could be estimated", advice="Its .notes say why")
    frame = require_columns(districts, [district, index], "districts")
    twice = frame[district].duplicated(keep=False)
    if twice.any():
        raise ValuesError.build(f"`districts` names a district more than once: {rows_of(frame, twice)}")
    numbers = pd.to_numeric(frame[index], errors="coerce")
    text = frame[index].notna() & numbers.isna()
    if text.any():
        raise ValuesError.build(
            f"Column {index!r} of `districts` must hold numbers; {rows_of(frame, text)} do not",
            found=f"Found {some(map(repr, frame.loc[text, index]))}",
        )
    rows = fitted.strength[["district", term, f"{term}_error"]].set_axis(["district", "estimate", "std_error"], axis=1)
    both = rows.merge(
        pd.DataFrame({"district": frame[district], "index": numbers.astype(float)}), on="district", how="left"
    )
    used = both.dropna(subset=["estimate", "index"])
    if len(used) < FEWEST:
        raise CbeError.build(
            f"Cannot tell from {len(used)} districts with both an estimate and {index!r}; {FEWEST} are needed",
            advice="dip.districts_needed says how many it would take",
        )
    if used["index"].std() == 0:
        raise ValuesError.build(f"Column {index!r} of `districts` is the same for all districts")
    left = len(both) - len(used)
    notes = (f"{left} district(s) without an estimate or an index left out.",) if left else ()
    return used[["district", "index", "estimate", "std_error"]], notes


def between_variance(estimate: np.ndarray, error: np.ndarray, index: np.ndarray) -> float:
    """Paule-Mandel variance between districts: the generalized Q statistic equals its degrees of freedom."""
    exog = np.column_stack([np.ones(len(index)), index])
    freedom = len(index) - 2

    def excess(variance: float) -> float:
        weight = 1 / (error**2 + variance)
        beta = np.linalg.solve(exog.T * weight @ exog, exog.T @ (weight * estimate))
        return float((weight * (estimate - exog @ beta) ** 2).sum() - freedom)

    return 0.0 if excess(0.0) <= 0 else float(brentq(excess, 0.0, 10 * np.var(estimate) + 1.0))


def _table(model: Any, between: float, level: float) -> pd.DataFrame:
    bounds = model.conf_int(alpha=1 - level)
    params, errors, p = model.params, model.bse, model.pvalues
    rows = [
        (name, params[name], errors[name], bounds.loc[name, 0], bounds.loc[name, 1], p[name], "")
        for name in ("intercept", "slope")
    ]
    rows.append(("between_sd", np.sqrt(between), np.nan, np.nan, np.nan, np.nan, "a point estimate, without interval"))
    return pd.DataFrame(rows, columns=["term", "estimate", "std_error", "conf_low", "conf_high", "p_value", "note"])


def _power(error: float, count: int) -> pd.DataFrame:
    """Power for slopes of one to four units per standard deviation, and districts needed for 80%, as spread here."""
    per_district = error * np.sqrt(count - 1)
    slopes = np.array([1.0, 2.0, 3.0, 4.0])
    return pd.DataFrame(
        {
            "slope": slopes,
            "power": [_chance_to_see(slope, per_district, count) for slope in slopes],
            "districts_needed": [_needed(slope, per_district, 0.8) for slope in slopes],
        }
    )


def _chance_to_see(slope: float, spread: float, count: int) -> float:
    freedom = count - 2
    limit, shift = t.ppf(0.975, freedom), abs(slope) * np.sqrt(count - 1) / spread
    return float(nct.sf(limit, freedom, shift) + nct.cdf(-limit, freedom, shift))


def _needed(slope: float, spread: float, power: float) -> int:
    count = max(4, int((norm.ppf(0.975) + norm.ppf(power)) ** 2 * (spread / slope) ** 2))
    while _chance_to_see(slope, spread, count) < power:
        count += 1
    return count


def districts_needed(slope: float, *, depth_error: float, between_sd: float, power: float = 0.8) -> int:
    """How many districts would it take to see that ramp-up goes with shallower dips?

    Parameters
    ----------
    slope : float, not 0
        Points of depth that go with one standard deviation of the index.
    depth_error : float, above 0
        Typical standard error of one district's depth, in points: a quarter of the length of its 95% interval.
    between_sd : float, at least 0
        Standard deviation of true depths between districts of like index, in points.
    power : float, between 0.05 and 1
        How often the slope is to be seen at the two-sided 5% level.

    Returns
    -------
    int
        Number of districts.

    Raises
    ------
    CbeError
        For values that make no sense.

    Notes
    -----
    The noncentral t distribution of a regression slope, whose error is sqrt((depth_error^2 + between_sd^2) / (n - 1)).

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences, 2nd ed., chapter 9.

    Examples
    --------
    >>> from cbe_lib import dip
    >>> dip.districts_needed(2.0, depth_error=3.0, between_sd=2.0)
    29
    """
    if slope == 0 or depth_error <= 0 or between_sd < 0 or not 0.05 < power < 1:
        raise CbeError.build(
            "`slope` must not be 0, `depth_error` above 0, `between_sd` not below 0, `power` between 0.05 and 1",
            found=f"Found {slope!r}, {depth_error!r}, {between_sd!r}, {power!r}",
        )
    return _needed(abs(slope), float(np.hypot(depth_error, between_sd)), power)


def _text(table: pd.DataFrame, power: pd.DataFrame, index: str, term: str, count: int, level: float) -> str:
    slope = table.set_index("term").to_dict("index")["slope"]
    interval = f"{slope['conf_low']:.1f} to {slope['conf_high']:.1f}"
    two = power.set_index("slope")["power"][2.0]
    seen = f"A slope of 2 would be seen {times(two)} with {count} districts."
    if stands_out(slope["p_value"], level):
        word = "more" if slope["estimate"] > 0 else "less"
        return (
            f"Districts one standard deviation higher on {index} tend to show {abs(slope['estimate']):.1f} points "
            f"{word} {term} ({level:.0%} interval of the slope {interval}). {seen} This is an association: districts "
            "chose for themselves, and what moved them may matter more than the index."
        )
    return (
        f"Cannot tell whether {index} goes with {term}: the slope per standard deviation may be anything from "
        f"{interval} ({level:.0%} interval). {seen}"
    )


def times(share: float) -> str:
    """Write a share as times in 10."""
    return f"about {share * 10:.0f} times in 10" if share < 0.95 else "nearly always"
