"""How far the coefficients could lie from the truth: linearized, jackknife and bootstrap standard errors and limits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit, stdtrit

from cbe_lib.rubric.coefficients import COEFFICIENTS, Sample, Totals, chances, estimates

RESAMPLES = 2000
BATCH = 250
NO_SPREAD = 1e-10
UNSEEN_WEIGHT = 0.75  # chosen by benchmarks/agreement_study.py, on seeds that it does not report


def linearized_errors(sample: Sample, totals: Totals, found: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return Gwet's linearized standard errors: the spread over units of what each adds to the coefficient."""
    chance = {name: float(each) for name, each in chances(totals, sample.weights).items()}
    count, paired = sample.patterns.count, sample.is_paired
    errors = {}
    for name, moved in _chance_moves(sample, totals).items():
        shift = _shift(sample, totals, float(found[name]), chance[name], moved)
        errors[name] = _spread(shift, count)
    both = count * paired
    errors["krippendorff_alpha"] = _spread(_alpha_shift(sample, totals, chance["krippendorff_alpha"]), both)
    if sample.patterns.raters == 2:
        moved = _rater_moves(sample, totals.by_rater_paired, float(totals.paired))
        shift = (sample.agreed - totals.agreed / totals.paired - (1 - found["cohen_kappa"]) * moved) / (
            1 - chance["cohen_kappa"]
        )
        errors["cohen_kappa"] = _spread(shift, both)
    return errors


def jackknife_errors(sample: Sample) -> dict[str, float]:
    """Return standard errors from leaving out one unit at a time; NaN where a coefficient is then undefined."""
    parts = [estimates(totals, sample.weights) for totals in sample.each_left_out()]
    count = sample.patterns.count
    return {name: _jackknife(np.concatenate([part[name] for part in parts]), count) for name in COEFFICIENTS}


def bootstrap(sample: Sample, seed: int) -> dict[str, np.ndarray]:
    """Return the coefficients of 2,000 samples of as many units, drawn with replacement."""
    rng = np.random.default_rng(seed)
    count = sample.patterns.count
    parts = []
    for _ in range(0, RESAMPLES, BATCH):
        drawn = rng.multinomial(count.sum(), count / count.sum(), size=BATCH).astype(float)
        parts.append(estimates(sample.resampled(drawn), sample.weights))
    return {name: np.concatenate([part[name] for part in parts]) for name in COEFFICIENTS}


def unseen_unit(sample: Sample, totals: Totals, found: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return how far one more unit, its ratings split between any two levels, would move each coefficient (RMS).

    Few units, nearly all on one level, say nothing about the rare unit that decides a kappa; their spread is too small.
    """
    levels, raters = len(sample.weights), sample.patterns.raters
    share = (np.eye(levels)[:, None] + np.eye(levels)).reshape(-1, levels) / 2
    size = totals.ratings / totals.paired
    credit = (size * share * (size * share @ sample.weights - 1)).sum(axis=1) / (size - 1)
    given = np.repeat(size * share[:, None] / raters, raters, axis=1)
    more = Totals(
        units=np.full(len(share), totals.units + 1.0),
        paired=np.full(len(share), totals.paired + 1.0),
        agreed=totals.agreed + credit / size,
        shares=totals.shares + share,
        ratings=np.full(len(share), totals.ratings + size),
        credit=totals.credit + credit,
        levels=totals.levels + size * share,
        by_rater=totals.by_rater + given,
        by_rater_paired=totals.by_rater_paired + given,
    )
    moved = {name: each - found[name] for name, each in estimates(more, sample.weights).items()}
    return {name: float(np.sqrt(np.mean(each**2))) for name, each in moved.items()}


def logit_limits(estimate: float, error: float, lowest: float, df: int, level: float) -> tuple[float, float]:
    """Return limits that are symmetric in the log odds of observed agreement, so that they keep within its range."""
    below, above = estimate - lowest, 1 - estimate
    width = stdtrit(df, (1 + level) / 2) * error * (below + above) / (below * above)
    odds = np.log(below / above)
    low, high = (lowest + (1 - lowest) * expit(odds + sign * width) for sign in (-1, 1))
    return float(low), min(float(high), 1.0)


def hidden_share(units: int, level: float) -> float:
    """Return the largest share of units of another kind that could hide when none of `units` is of that kind."""
    return 1 - (1 - level) ** (1 / units)


def _spread(shift: np.ndarray, count: np.ndarray) -> float:
    units = count.sum()
    return float(np.sqrt((count * shift**2).sum() / (units * (units - 1)))) if units > 1 else float("nan")


def _jackknife(left_out: np.ndarray, count: np.ndarray) -> float:
    units = count.sum()
    centered = left_out - (count * left_out).sum() / units
    return float(np.sqrt((units - 1) / units * (count * centered**2).sum()))


def _shift(sample: Sample, totals: Totals, found: float, chance: float, moved: np.ndarray | float) -> np.ndarray:
    ratio = totals.units / totals.paired
    observed = totals.agreed / totals.paired
    with np.errstate(divide="ignore", invalid="ignore"):
        agreed = ratio * (sample.agreed - chance * sample.is_paired) - (observed - chance)
        return (agreed - (1 - found) * moved) / (1 - chance)


def _chance_moves(sample: Sample, totals: Totals) -> dict[str, np.ndarray | float]:
    """Return, for each coefficient, how each pattern moves the agreement expected by chance."""
    weights, levels = sample.weights, len(sample.weights)
    pi = totals.shares / totals.units
    scale = weights.sum() / (levels * (levels - 1))
    return {
        "percent_agreement": 0.0,
        "fleiss_kappa": 2 * (sample.shares @ (weights @ pi) - pi @ weights @ pi),
        "conger_kappa": _rater_moves(sample, totals.by_rater, float(totals.units)),
        "gwet_ac": 2 * scale * (pi @ pi - sample.shares @ pi),
        "brennan_prediger": 0.0,
    }


def _rater_moves(sample: Sample, by_rater: np.ndarray, units: float) -> np.ndarray:
    given = by_rater.sum(axis=1)
    share = by_rater / np.where(given > 0, given, 1)[:, None]
    facing = (share.sum(axis=0) - share) @ sample.weights
    per_rating = (facing - (facing * share).sum(axis=1)[:, None]) * (units / np.where(given > 0, given, 1))[:, None]
    entries, raters = sample.patterns, int((given > 0).sum())
    moved = np.bincount(entries.pattern, weights=per_rating[entries.rater, entries.level], minlength=len(entries.count))
    return 2 * moved / (raters * (raters - 1))


def _alpha_shift(sample: Sample, totals: Totals, chance: float) -> np.ndarray:
    pooled = totals.levels / totals.ratings
    mean = totals.ratings / totals.paired
    agreed = totals.credit / totals.ratings
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = 2 * (sample.counts @ (sample.weights @ pooled) - chance * sample.ratings) / mean
        own = (sample.credit - agreed * sample.ratings) / mean
        shift = (own - (1 - agreed) / (1 - chance) * moved) / (1 - chance)
    return np.where(sample.is_paired, shift, 0.0)
