"""The tempting answer: call every fall that comes back a dip."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from cbe_lib.dip.series import SCALES, check_scale, check_values, check_years, one_column
from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of
from cbe_lib.results import Result


@dataclass(frozen=True, repr=False)
class NaiveDips(Result):
    """What a naive rule flags: see `cbe_lib.dip.naive`.

    Attributes
    ----------
    share : float
        Share of districts flagged, 0 to 1.
    """

    share: float


def naive(
    outcomes: pd.DataFrame,
    *,
    fall: float = 5.0,
    back_within: int = 3,
    minus_year_mean: bool = False,
    district: str = "district_id",
    year: str = "year",
    value: str = "value",
    scale: float | None = 100,
) -> NaiveDips:
    """How many districts does the obvious rule flag, whether or not anything ever changed there?

    The rule: a result at least `fall` below the year before, and a later result, within `back_within` years of the
    fall, that is back at the old value. A large share among districts that changed nothing shows that the rule
    mistakes noise for dips. It is here to be shown to fail: use `dip.fit` or `dip.compare` for a decision.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each district and year.
    fall : float, above 0
        Smallest fall from one result to the next, in the units of `value`.
    back_within : int, at least 1
        Years after the fall in which the old value must be reached again.
    minus_year_mean : bool
        Subtract the mean of all districts from each year first, which removes what happened to everyone.
    district, year, value : str
        Columns of the district, the spring year and the result.
    scale : 100, 1 or None
        Percent, share, or not a rate.

    Returns
    -------
    NaiveDips
        `.table` has district, flagged, fall_year, fall, note; `.share` is the share flagged.

    Raises
    ------
    CbeError
        For missing columns, text in numbers, two results for a district and year.

    References
    ----------
    The rule is a deliberate straw man that many reports use without naming it.

    Examples
    --------
    Five hundred fifty Michigan districts, none of which took part in any reform studied here:

    >>> from cbe_lib import dip, samples
    >>> michigan = samples.load("michigan_math4")
    >>> round(dip.naive(michigan).share, 3)
    0.604
    >>> round(dip.naive(michigan, minus_year_mean=True).share, 3)
    0.489
    """
    wide = _wide(outcomes, fall, back_within, district, year, value, scale)
    if minus_year_mean:
        wide = wide - wide.mean()
    flagged, when, size = _falls_that_come_back(wide.to_numpy(float), np.asarray(wide.columns), fall, back_within)
    table = pd.DataFrame(
        {
            "district": wide.index,
            "flagged": flagged,
            "fall_year": pd.array(np.where(flagged, when, 0), dtype="Int64"),
            "fall": np.where(flagged, size, np.nan),
            "note": np.where(flagged, "", "no fall that came back"),
        }
    )
    table.loc[~table["flagged"], "fall_year"] = pd.NA
    share = float(flagged.mean())
    return NaiveDips(
        table=table,
        text=(
            f"The naive rule flags {share:.0%} of {len(table)} districts: a fall of at least {fall:g} "
            f"{SCALES[scale][0]}, made good within {back_within} years. Caution: ordinary year-to-year noise does that "
            "too, so a flag is no evidence of a dip."
        ),
        notes=("Years without a result are passed over: a fall is measured between neighboring results.",),
        model=None,
        share=share,
    )


def _wide(
    outcomes: pd.DataFrame,
    fall: float,
    within: int,
    district: str,
    year: str,
    value: str,
    scale: float | None,
) -> pd.DataFrame:
    if not (isinstance(fall, Real) and isinstance(within, Real) and 0 < fall < np.inf and within >= 1):
        raise CbeError.build(
            "`fall` must be a number above 0 and `back_within` at least 1", found=f"Found {fall!r} and {within!r}"
        )
    frame = require_columns(outcomes, [district, year, value], "outcomes")
    if frame.empty:
        raise CbeError.build("`outcomes` has no rows", advice="Check the filter that picked the districts")
    check_scale(scale)
    names = one_column(frame, district)
    nameless = names.isna().to_numpy()
    if nameless.any():
        raise ValuesError.build(
            f"Column {district!r} of `outcomes` is blank in {rows_of(frame, nameless)}", advice="Name every district"
        )
    clean = pd.DataFrame(
        {
            "district": names,
            "year": check_years(frame, year),
            "value": check_values(frame, value, scale),
        }
    )
    twice = clean.duplicated(["district", "year"], keep=False).to_numpy()
    if twice.any():
        raise ValuesError.build(
            f"{rows_of(frame, twice)} share a district and a year",
            advice="Pick one grade, subject and student group first",
        )
    return clean.pivot(index="district", columns="year", values="value")


def _falls_that_come_back(
    results: np.ndarray, years: np.ndarray, fall: float, within: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flag each row's first fall that comes back; return flag, year and size of the fall."""
    flagged = np.zeros(len(results), bool)
    when, size = np.zeros(len(results), int), np.full(len(results), 0.0)
    previous = np.full(len(results), np.nan)
    for now in range(len(years)):
        drop = previous - results[:, now]
        later = results[:, (years > years[now]) & (years <= years[now] + within)]
        back = (later >= previous[:, None]).any(axis=1)
        new = (drop >= fall) & back & ~flagged
        when[new], size[new] = years[now], drop[new]
        flagged |= new
        previous = np.where(np.isnan(results[:, now]), previous, results[:, now])
    return flagged, when, size
