"""What the verbs of this package return."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real

import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.results import Result

TERMS = ("depth", "trough_year", "recovery_years", "loss", "gain")


@dataclass(frozen=True)
class Existence:
    """Is there a dip at all?

    Attributes
    ----------
    statistic : float
        Log Bayes factor of a dip against no dip, times its direction; larger means more evidence of a dip.
    p_value : float
        How often a district that never changed would show at least this much; NaN only beside a `note`.
    note : str
        Why there is no p-value, or what strains it.
    """

    statistic: float
    p_value: float
    note: str = ""


@dataclass(frozen=True, repr=False)
class DipFit(Result):
    """The dip of one series: see `cbe_lib.dip.fit`.

    Attributes
    ----------
    existence : Existence
        The test of "there is a dip".
    curve : DataFrame
        year, observed, fitted, conf_low, conf_high, baseline, note: what was seen, what the model believes, the path
        that the years before project, and around it the interval of the effect (not of single observations).
    patterns : DataFrame
        pattern, weight, note: how plausible each course is, no change among them; weights add to one.
    rollout : int
        Spring year of the first results that the change can have affected.
    unit : str
        Unit of depth, loss and gain in words, for instance "points".
    level : float
        Coverage that the intervals aim at.
    """

    existence: Existence
    curve: pd.DataFrame
    patterns: pd.DataFrame
    rollout: int
    unit: str
    level: float


def stands_out(p_value: float, level: float) -> bool:
    """Say whether a test is clear enough to speak of a dip: below 5%, and below what a higher `level` leaves."""
    return p_value < min(0.05, 1 - level)


def check_level(level: float) -> None:
    """Raise unless `level` is a coverage between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < level < 1:
        raise CbeError.build(
            "`level` must lie between 0 and 1",
            found=f"Found {level!r}",
            advice="0.95 asks for a 95% interval",
        )


def check_seed(seed: int) -> None:
    """Raise unless the seed is a whole number, 0 or more."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise CbeError.build("`seed` must be a whole number, 0 or more", found=f"Found {seed!r}")
