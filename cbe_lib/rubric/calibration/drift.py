"""Does a rater become harsher or more lenient as time goes by?"""

from __future__ import annotations

import numpy as np

from cbe_lib.rubric.calibration.design import Design, Facets
from cbe_lib.rubric.calibration.estimates import Estimate, degrees_of_freedom, estimate_rows
from cbe_lib.rubric.calibration.fitting import fit
from cbe_lib.rubric.calibration.linking import alike, undecided

ONE_TIME = "Rated at one time only."
NOT_LINKED = (
    "Rated no district together with enough others at different times: a drift of the rater cannot be told from "
    "districts that differ."
)


def slopes(facets: Facets, *, nested: bool, level: float) -> tuple[list[Estimate], float]:
    """Return each rater's change in severity per unit of time, and the degrees of freedom behind them."""
    rows = [Estimate(reason=ONE_TIME)] * (int(facets.rater.max()) + 1)
    moving = np.array([rater for rater in range(len(rows)) if _moves(facets, rater)], dtype=int)
    linked = _linked(facets, moving)
    for rater in set(moving.tolist()) - set(linked.tolist()):
        rows[rater] = Estimate(reason=NOT_LINKED)
    if not len(linked):
        return rows, 1.0
    fitted = fit(Design(facets, linked), nested=nested)
    df = max(degrees_of_freedom(fitted.design)[0] - len(linked) + 1, 1)
    weights = np.eye(len(linked), len(fitted.fixed), fitted.design.locations - len(linked))
    for rater, row in zip(linked, estimate_rows(fitted, weights, df, level), strict=True):
        rows[rater] = row
    return rows, df


def _moves(facets: Facets, rater: int) -> bool:
    times = np.asarray(facets.time)[facets.rater == rater]
    return rater != facets.fixed_rater and times.size > 0 and bool(np.ptp(times) > 0)


def _linked(facets: Facets, moving: np.ndarray) -> np.ndarray:
    """Return the raters whose slopes can be told: against the consensus, or against the largest group of the others."""
    if not len(moving):
        return moving
    rows = undecided(facets, moving)[0]
    if facets.fixed_rater is not None:
        return moving[alike(np.vstack([np.zeros(rows.shape[1]), rows]))[1:] == 0]
    group = alike(rows)
    largest = np.flatnonzero(group == np.bincount(group).argmax())
    return moving[largest] if len(largest) > 1 else moving[:0]
