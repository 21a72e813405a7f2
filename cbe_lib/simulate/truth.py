"""The truth behind simulated districts, in the five terms that estimators are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

ROUNDING = 1e-9


@dataclass(frozen=True)
class Truth:
    """What was planted into simulated districts.

    Attributes
    ----------
    terms : DataFrame
        district_id, term, value, note: the five terms of `cbe_lib.dip.fit`, computed from the planted effect
        on every calendar year up to the last one observed. Without a dip there is no trough year.
    effects : DataFrame
        district_id, year, effect (points above the baseline) for every calendar year, with a test or without.
    clipped : int
        District-years whose expected rate would have left 0.1 to 99.9 percent and was held there, so that the
        data carry less than the planted effect.
    """

    terms: pd.DataFrame
    effects: pd.DataFrame
    clipped: int


def long_table(names: Sequence[str], second: str, labels: np.ndarray, name: str, cells: np.ndarray) -> pd.DataFrame:
    """Turn a matrix, a row for each district and a column for each label, into a tidy table."""
    districts = pd.Series(names, dtype="str").repeat(len(labels)).reset_index(drop=True)
    return pd.DataFrame({"district_id": districts, second: np.tile(labels, len(names)), name: cells.ravel()})


def planted_terms(names: Sequence[str], calendar: np.ndarray, planted: np.ndarray, starts: np.ndarray) -> pd.DataFrame:
    """Compute depth, trough year, recovery time, loss and gain of each row of `planted` (districts by years).

    `starts` holds the rollout year of the leading districts; those after them never change.
    """
    below = np.maximum(-planted, 0)
    depth = below.max(axis=1)
    dips = depth > ROUNDING
    last_unaffected = np.zeros(len(names))
    last_unaffected[: len(starts)] = starts - 1
    columns = {
        "depth": depth,
        "trough_year": np.where(dips, calendar[planted.argmin(axis=1)], np.nan),
        "recovery_years": np.where(dips, _regained(calendar, planted) - last_unaffected, 0.0),
        "loss": below.sum(axis=1),
        "gain": planted[:, -1],
    }
    terms = long_table(names, "term", np.array(list(columns)), "value", np.column_stack(list(columns.values())))
    terms["note"] = np.where(terms["value"].isna(), "no dip, so no trough", "")
    return terms


def _regained(calendar: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """Find when each row is back at 0 after its lowest value, linearly between years; inf if it never is."""
    place = np.arange(len(calendar))
    back = (place > planted.argmin(axis=1)[:, None]) & (planted >= -ROUNDING)
    first = np.where(back.any(axis=1), back.argmax(axis=1), 1)
    row = np.arange(len(planted))
    here, before = planted[row, first], planted[row, first - 1]
    climbed = np.where(here == before, 1.0, here - before)
    return np.where(back.any(axis=1), calendar[first] - here / climbed, np.inf)
