"""What `rubric.calibrate` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from cbe_lib.results import Result


class Nesting(NamedTuple):
    """Do the criteria of a district differ by more than their difficulty, and what would ignoring it do?

    Attributes
    ----------
    statistic, p_value : float
        Likelihood ratio of the nested against the one-level model; its null is half chi-squared(0), half
        chi-squared(1). NaN if the two cannot be told apart.
    severity_ratio, interval_ratio : float
        How far severities lie from each other, and how wide their intervals are, in the one-level model as a share of
        what the nested model gives.
    reason : str
        Why there is no number.
    """

    statistic: float = float("nan")
    p_value: float = float("nan")
    severity_ratio: float = float("nan")
    interval_ratio: float = float("nan")
    reason: str = ""


@dataclass(frozen=True, repr=False)
class Calibration(Result):
    """How harsh the raters are, on one scale with criteria and districts: see `cbe_lib.rubric.calibrate`.

    Attributes
    ----------
    criteria : DataFrame
        criterion, estimate (difficulty, mean 0), std_error, conf_low, conf_high, reason.
    thresholds : DataFrame
        level, estimate (where it becomes likelier than the level below, for a mean rater and criterion), std_error,
        conf_low, conf_high, reason.
    districts : DataFrame
        district, estimate (shrunken towards the mean of districts, 0), std_error (posterior), conf_low, conf_high,
        ratings.
    variance : DataFrame
        component, estimate (a standard deviation, logits), std_error, conf_low, conf_high, reason.
    checks : DataFrame
        rater, check, statistic (above 0 speaks for the flag), p_value, p_adjusted (Holm, over the raters), reason.
    drift : DataFrame
        rater, estimate (logits per unit of time; per year for dates), std_error, conf_low, conf_high, flag, reason;
        no rows without `time`.
    nesting : Nesting
        Test of the spread of criteria within districts.
    level : float
        Coverage that the intervals aim at.
    anchored : bool
        Whether severity is relative to the consensus, rather than to the mean of the raters.
    """

    criteria: pd.DataFrame
    thresholds: pd.DataFrame
    districts: pd.DataFrame
    variance: pd.DataFrame
    checks: pd.DataFrame
    drift: pd.DataFrame
    nesting: Nesting
    level: float
    anchored: bool

    @property
    def severity(self) -> pd.DataFrame:
        """The table: rater, estimate, std_error, conf_low, conf_high, flag, reason."""
        return self.table
