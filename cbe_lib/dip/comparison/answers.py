"""From a contrast to answers: is there a dip, how deep, how long; and what a planted dip would have shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cbe_lib.dip.comparison.adjusting import Gaps
from cbe_lib.dip.comparison.mixture import EffectMixture, relative_heights
from cbe_lib.dip.comparison.placebos import Contrast, alone, simulated, unit_of
from cbe_lib.dip.terms import Terms, summarize

DEPTH_HEIGHTS = np.array([6.0, 14.0, 32.0])
DRAWS = 2000
PLANTED = (3.0, 6.0, 10.0)
PLANTED_DRAWS = 200
MOST_PLANTED = 90
FEWEST_PLANTED = 5
ALPHA = 0.05
SIZE_LIMITS = (65.0, 308.0)
SIZE_NAMES = ("small: under 65 tested", "medium: 65 to 307 tested", "large: 308 or more tested")
WIDENING = 0.7


@dataclass(frozen=True)
class Answer:
    """Evidence of a dip, how often chance gives as much, and the terms (in points of 100)."""

    statistic: float
    p_value: float
    terms: Terms


def widened(level: float) -> float:
    """Coverage asked of the posterior so that intervals keep `level` although the noise itself is estimated."""
    return 1 - WIDENING * (1 - level)


def answer(contrast: Contrast, first_year: int, level: float, rng: np.random.Generator) -> Answer:
    """Test for a dip and read its terms off the posterior."""
    statistic, chance = evidence(contrast)
    mixture = _mixture(contrast, DEPTH_HEIGHTS)
    effect = mixture.draws(contrast.gap[None], DRAWS, rng)
    return Answer(
        statistic, contrast.share_at_least(statistic, chance), summarize(effect, first_year, level=widened(level))
    )


def evidence(contrast: Contrast) -> tuple[float, np.ndarray]:
    """Evidence of a dip in the contrast's gap, and in every gap that arose by chance."""
    test = _mixture(contrast, relative_heights(contrast.covariance))
    found = test.evidence(np.vstack([contrast.gap, contrast.chance]))
    return float(found[0]), found[1:]


def _mixture(contrast: Contrast, heights: np.ndarray) -> EffectMixture:
    event = np.arange(1, contrast.event.max() + 1)
    return EffectMixture(event, np.isin(event, contrast.event), contrast.covariance, contrast.tail, heights)


def planted_shapes(event: np.ndarray) -> np.ndarray:
    """Three dips of depth one: down for two years and back, a sharp fall that fades, a lasting fall."""
    event = np.asarray(event, float)
    back = min(max(event.max(), 4), 6)
    shapes = [
        np.interp(event, [0, 2, back], [0, 1, 0]),
        event / 1.5 * np.exp(1 - event / 1.5),
        np.minimum(1, 0.6 * event),
    ]
    return -np.array([shape / shape.max() for shape in shapes])


def size_classes(log_size: np.ndarray, known: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """Number the size class of each district, and name the classes."""
    if not known:
        return np.zeros(len(log_size), int), ("all sizes",)
    return np.digitize(np.exp(log_size), SIZE_LIMITS), SIZE_NAMES


def power_table(gaps: Gaps, columns: np.ndarray, few: bool, level: float, point: float, seed: int) -> pd.DataFrame:
    """Plant dips into comparison districts of every size class and count how often they are found and held.

    Parameters
    ----------
    columns : array of bool
        Which years after the rollout the adopter has a result in.
    few : bool
        Fewer than 40 comparison districts: chance is simulated.
    point : float
        One internal point in units of the table.
    """
    learned = gaps.learned
    complete = learned.cohort.teaches & np.isfinite(gaps.gap[:, columns]).all(axis=1)
    classes, names = size_classes(learned.log_size, learned.cohort.tested is not None)
    rows = []
    for number, name in enumerate(names):
        members = np.flatnonzero(complete & (classes == number))
        for depth, (power, coverage) in zip(PLANTED, _planted(gaps, members, columns, few, level, seed), strict=True):
            note = "" if np.isfinite(power) else _too_few(len(members))
            rows.append((depth * point, name, power, coverage, len(members), note))
    return pd.DataFrame(rows, columns=["planted_depth", "size_class", "power", "coverage", "districts", "note"])


def _too_few(districts: int) -> str:
    have = f"{districts} comparison district{'s' * (districts != 1)}" if districts else "no comparison district"
    return f"cannot tell: {have} of this size, {FEWEST_PLANTED} are needed"


def _planted(
    gaps: Gaps, members: np.ndarray, columns: np.ndarray, few: bool, level: float, seed: int
) -> list[tuple[float, float]]:
    """Power and coverage for each planted depth, in a district as noisy as the middle one of `members`."""
    if len(members) < FEWEST_PLANTED:
        return [(np.nan, np.nan)] * len(PLANTED)
    rng = np.random.default_rng(seed)
    noisy = np.trace(gaps.covariance[members], axis1=1, axis2=2)
    middle = members[np.argsort(noisy)[len(members) // 2]]
    unit = unit_of(_seen_only(gaps, columns), int(middle))
    own = np.isin(unit.placebo_rows, members)
    subjects = unit.carried[own][:MOST_PLANTED]
    event = gaps.learned.cohort.years[gaps.learned.cohort.before :][columns]
    event = event - gaps.learned.cohort.first + 1
    contrast = alone(simulated(unit, rng) if few else unit, event)
    shapes = planted_shapes(event)[np.arange(len(subjects)) % 3]
    planted = np.concatenate([subjects + depth * shapes for depth in PLANTED])
    found = _found(contrast, planted)
    held = _held(contrast, planted, np.repeat(PLANTED, len(subjects)), level, rng)
    return list(
        zip(found.reshape(len(PLANTED), -1).mean(axis=1), held.reshape(len(PLANTED), -1).mean(axis=1), strict=True)
    )


def _seen_only(gaps: Gaps, columns: np.ndarray) -> Gaps:
    return replace(gaps, gap=np.where(columns, gaps.gap, np.nan))


def _found(contrast: Contrast, gaps: np.ndarray) -> np.ndarray:
    """Which gaps would be called a dip at 5% against the contrast's chance gaps."""
    test = _mixture(contrast, relative_heights(contrast.covariance))
    statistic = test.evidence(np.vstack([gaps, contrast.chance]))
    chance = statistic[len(gaps) :]
    return np.array([contrast.share_at_least(own, chance) <= ALPHA for own in statistic[: len(gaps)]])


def _held(
    contrast: Contrast, gaps: np.ndarray, depth: np.ndarray, level: float, rng: np.random.Generator
) -> np.ndarray:
    """For which gaps the interval of depth holds the depth that was planted."""
    terms = summarize(_mixture(contrast, DEPTH_HEIGHTS).draws(gaps, PLANTED_DRAWS, rng), 1, level=widened(level))
    return (terms.low["depth"] <= depth) & (depth <= terms.high["depth"])
