"""From draws of the effect to the five terms, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.dip.functionals import functionals
from cbe_lib.dip.outcome import TERMS

COLUMNS = ["term", "estimate", "conf_low", "conf_high", "unit", "note"]


@dataclass(frozen=True)
class Terms:
    """The terms of a batch of series: three arrays a term, each of shape (series,).

    estimate: the posterior mean of depth, the most frequent trough year, medians of the rest; low, high: quantiles.
    unregained: share of plausible paths still below the baseline in the last year.
    """

    estimate: dict[str, np.ndarray]
    low: dict[str, np.ndarray]
    high: dict[str, np.ndarray]
    unregained: np.ndarray


def summarize(
    effect: np.ndarray, first_year: int | np.ndarray, late: np.ndarray | int = 0, level: float = 0.95
) -> Terms:
    """Read the terms off draws of the effect.

    Parameters
    ----------
    effect : array, shape (series, draws, years)
        On each calendar year from `first_year` on.
    first_year : int or array, shape (series,)
        Calendar year of the first column.
    late : array, shape (series, draws), or int
        Years between the last unaffected result and the year before `first_year`, for draws whose rollout is later.
    level : float
        Coverage to aim at.
    """
    draws = functionals(effect)
    draws["recovery_years"] = np.where(draws["recovery"] > 0, np.maximum(draws.pop("recovery") - late, 0), 0.0)
    draws["trough_year"] = draws.pop("trough") + np.reshape(first_year, (-1, 1))
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    quantiles = {term: _quantiles(draws[term], tails) for term in TERMS}
    estimate = {term: middle for term, (_, middle, _) in quantiles.items()}
    estimate["depth"] = draws["depth"].mean(axis=1)
    estimate["trough_year"] = np.array([_most_frequent(row) for row in draws["trough_year"]], float)
    return Terms(
        estimate=estimate,
        low={term: low for term, (low, _, _) in quantiles.items()},
        high={term: high for term, (_, _, high) in quantiles.items()},
        unregained=np.isinf(draws["recovery_years"]).mean(axis=1),
    )


def _quantiles(draws: np.ndarray, shares: list[float]) -> np.ndarray:
    """Order statistics of each row at the given shares; shape (shares, series)."""
    count = draws.shape[1]
    ranked = np.sort(draws.astype(float), axis=1)
    return ranked[:, [min(int(np.ceil(share * count)), count) - 1 for share in shares]].T


def _most_frequent(years: np.ndarray) -> int:
    start = int(years.min())
    return start + int(np.bincount(years - start).argmax())


def units(unit: str) -> dict[str, str]:
    """Unit of each term, given the unit of a difference between two values."""
    total = {"points": "point-years", "share": "share-years"}.get(unit, "unit-years")
    return {"depth": unit, "trough_year": "year", "recovery_years": "years", "loss": total, "gain": unit}


def terms_table(terms: Terms, unit: str, last_year: int, which: int = 0) -> pd.DataFrame:
    """Lay the terms of one series out as the table of `dip.fit`."""
    named = units(unit)
    rows = [
        (term, terms.estimate[term][which], terms.low[term][which], terms.high[term][which], named[term], "")
        for term in TERMS
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    recovery = table["term"] == "recovery_years"
    table.loc[recovery, "note"] = recovery_note(
        terms.low["recovery_years"][which], terms.high["recovery_years"][which], last_year
    )
    return table


def patterns_table(effect: np.ndarray, no_change: float) -> pd.DataFrame:
    """Sort one series' drawn courses (draws, years) into kinds, beside the weight of no change at all."""
    read = functionals(effect)
    fell = read["depth"] > 0
    back = np.isfinite(read["recovery"])
    ongoing = read["trough"] == effect.shape[1] - 1
    kinds = {
        "dip and recovery": fell & back,
        "fall that lasts": fell & ~back & ~ongoing,
        "decline that goes on": fell & ~back & ongoing,
        "no fall, only a gain": ~fell,
    }
    rows = [("no change", no_change)] + [(kind, (1 - no_change) * hits.mean()) for kind, hits in kinds.items()]
    return pd.DataFrame(rows, columns=["pattern", "weight"]).assign(note="")


def recovery_note(low: float, high: float, last_year: int) -> str:
    """Say what an open-ended interval of recovery means."""
    if np.isinf(low):
        return f"not regained by {last_year} on any plausible path"
    if np.isinf(high) and low == 0:
        return f"cannot tell: some plausible paths never fell, others have not regained the baseline by {last_year}"
    if np.isinf(high):
        return f"at least {low:.1f} years: some plausible paths have not regained the baseline by {last_year}"
    return ""


def cannot_tell_table(reason: str, unit: str, smallest: str = "") -> pd.DataFrame:
    """Lay out rows without numbers, each saying why; the first also says what could have been seen."""
    named = units(unit)
    table = pd.DataFrame(
        [(term, np.nan, np.nan, np.nan, named[term], f"cannot tell: {reason}") for term in TERMS], columns=COLUMNS
    )
    table.loc[0, "note"] = f"cannot tell: {reason}" + (f".{smallest}" if smallest else "")
    return table
