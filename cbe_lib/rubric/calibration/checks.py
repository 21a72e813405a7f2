"""Does a rater use the scale as the model expects: halo, central tendency, erratic ratings?

Each check is a score test of one more parameter for one rater. The rater's districts are independent, so the spread of
their contributions, with the part that the rater's severity explains taken out, gives the standard error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import stdtr

from cbe_lib.rubric.calibration.design import Block
from cbe_lib.rubric.calibration.fitting import Fitted
from cbe_lib.rubric.calibration.likelihood import Latent, Posterior, posterior

CHECKS = ("halo", "central tendency", "erratic")
FEWEST = 6  # districts of a rater
FEW = f"Fewer than {FEWEST} districts with the ratings that this check needs."
NO_SPREAD = "The rater's districts show no differences to judge by."
NO_MIDDLE = "The used levels lie equally far from the middle of the scale."
TINY = 1e-9


class Misfit(NamedTuple):
    """One check of one rater: a statistic above 0 speaks for the flag; the p-value is one-sided."""

    statistic: float = float("nan")
    p_value: float = float("nan")
    reason: str = ""


def check(fitted: Fitted, middle: float) -> dict[str, list[Misfit]]:
    """Test every rater for every kind of misfit; `middle`: the middle of the declared scale."""
    whole = pd.concat([_contributions(fitted, block, middle) for block in fitted.design.blocks], ignore_index=True)
    found = {}
    for name in CHECKS:
        by_rater = dict(iter(whole.dropna(subset=[name]).groupby("rater")))
        found[name] = [_misfit(by_rater.get(rater), name) for rater in range(fitted.design.raters)]
    if np.ptp(np.abs(fitted.design.scores - middle)) == 0:
        found["central tendency"] = [Misfit(reason=NO_MIDDLE)] * fitted.design.raters
    return found


def _misfit(rows: pd.DataFrame | None, name: str) -> Misfit:
    if rows is None or len(rows) < FEWEST:
        return Misfit(reason=FEW)
    score, severity = rows[name].to_numpy(), rows["severity"].to_numpy()
    explained = severity @ severity
    left = score - severity * (score @ severity / explained) if explained > 0 else score
    spread = float(np.sqrt((left**2).sum() * len(left) / (len(left) - 1)))
    if spread <= TINY:
        return Misfit(reason=NO_SPREAD)
    statistic = float(left.sum()) / spread
    return Misfit(statistic, float(stdtr(len(left) - 2, -statistic)))


def _contributions(fitted: Fitted, block: Block, middle: float) -> pd.DataFrame:
    """Return what each rater and district of a block adds to the score of each check, and of severity."""
    prior, score = fitted.latent, block.design.scores.astype(float)
    given = posterior(block, prior)
    seen = given.weight[block.district if prior.kernel is None else block.target]
    probability, mean, level = prior.categories.probability, prior.categories.mean[block.cell], score[block.place]
    place = (block.design.loading @ fitted.fixed[: block.design.locations])[block.cell]
    outer = (score - middle) ** 2
    surprise = level[:, None] - mean
    square = np.einsum("k,ckg->cg", score**2, probability)[block.cell]
    inward = np.einsum("k,ckg->cg", outer, probability)[block.cell] - outer[block.place][:, None]
    rows = {
        "severity": surprise,
        "central tendency": inward,
        "erratic": -surprise * (prior.points[None, :] - place[:, None]),
        "square": square,
    }
    frame = pd.DataFrame({name: (seen * each).sum(axis=1) for name, each in rows.items()})
    frame = frame.assign(level=level, level_square=level**2, ratings=1.0)
    pairs, group = np.unique(block.rater * block.districts + block.district, return_inverse=True)
    sums = frame.groupby(group).sum()
    sums["halo"] = _too_alike(sums, _shared(block, prior, given, mean, group))
    return sums.assign(rater=pairs // block.districts)


def _too_alike(sums: pd.DataFrame, shared: np.ndarray) -> pd.Series:
    """Return by how much a rater's ratings of a district vary less over its criteria than expected.

    `shared`: posterior mean of the products of expected ratings on different criteria, summed over pairs.
    """
    found = sums["level_square"] - sums["level"] ** 2 / sums["ratings"]
    expected = sums["square"] * (1 - 1 / sums["ratings"]) - shared / sums["ratings"]
    return (expected - found).where(sums["ratings"] > 1)


def _shared(block: Block, prior: Latent, given: Posterior, mean: np.ndarray, group: np.ndarray) -> np.ndarray:
    if prior.kernel is not None:
        mean = (given.scaled[block.target] * mean) @ prior.kernel / given.inner[block.target]
    groups = group.max() + 1
    gather = csr_array((np.ones(len(group)), (group, np.arange(len(group)))), shape=(groups, len(group)))
    district = np.empty(groups, dtype=int)
    district[group] = block.district
    products = (gather @ mean) ** 2 - gather @ mean**2
    return (products * given.district[district]).sum(axis=1)
