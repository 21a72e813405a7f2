"""From votes to levels: the middle vote or the consensus, and the interval that raters' disagreement allows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.framework import Rubric
from cbe_lib.rubric.agreement import measured
from cbe_lib.rubric.coefficients import Sample
from cbe_lib.rubric.ratings import Ratings
from cbe_lib.rubric.scoring.grid import Grid
from cbe_lib.rubric.scoring.rater_error import RaterError, learn, level_chances, shortest
from cbe_lib.rubric.weights import weight_matrix

ENOUGH_UNITS = 10
NO_LEVEL = -1
UNCHECKED = "fewer than {} units have two raters, so agreement cannot be checked"


class Levels(NamedTuple):
    """Arrays with an entry a cell; positions from 0, -1 for none."""

    counts: np.ndarray
    position: np.ndarray
    agreed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    error: RaterError | None

    @property
    def raters(self) -> np.ndarray:
        """Number of votes."""
        return self.counts.sum(axis=1)


def find_levels(ratings: pd.DataFrame, grid: Grid, levels: int, level: float) -> Levels:
    """Return each cell's level before any cap, with its interval."""
    rated = ratings[ratings["position"].ge(0)]
    votes, consensus = rated[~rated["consensus"]], rated[rated["consensus"]]
    cell = votes["cell"].to_numpy() * levels + votes["position"].to_numpy()
    counts = np.bincount(cell, minlength=grid.size * levels).reshape(grid.size, levels)
    position = middle_vote(counts)
    agreed = np.zeros(grid.size, dtype=bool)
    agreed[consensus["cell"]] = True
    position[consensus["cell"]] = consensus["position"]
    error = learn(counts)
    low, high = np.full(grid.size, NO_LEVEL), np.full(grid.size, NO_LEVEL)
    voted = counts.sum(axis=1) > 0
    if error is not None and voted.any():
        low[voted], high[voted] = shortest(level_chances(counts[voted], error), level)
        low[voted] = np.minimum(low[voted], position[voted])
        high[voted] = np.maximum(high[voted], position[voted])
    return Levels(counts, position, agreed, low, high, error)


def middle_vote(counts: np.ndarray) -> np.ndarray:
    """Return the median vote; the lower of the two middle ones where their number is even; -1 without votes."""
    total = counts.sum(axis=1)
    reached = np.cumsum(counts, axis=1) * 2 >= total[:, None]
    return np.where(total > 0, reached.argmax(axis=1), NO_LEVEL)


def vote_words(counts: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Write each row of counts out: "1 Emerging, 2 Proficient"."""
    pattern, which = np.unique(counts, axis=0, return_inverse=True)
    said = [
        ", ".join(f"{count} {name}" for count, name in zip(row, names, strict=True) if count)
        for row in pattern.tolist()
    ]
    return np.array(said, dtype=object)[which.ravel()]


def rater_agreement(votes: pd.DataFrame, rubric: Rubric, level: float) -> pd.DataFrame:
    """How far raters agree on each criterion: Krippendorff's alpha with quadratic weights, and what the rules say.

    Where fewer than `ENOUGH_UNITS` units have two ratings of a criterion, all criteria are taken together.
    """
    paired = votes.loc[votes["cell"].duplicated(), ["criterion", "cell"]].drop_duplicates()
    units = np.bincount(paired["criterion"], minlength=len(rubric.criteria))
    coded = votes[["criterion", "cell", "position"]].assign(rater=pd.factorize(votes["rater"])[0])
    overall, rows = None, []
    for code, criterion in enumerate(rubric.criteria):
        if units[code] >= ENOUGH_UNITS:
            found, basis = _alpha(coded[coded["criterion"] == code], rubric, level), "this criterion"
        else:
            overall = overall or _alpha(coded, rubric, level)
            found, basis = overall, "all criteria together"
        rows.append((criterion.id, *found[:4], basis, *_standing(found, rubric)))
    columns = ["criterion_id", "units", "alpha", "conf_low", "conf_high", "basis", "status", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _alpha(votes: pd.DataFrame, rubric: Rubric, level: float) -> tuple[int, float, float, float, str]:
    """Units with two ratings, alpha, its limits, and why there is none."""
    if votes.empty:
        return 0, np.nan, np.nan, np.nan, "no votes"
    coded = Ratings(votes, unit="cell", rater="rater", rating="position", levels=range(len(rubric.levels)))
    found, totals = measured(Sample(coded.patterns, weight_matrix("quadratic", coded.levels, "positions")), level=level)
    estimate, _, low, high, _, reason = found["krippendorff_alpha"]
    return int(totals.paired), estimate, low, high, reason


def _standing(found: tuple[int, float, float, float, str], rubric: Rubric) -> tuple[str, str]:
    """Say what the rules make of an agreement: "" (good enough), "tentative" or "do not report", and why."""
    rules, (units, alpha, _, _, reason) = rubric.rules, found
    if rules.tentative_below is None and rules.do_not_report_below is None:
        return "", ""
    if units < ENOUGH_UNITS:
        return "tentative", UNCHECKED.format(ENOUGH_UNITS)
    if np.isnan(alpha):
        return "", f"agreement is undefined: {reason}"
    for floor, status in ((rules.do_not_report_below, "do not report"), (rules.tentative_below, "tentative")):
        if floor is not None and alpha < floor:
            return status, f"raters agree too little: alpha is {alpha:.2f}, below {floor:g}"
    return "", ""
