"""Do districts that ramped up longer have shallower dips, and more in place when they start?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import nct, t
from statsmodels.regression.linear_model import WLS

from cbe_lib import dip, tables
from cbe_lib.dip.moderators import between_variance
from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of, some
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.ramp_up.depths import depths

FEWEST = 10
TERMS = ("depth", "slope", "between_sd")
SHRINK = (0.5, 1.0, 2.0)


@dataclass(frozen=True, repr=False)
class DepthByRampUp(Result):
    """The length of the ramp-up, or another index, against depth: see `depth_by_ramp_up`.

    Attributes
    ----------
    districts : DataFrame
        district_id, index, estimate, std_error, conf_low, conf_high, weight, reason: a row for each adopter.
    power : DataFrame
        slope (per unit of the index), power with the districts at hand, districts_needed for 80%; the row of the
        smallest slope has half the size of the one found or asked about.
    center : float
        Index at which the term depth is read.
    index : str
        Column that was used.
    level : float
        Coverage that the intervals aim at.
    """

    districts: pd.DataFrame
    power: pd.DataFrame
    center: float
    index: str
    level: float


@dataclass(frozen=True, repr=False)
class Prepared(Result):
    """The length of the ramp-up against what was in place: see `prepared_by_ramp_up`.

    Attributes
    ----------
    districts : DataFrame
        district_id, index, estimate (share of preparations in place), n.
    """

    districts: pd.DataFrame


def depth_by_ramp_up(
    outcomes: pd.DataFrame,
    districts: pd.DataFrame,
    *,
    index: str = "ramp_up_months",
    spring: int = 2,
    years_before: int = 3,
    slope_of_interest: float = 0.35,
    level: float = 0.95,
) -> DepthByRampUp:
    """If the ramp-up is right, is the rest easier: do districts with longer ramp-ups have shallower dips?

    A slope below zero says that dips are shallower where the index is higher. It is what goes together: districts chose
    their ramp-up, and what made them choose may matter more.

    Parameters
    ----------
    outcomes : DataFrame
        Table `outcomes` of adopters and districts without a rollout; rows of all students are used.
    districts : DataFrame
        Table `districts` with rollout_year (blank: none) and the index.
    index : str
        Column of `districts` with numbers, or yes and no: months of ramp-up, or any index of your own.
    spring : int
        In which spring the depth is read, counted from the rollout year as 1. Choose it before you look; a later one
        tells whether results have recovered.
    years_before : int
        Years before the rollout whose mean is the baseline, 1 or more.
    slope_of_interest : float, not 0
        Points for one unit of the index that would matter, for the question of power.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    DepthByRampUp
        `.table`: term, estimate, std_error, conf_low, conf_high, p_value, unit, n, reason. Terms: depth (at the mean
        index), slope (points of depth for one more of the index), between_sd (how far true depths differ at one
        index). `.districts`, `.power`, and `.model`, the statsmodels WLS fit.

    Raises
    ------
    CbeError
        For missing columns, an index that is no number or the same everywhere, options that make no sense.

    Notes
    -----
    Depth of an adopter = its fall from baseline to that spring, less the mean fall of districts without a rollout in
    the same years. Then a random-effects meta-regression: weights from each depth's own error and the variance between
    districts (Paule and Mandel), t intervals by Knapp and Hartung, never narrower than the depths' own errors allow.
    Not to be trusted where the districts without a rollout were going another way before.

    References
    ----------
    Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single covariate.
    Statistics in Medicine, 22, 2693-2710. R: ``metafor::rma(yi, vi, mods = ~ x, method = "PM", test = "adhoc")``.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = depth_by_ramp_up(state["outcomes"], state["districts"])
    >>> found.table["term"].tolist()
    ['depth', 'slope', 'between_sd']
    """
    _check(spring, years_before, slope_of_interest, level)
    places = _indexed(tables.validate(districts, "districts", complete=True), index)
    results = tables.validate(outcomes, "outcomes", complete=True)
    found = depths(results, places, spring=spring, years_before=years_before, level=level)
    each = found.merge(places[["district_id", index]].rename(columns={index: "index"}), on="district_id", how="left")
    each.loc[each["index"].isna() & each["estimate"].notna(), "reason"] = f"no {index}"
    used = each.dropna(subset=["index", "estimate"])
    each["weight"] = np.nan
    notes = (_counted(each, used), claim("B13").label + ".")
    if len(used) < FEWEST or used["index"].nunique() < 2:
        return _untold(each, len(used), index, notes, level)
    center, error, between, model = _regression(used)
    each.loc[used.index, "weight"] = model.model.weights / model.model.weights.sum()
    table = _table(model, between, len(used), level)
    power = _power(float(model.bse[1]), used, error, between, slope_of_interest)
    text = _text(table, power, index, level)
    return DepthByRampUp(
        table, text, notes, model, districts=each, power=power, center=center, index=index, level=level
    )


def _hangs_on_one(x: np.ndarray) -> bool:
    """Say whether a line would rest on a single district, or there is nothing to draw it by."""
    square = ((x - x.mean()) ** 2).sum()
    return not square or float(((x - x.mean()) ** 2).max() / square) + 1 / len(x) > 0.99


def _check(spring: int, years_before: int, slope: float, level: float) -> None:
    if not (spring >= 1 and years_before >= 1 and slope != 0 and 0 < level < 1):
        raise CbeError.build(
            "`spring` and `years_before` must be 1 or more, `slope_of_interest` not 0, `level` between 0 and 1",
            found=f"Found {spring!r}, {years_before!r}, {slope!r}, {level!r}",
        )


def _indexed(districts: pd.DataFrame, index: str) -> pd.DataFrame:
    frame = require_columns(districts, [index], "districts")
    numbers = pd.to_numeric(frame[index], errors="coerce").astype("Float64").astype("float64")
    text = frame[index].notna() & numbers.isna()
    if text.any():
        raise ValuesError.build(
            f"Column {index!r} of `districts` must hold numbers, or yes and no; {rows_of(frame, text)} do not",
            found=f"Found {some(map(repr, frame.loc[text, index]))}",
            advice="Turn words into numbers first, for instance districts['starting_point'] == 'personalized'",
        )
    return frame.assign(**{index: numbers})


def _regression(used: pd.DataFrame) -> tuple[float, float, float, Any]:
    estimate, error = used["estimate"].to_numpy(float), used["std_error"].to_numpy(float)
    x = used["index"].to_numpy(float)
    between = between_variance(estimate, error, x - x.mean())
    weight = 1 / (error**2 + between)
    center = float(np.average(x, weights=weight))
    plain = WLS(estimate, np.column_stack([np.ones(len(x)), x - center]), weights=weight)
    # Never below 1: by chance 16 depths can lie nearer to a line than their own errors allow.
    scale = max(1.0, float(plain.fit().scale))
    model = plain.fit(cov_type="fixed scale", cov_kwds={"scale": scale}, use_t=True)
    return center, float(np.sqrt(np.mean(error**2))), between, model


def _table(model: Any, between: float, count: int, level: float) -> pd.DataFrame:
    bounds = model.conf_int(alpha=1 - level)
    units = ("points", "points for one of the index")
    rows: list[tuple] = [
        (name, model.params[k], model.bse[k], *bounds[k], model.pvalues[k], units[k], count, "")
        for k, name in enumerate(TERMS[:2])
    ]
    blank = (np.nan,) * 4
    rows.append((TERMS[2], float(np.sqrt(between)), *blank, "points", count, "a point estimate, without interval"))
    columns = ["term", "estimate", "std_error", "conf_low", "conf_high", "p_value", "unit", "n", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _power(error: float, used: pd.DataFrame, depth_error: float, between: float, slope: float) -> pd.DataFrame:
    freedom = len(used) - 2
    limit, spread = t.ppf(0.975, freedom), float(used["index"].std())
    rows = []
    for size in (share * abs(slope) for share in SHRINK):
        shift = size / error
        power = float(nct.sf(limit, freedom, shift) + nct.cdf(-limit, freedom, shift))
        needed = dip.districts_needed(size * spread, depth_error=depth_error, between_sd=float(np.sqrt(between)))
        rows.append((size, power, needed))
    return pd.DataFrame(rows, columns=["slope", "power", "districts_needed"])


def _counted(each: pd.DataFrame, used: pd.DataFrame) -> str:
    left = len(each) - len(used)
    return f"{len(used)} adopters used" + (f", {left} left out: see .districts." if left else ".")


def _untold(each: pd.DataFrame, count: int, index: str, notes: tuple[str, ...], level: float) -> DepthByRampUp:
    reason = f"cannot tell: {count} adopters with a depth and {index}, {FEWEST} that differ are needed"
    table = pd.DataFrame({"term": TERMS}).assign(
        estimate=np.nan, std_error=np.nan, conf_low=np.nan, conf_high=np.nan, p_value=np.nan, unit="points", n=count,
        reason=reason,
    )  # fmt: skip
    power = pd.DataFrame(columns=["slope", "power", "districts_needed"])
    told = f"Cannot tell whether {_called(index)} goes with depth: {reason[13:]}."
    text = f"{told} Fewer districts show chance, not a pattern."
    return DepthByRampUp(table, text, notes, None, districts=each, power=power, center=np.nan, index=index, level=level)


def _called(index: str) -> str:
    return "the length of the ramp-up" if index == "ramp_up_months" else index.replace("_", " ")


def _one_more(index: str) -> str:
    return "one more month of ramp-up" if index == "ramp_up_months" else f"one more of {index.replace('_', ' ')}"


def _text(table: pd.DataFrame, power: pd.DataFrame, index: str, level: float) -> str:
    depth, slope = (table.set_index("term").loc[name].to_dict() for name in TERMS[:2])
    interval = f"{level:.0%} interval {slope['conf_low']:.2f} to {slope['conf_high']:.2f}"
    asked = power.iloc[1]
    seen = (
        f"A slope of {asked['slope']:g} would be seen in {asked['power']:.0%} of such states; "
        f"{asked['districts_needed']:.0f} adopters would be needed to see it four times in five."
    )
    if slope["conf_low"] <= 0 <= slope["conf_high"]:
        return (
            f"Among {slope['n']} adopters with dips of {depth['estimate']:.1f} points on average, cannot tell whether "
            f"{_called(index)} goes with depth: {slope['estimate']:+.2f} points for {_one_more(index)} ({interval}). "
            f"{seen}"
        )
    return (
        f"Among {slope['n']} adopters with dips of {depth['estimate']:.1f} points on average, {_one_more(index)} goes "
        f"with {slope['estimate']:+.2f} points of depth ({interval}). {seen} Districts chose for themselves, and what "
        "moved them may matter more."
    )


def prepared_by_ramp_up(
    preparations: pd.DataFrame, districts: pd.DataFrame, *, index: str = "ramp_up_months", level: float = 0.95
) -> Prepared:
    """Do districts that ramped up longer have more in place when they start?

    Parameters
    ----------
    preparations : DataFrame
        Table `preparations`: a row for each district and preparation, date blank where it was not in place.
    districts : DataFrame
        Table `districts` with the index.
    index : str
        Column of `districts` with numbers.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Prepared
        `.table`: term (share at the mean index; slope for one more of it), estimate, conf_low, conf_high, p_value,
        unit, n (districts), reason.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, and an index that is no number.

    Notes
    -----
    Ordinary least squares of each district's share in place, HC3 errors, t intervals. The shares of one district hang
    together, so districts are counted, not preparations.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = prepared_by_ramp_up(state["preparations"], state["districts"])
    >>> found.table["term"].tolist()
    ['share', 'slope']
    """
    _check(1, 1, 1.0, level)
    places = _indexed(tables.validate(districts, "districts", complete=True), index)
    rows = tables.validate(preparations, "preparations", complete=True)
    each = rows["date"].notna().groupby(rows["district_id"]).agg(["mean", "size"]).reset_index()
    each = each.set_axis(["district_id", "estimate", "n"], axis=1)
    each = each.merge(places[["district_id", index]].rename(columns={index: "index"}), on="district_id")
    each = each.dropna(subset="index")[["district_id", "index", "estimate", "n"]]
    notes = (claim("B13").label + ".",)
    if len(each) < FEWEST or _hangs_on_one(each["index"].to_numpy(float)):
        reason = f"cannot tell: {len(each)} districts with preparations and {index}, {FEWEST} that differ are needed"
        table = pd.DataFrame({"term": ["share", "slope"]}).assign(
            estimate=np.nan, conf_low=np.nan, conf_high=np.nan, p_value=np.nan, unit="share", n=len(each), reason=reason
        )
        text = f"Cannot tell whether longer ramp-ups leave more in place: {reason[13:]}. Count again with more of them."
        return Prepared(table, text, notes, None, districts=each)
    x = each["index"].to_numpy(float)
    design = np.column_stack([np.ones(len(x)), x - x.mean()])
    fit = sm.OLS(each["estimate"].to_numpy(float), design).fit(cov_type="HC3", use_t=True)
    bounds = fit.conf_int(alpha=1 - level)
    rows = [
        (name, fit.params[k], *bounds[k], fit.pvalues[k], ("share", "share for one of the index")[k], len(each), "")
        for k, name in enumerate(("share", "slope"))
    ]
    table = pd.DataFrame(rows, columns=["term", "estimate", "conf_low", "conf_high", "p_value", "unit", "n", "reason"])
    told = (
        f"{_one_more(index)} goes with {100 * fit.params[1]:+.1f} percent points"
        if bounds[1][0] * bounds[1][1] > 0
        else f"cannot tell whether {_called(index)} makes a difference"
    )
    text = (
        f"In {len(each)} districts {fit.params[0]:.0%} of the preparations were in place before the start; {told} "
        f"({level:.0%} interval {100 * bounds[1][0]:.1f} to {100 * bounds[1][1]:.1f}). What was written down as in "
        "place may not have been in use."
    )
    return Prepared(table, text, notes, fit, districts=each)
