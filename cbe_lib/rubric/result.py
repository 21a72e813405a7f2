"""What the verbs of this package return."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy.special import stdtr, stdtrit

from cbe_lib.results import Result

# Landis and Koch (1977): where each band begins.
BANDS = {
    "poor": float("-inf"),
    "slight": 0.0,
    "fair": 0.2,
    "moderate": 0.4,
    "substantial": 0.6,
    "almost perfect": 0.8,
}


@dataclass(frozen=True, repr=False)
class Agreement(Result):
    """How far raters agree: see `cbe_lib.rubric.agreement`.

    Attributes
    ----------
    units, raters : int
        Units with two or more ratings, and raters.
    level : float
        Coverage that the intervals aim at.
    """

    units: int
    raters: int
    level: float

    @property
    def benchmark(self) -> pd.DataFrame:
        """How probable each verbal band of Landis and Koch is, given the uncertainty; never a label alone.

        Returns
        -------
        DataFrame
            coefficient, level_of_agreement, probability (of that band), at_least (of that band or a higher one). Only
            coefficients with a standard error are listed. After Gwet (2014), a band may be claimed where `at_least`
            reaches 0.95.
        """
        quantile = stdtrit(self.units - 1, (1 + self.level) / 2) if self.units > 1 else 1.0
        rows = []
        for row in self.table[self.table["std_error"].gt(0)].to_dict("records"):
            error = (row["estimate"] - row["conf_low"]) / quantile, (row["conf_high"] - row["estimate"]) / quantile
            above = [_above(start, row["estimate"], error, self.units - 1) for start in BANDS.values()]
            for name, here, higher in zip(BANDS, above, [*above[1:], 0.0], strict=True):
                rows.append((row["coefficient"], name, here - higher, here))
        return pd.DataFrame(rows, columns=["coefficient", "level_of_agreement", "probability", "at_least"])


@dataclass(frozen=True, repr=False)
class IntraclassCorrelation(Result):
    """How much of the differences between ratings is between the units: see `cbe_lib.rubric.icc`.

    Attributes
    ----------
    units, raters : int
        Units and raters used.
    ratings_per_unit : float
        Ratings that the average forms (icc1k, icc2k, icc3k) average over.
    level : float
        Coverage that the intervals aim at.
    """

    units: int
    raters: int
    ratings_per_unit: float
    level: float


def _above(start: float, estimate: float, error: tuple[float, float], df: int) -> float:
    if start == float("-inf"):
        return 1.0
    return float(stdtr(df, (estimate - start) / error[start > estimate]))
