"""What `dip.compare` returns."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib.dip.outcome import Existence
from cbe_lib.results import Result


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """One adopter, or a few, beside comparison districts: see `cbe_lib.dip.compare`.

    `.table` has event_year, estimate, conf_low, conf_high, note: the gap to what own years before and comparison
    districts predict, with a band that holds for all years after the rollout at once.

    Attributes
    ----------
    placebos : DataFrame
        district, event_year, estimate, rank, adopter, rollout: the same gap for every district; rank 1 is the lowest.
    terms : DataFrame
        term, estimate, conf_low, conf_high, unit, note: the table of `dip.fit`.
    existence : Existence
        The test of "there is a dip", by rank among the comparison districts.
    sensitivity : DataFrame
        rule, p_value, depth, conf_low, conf_high, note: the answer under three comparison rules.
    power : DataFrame
        planted_depth, size_class, power, coverage, districts, note: how often a dip planted into comparison districts
        of this file is found, and how often the interval of its depth holds it.
    unit : str
        Unit of estimates and depth in words, for instance "points".
    level : float
        Coverage that the intervals aim at.
    """

    placebos: pd.DataFrame
    terms: pd.DataFrame
    existence: Existence
    sensitivity: pd.DataFrame
    power: pd.DataFrame
    unit: str
    level: float
