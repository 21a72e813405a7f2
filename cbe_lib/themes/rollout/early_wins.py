"""Small steps of progress: which early signs moved by more than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import school_year

FEWEST = 4
COLUMNS = [
    "district_id", "indicator", "unit", "better", "n_before", "n_after", "before", "after", "estimate", "conf_low",
    "conf_high", "finding", "reason",
]  # fmt: skip


@dataclass(frozen=True, repr=False)
class EarlyWins(Result):
    """Which early signs moved by more than chance: see `early_wins`."""


def early_wins(indicators: pd.DataFrame, *, since: str | pd.Timestamp | None = None, level: float = 0.95) -> EarlyWins:
    """Which of the early signs is a real step, and which is noise that nobody should celebrate?

    Parameters
    ----------
    indicators : DataFrame
        Table `indicators`, with `better` (up or down).
    since : date, optional
        First day of "after"; left out, August 1 before the last school year of each indicator.
    level : float, between 0 and 1
        Coverage of the intervals, for all indicators of a district together.

    Returns
    -------
    EarlyWins
        `.table`: district_id, indicator, unit, better, n_before, n_after, before, after (means), estimate, conf_low,
        conf_high (change, in its unit), finding (a win, a loss, a change, within noise, cannot tell), reason.

    Raises
    ------
    CbeError
        If `since` is no day, for an empty table, and for what `tables.validate` finds.

    Notes
    -----
    Welch intervals, Bonferroni over the indicators of a district; variances are widened by (1 + r) / (1 - r) where
    values that follow each other are alike (r: lag-one correlation within the two periods). A sign that goes with the
    season needs the same months in both periods. Control limits month by month: `cbe_lib.themes.learning.small_wins`.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> signs = samples.state()["indicators"].query("district_id == '00203'")
    >>> early_wins(signs).table[["indicator", "finding"]].to_dict("split")["data"][0]
    ['attendance', 'a win']
    """
    rows = tables.validate(indicators, "indicators", complete=True).dropna(subset=["value"])
    if rows.empty:
        raise CbeError.build("`indicators` holds no values", advice="Pass a row for each indicator and day")
    rows = rows.sort_values(["district_id", "indicator", "date"], kind="stable", ignore_index=True)
    rows = rows.assign(later=_later(rows, since))
    family = rows.groupby("district_id")["indicator"].nunique().to_dict()
    lines = [
        (district, name, *_compared(each, 1 - (1 - level) / family[district]))
        for (district, name), each in rows.groupby(["district_id", "indicator"], sort=False)
    ]
    table = pd.DataFrame(lines, columns=COLUMNS)
    notes = ("Both periods should hold the same months; many signs go with the season.",)
    return EarlyWins(table, _text(table), notes, None)


def _later(rows: pd.DataFrame, since: str | pd.Timestamp | None) -> pd.Series:
    if since is None:
        year = school_year(rows["date"])
        return year == year.groupby([rows["district_id"], rows["indicator"]]).transform("max")
    day = pd.to_datetime(since, errors="coerce")
    if not isinstance(day, pd.Timestamp) or pd.isna(day):
        raise CbeError.build("`since` is not a day", found=f"Found {since!r}", advice="Give it as YYYY-MM-DD")
    return rows["date"] >= day


def _compared(each: pd.DataFrame, level: float) -> tuple:
    value, later = each["value"].to_numpy(float), each["later"].to_numpy(bool)
    old, new = value[~later], value[later]
    unit, better = each["unit"].iloc[0], each["better"].iloc[0]
    means = [float(part.mean()) if len(part) else np.nan for part in (old, new)]
    told = (unit, better, len(old), len(new), *means)
    if min(len(old), len(new)) < FEWEST:
        why = f"cannot tell: fewer than {FEWEST} values before or after"
        return *told, np.nan, np.nan, np.nan, "cannot tell", why
    change = means[1] - means[0]
    parts = [(float(part.var(ddof=1)) / len(part), len(part) - 1) for part in (old, new)]
    spread = sum(part for part, _ in parts)
    if spread == 0:
        return *told, change, np.nan, np.nan, "cannot tell", "cannot tell: the values before and after never differ"
    df = spread**2 / sum(part**2 / free for part, free in parts)
    half = float(student.ppf((1 + level) / 2, df)) * float(np.sqrt(spread * _alike(old, new)))
    return *told, change, change - half, change + half, _finding(change - half, change + half, better), ""


def _alike(old: np.ndarray, new: np.ndarray) -> float:
    """Return the factor by which values that follow each other and are alike widen the variance of a mean."""
    left = [part - part.mean() for part in (old, new)]
    together = sum(float(part[1:] @ part[:-1]) for part in left)
    r = float(np.clip(together / sum(float(part @ part) for part in left), 0, 0.9))
    return (1 + r) / (1 - r)


def _finding(low: float, high: float, better: object) -> str:
    if low <= 0 <= high:
        return "within noise"
    if better not in ("up", "down"):
        return "a change"
    return "a win" if (low > 0) == (better == "up") else "a loss"


def _text(table: pd.DataFrame) -> str:
    counts = table["finding"].value_counts()
    wins = table[table["finding"] == "a win"]
    named = "".join(
        f" {row['indicator'].capitalize()} moved by {row['estimate']:+.1f} {row['unit']} ({row['conf_low']:+.1f} to "
        f"{row['conf_high']:+.1f})."
        for _, row in (wins.iterrows() if len(wins) <= 3 else ())
    )
    return (
        f"Of {len(table)} early signs {counts.get('a win', 0)} got better and {counts.get('a loss', 0)} worse by more "
        f"than chance; {counts.get('within noise', 0)} are within noise.{named} A win is worth celebrating; what "
        "brought it about is not known from this."
    )
