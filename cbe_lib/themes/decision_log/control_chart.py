"""Control limits for a share by period whose rate of false alarms is known, not approximated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from cbe_lib.errors import CbeError

Tails = Callable[[np.ndarray], tuple[np.ndarray, ...]]
PERIODS = {"month": "M", "quarter": "Q", "school year": "Y-JUL"}
CHART = ["period", "start", "n", "count", "estimate", "center", "low", "high", "false_alarm", "signal", "reason"]


def chart(
    hits: pd.Series,
    days: pd.Series,
    period: str,
    until: pd.Timestamp | None,
    false_alarm: float,
    *,
    both: bool = True,
) -> pd.DataFrame:
    """Count hits by period and set each period against the others, or against all up to `until`.

    Given the hits of both together, those of the period are hypergeometric whatever the share is, so limits and rate
    of false alarms are exact. The rate is below `false_alarm`, as counts are whole; column false_alarm tells it.
    `both`: whether counts that are unusually small signal too.
    """
    if not 0 < false_alarm < 0.5:
        raise CbeError.build("`false_alarm` must lie between 0 and 0.5", found=f"Found {false_alarm!r}")
    periods = days.dt.to_period(PERIODS[period])
    count = hits.groupby(periods).agg(["size", "sum"]).astype(int)
    n, x = count["size"].to_numpy(), count["sum"].to_numpy()
    base = np.ones(len(count), dtype=bool) if until is None else (count.index.end_time < until)
    if until is not None and not base.any():
        raise CbeError.build(
            f"No whole {period} ends by baseline_until",
            found=f"Found {(until - pd.Timedelta(days=1)).date()}",
            advice=f"The first {period} of the log ends on {count.index[0].end_time.date()}",
        )
    rest_n, rest_x = n[base].sum() - n * base, x[base].sum() - x * base
    low, high = limits(n, rest_x, rest_n, false_alarm, both)
    attained = rate(n, x + rest_x, n + rest_n, false_alarm, both)
    judged = ~base if until is not None else base
    table = pd.DataFrame({"period": count.index.astype("str"), "start": count.index.start_time, "n": n, "count": x})
    table = table.assign(
        estimate=x / n,
        center=x[base].sum() / n[base].sum(),
        low=np.where(judged, low / n, np.nan),
        high=np.where(judged, high / n, np.nan),
        false_alarm=np.where(judged, attained, np.nan),
        signal=np.where(judged & (x > high), "above", np.where(judged & (x < low), "below", "")),
        reason=np.where(
            ~judged, "baseline", np.where((low > 0) | (high < n), "", "too few decisions to signal anything")
        ),
    )
    return table[CHART]


def limits(
    n: np.ndarray, hits: np.ndarray, total: np.ndarray, false_alarm: float, both: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the greatest usual count of `n`, beside `hits` out of `total` elsewhere."""

    def tails(count: np.ndarray) -> tuple[np.ndarray, ...]:
        return _tails(count, n, np.minimum(hits + count, total + n), total + n, false_alarm, both)

    low, high = _first_usual(tails, n), _first_unusual(tails, n)
    return low, np.minimum(high, n + 1) - 1


def rate(n: np.ndarray, hits: np.ndarray, total: np.ndarray, false_alarm: float, both: bool) -> np.ndarray:
    """Return the chance that a count of `n` gives a signal if nothing has changed, given `hits` in all `total`."""

    def tails(count: np.ndarray) -> tuple[np.ndarray, ...]:
        return _tails(count, n, hits, total, false_alarm, both)

    low, high = _first_usual(tails, n), _first_unusual(tails, n)
    return np.where(low > 0, tails(low - 1)[0], 0.0) + tails(high)[1]


def _first_usual(tails: Tails, n: np.ndarray) -> np.ndarray:
    def usual(count: np.ndarray) -> np.ndarray:
        below, _, lower, _ = tails(count)
        return below > lower

    return _first(usual, n)


def _first_unusual(tails: Tails, n: np.ndarray) -> np.ndarray:
    def unusual(count: np.ndarray) -> np.ndarray:
        _, above, _, upper = tails(count)
        return above <= upper

    return _first(unusual, n)


def _first(holds: Callable[[np.ndarray], np.ndarray], n: np.ndarray) -> np.ndarray:
    """Return the least count from 0 to `n` + 1 for which something holds that holds from some count on."""
    low, high = np.zeros_like(n), n + 1
    while (low < high).any():
        middle = (low + high) // 2
        found = holds(middle)
        low, high = np.where(found | (low >= high), low, middle + 1), np.where(found, middle, high)
    return low


def _tails(
    count: np.ndarray, n: np.ndarray, hits: np.ndarray, total: np.ndarray, false_alarm: float, both: bool
) -> tuple[np.ndarray, ...]:
    """Return the chance of each count or fewer, or more, and what may be spent on either side.

    Where not even a count of zero would be unusually small, all is spent on the upper side.
    """
    below = np.asarray(hypergeom.cdf(count, total, hits, n))
    above = np.asarray(hypergeom.sf(count - 1, total, hits, n))
    lower = false_alarm / 2 if both else -1.0
    upper = np.where(hypergeom.cdf(0, total, hits, n) <= lower, false_alarm - lower, false_alarm)
    return below, above, np.broadcast_to(lower, below.shape), np.broadcast_to(upper, below.shape)
