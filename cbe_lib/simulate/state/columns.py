"""How columns of text, dates and draws are made, for whole tables at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

FIRST_SCHOOL_DAY = np.timedelta64(14, "D")
AUGUST = np.timedelta64(7, "M")
SCHOOL_DAYS = 290
DAYS_A_YEAR = 365.25


def pick(words: Sequence[str | None], codes: np.ndarray | Sequence[int]) -> pd.Series:
    """Return the words at these positions as a column of text."""
    return pd.Series(pd.array(list(words), dtype="str").take(np.asarray(codes)))


def numbered(prefix: str, count: int, digits: int = 5) -> list[str]:
    """Return ids like D00001."""
    return [f"{prefix}{i:0{digits}d}" for i in range(1, count + 1)]


def school_start(year: np.ndarray | int) -> np.ndarray:
    """Return August 15 before the spring of `year`."""
    start = (np.asarray(year, dtype="int64") - 1971).astype("datetime64[Y]").astype("datetime64[M]") + AUGUST
    return start.astype("datetime64[D]") + FIRST_SCHOOL_DAY


def dates(days: np.ndarray, known: np.ndarray | None = None) -> pd.Series:
    """Return days as a column of dates, blank where they are not known."""
    column = pd.Series(np.asarray(days).astype("datetime64[us]"))
    return column if known is None else column.where(pd.Series(known))


def later(days: np.ndarray, by: np.ndarray | int) -> np.ndarray:
    """Return the days that come `by` days later."""
    return days + np.asarray(by, dtype="int64").astype("timedelta64[D]")


def flags(cells: np.ndarray | pd.Series) -> pd.Series:
    """Return a column of yes and no."""
    return pd.Series(np.asarray(cells, dtype=bool)).astype("boolean")


def counts(cells: np.ndarray) -> pd.Series:
    """Return a column of whole numbers that may be missing."""
    return pd.Series(np.asarray(cells)).astype("Int64")


def logistic(log_odds: np.ndarray | float) -> np.ndarray:
    """Return the chance that goes with log odds."""
    return 1 / (1 + np.exp(-np.asarray(log_odds)))


def normal_within(rng: np.random.Generator, sd: float, limit: float, size: int | tuple[int, ...]) -> np.ndarray:
    """Draw normal values, held within `limit` standard deviations on either side, so that the mean stays 0."""
    return sd * np.clip(rng.normal(size=size), -limit, limit)


def whole_answers(rng: np.random.Generator, wanted: np.ndarray, low: float, high: float) -> np.ndarray:
    """Round up or down at random, so that the mean answer is the one wanted."""
    held = np.clip(wanted, low, high)
    down = np.floor(held)
    return down + (rng.random(held.shape) < held - down)


def group_share(true: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Return the share (or mean) of each group; 0 for a group without members."""
    return np.bincount(group, true, groups) / np.maximum(np.bincount(group, minlength=groups), 1)
