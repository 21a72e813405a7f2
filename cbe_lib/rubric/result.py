"""What the verbs of this package return."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

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
        rows = []
        for row in self.table[self.table["std_error"].gt(0)].to_dict("records"):
            above = [reaches(row, start, self.units, self.level) for start in BANDS.values()]
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


def reaches(row: Mapping[Hashable, Any], limit: float, units: int, level: float) -> float:
    """Return the probability that agreement is `limit` or more, by the half of the interval on that side."""
    if limit == float("-inf"):
        return 1.0
    half = row["conf_high"] - row["estimate"] if limit > row["estimate"] else row["estimate"] - row["conf_low"]
    error = half / stdtrit(units - 1, (1 + level) / 2)
    return float(stdtr(units - 1, (row["estimate"] - limit) / error))
