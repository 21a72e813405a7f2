"""Numbers that may stand in blank cells: one possibility from which all others are reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array

from cbe_lib.errors import CbeError
from cbe_lib.privacy.cells import Cells
from cbe_lib.privacy.slack import FAR, sums_of_rates, whole


def fill_counts(cells: Cells) -> Cells:
    """Put a possible count into each blank cell: 1 or more, or 0 where the sums allow no other.

    Raises
    ------
    CbeError
        If no counts agree with the sums.
    """
    blank = np.isnan(cells.counts)
    if not blank.any():
        return cells
    for least in (1.0, 0.0):
        filled = _possible(csc_array(cells.sums), cells.counts, np.where(blank, least, 0.0), np.full(len(blank), FAR))
        if filled is not None:
            return replace(cells, counts=filled)
    raise CbeError.build(
        "The counts contradict their totals",
        found="Found no whole numbers for the blank cells that add up",
        advice="Correct the counts, or declare with groups= which labels share no student",
    )


def fill_rates(cells: Cells, blank: np.ndarray) -> Cells | None:
    """Put possible numbers who reach each rate into cells without one, beside possible counts; None if none agree."""
    counts = np.where(blank, np.nan, cells.counts)
    known = [counts]
    for rate in range(cells.numerators.shape[1]):
        reach = np.where(blank, np.nan, cells.numerators[:, rate])
        known += [reach, counts - reach]
    told = np.ones_like(cells.numerators, dtype=bool)
    numbers, size = np.concatenate(known), len(counts)
    low = np.zeros(len(numbers))
    low[:size] = np.where(blank & cells.listed & (cells.counts > 0), 1.0, 0.0)
    filled = _possible(sums_of_rates(cells.sums, told), numbers, low, np.full(len(numbers), FAR))
    if filled is None:
        return None
    return replace(cells, counts=filled[:size], numerators=filled[size:].reshape(-1, size)[::2].T)


def _possible(sums: csc_array, known: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray | None:
    """Solve for the unknown numbers; sums of known numbers alone may be off by rounding and are left out."""
    blank = np.isnan(known)
    open_sums = abs(sums) @ blank.astype(float) > 0
    kept = sums[np.flatnonzero(open_sums)]
    rest = -(kept @ np.where(blank, 0.0, known))
    found = whole(np.zeros(int(blank.sum())), csc_array(kept[:, np.flatnonzero(blank)]), low[blank], high[blank], rest)
    if found is None:
        return None
    filled = known.copy()
    filled[blank] = found
    return filled
