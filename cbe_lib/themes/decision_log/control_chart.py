"""Control limits for a share by period whose rate of false alarms is known, not approximated."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from cbe_lib.errors import CbeError

PERIODS = {"month": "M", "quarter": "Q", "school year": "Y-JUL"}
CHART = ["period", "start", "n", "count", "estimate", "center", "low", "high", "false_alarm", "signal", "reason"]


def chart(
    hits: pd.Series, days: pd.Series, period: str, until: pd.Timestamp | None, false_alarm: float
) -> pd.DataFrame:
    """Count hits by period and set each period against the others, or against all up to `until`.

    Given the hits of both together, those of the period are hypergeometric whatever the share is, so limits and rate
    of false alarms are exact. The rate is below `false_alarm`, as counts are whole; column false_alarm tells it.
    """
    if not 0 < false_alarm < 0.5:
        raise CbeError.build("`false_alarm` must lie between 0 and 0.5", found=f"Found {false_alarm!r}")
    periods = days.dt.to_period(PERIODS[period])
    count = hits.groupby(periods).agg(["size", "sum"]).astype(int)
    n, x = count["size"].to_numpy(), count["sum"].to_numpy()
    base = np.ones(len(count), dtype=bool) if until is None else (count.index.end_time <= until)
    if until is not None and not base.any():
        raise CbeError.build(f"No whole {period} ends by baseline_until", found=f"Found {until.date()}")
    rest_n, rest_x = n[base].sum() - n * base, x[base].sum() - x * base
    low, high, attained = limits(n, x + rest_x, n + rest_n, false_alarm)
    judged = ~base if until is not None else base
    table = pd.DataFrame({"period": count.index.astype("str"), "start": count.index.start_time, "n": n, "count": x})
    table = table.assign(
        estimate=x / n,
        center=x[base].sum() / n[base].sum(),
        low=np.where(judged, low / n, np.nan),
        high=np.where(judged, high / n, np.nan),
        false_alarm=np.where(judged, attained, np.nan),
        signal=np.where(judged & (x > high), "above", np.where(judged & (x < low), "below", "")),
        reason=np.where(~judged, "baseline", np.where(attained > 0, "", "too few decisions to signal anything")),
    )
    return table[CHART]


def limits(n: np.ndarray, hits: np.ndarray, total: np.ndarray, false_alarm: float) -> tuple[np.ndarray, ...]:
    """Return the least and the greatest usual count, and the chance that a count lies outside them."""
    side = false_alarm / 2
    grid = np.arange(n.max() + 1)[:, None]
    below = hypergeom.cdf(grid, total, hits, n)
    above = hypergeom.sf(grid - 1, total, hits, n)
    low = (below <= side).sum(axis=0)  # the smallest count that is not unusually small
    high = np.minimum((above > side).sum(axis=0) - 1, n)
    attained = np.where(low > 0, _at(below, low - 1), 0.0) + np.where(high < n, _at(above, high + 1), 0.0)
    return low, high, attained


def _at(table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return table[np.clip(rows, 0, len(table) - 1), np.arange(table.shape[1])]
