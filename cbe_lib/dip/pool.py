"""What a panel teaches about each of its districts: the common course, the usual noise and drift.

Empirical Bayes: (1) the mean course is fitted like one series; (2) what is left of each district is a level, its own
drift, AR(1) noise and its own departure from the course, on the grid of `cbe_lib.dip.engine` with a pooled prior for
the noise variance and mixing weights learned by EM; (3) the doubt about the mean course is carried into every
district's draws.

Source: Efron (2010), Large-Scale Inference, chapter 1; Morris (1983), JASA 78, 47-55.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import gammaln, logsumexp

from cbe_lib.dip.engine import Grid, Noise, Pattern, Scores, VariancePrior, chance
from cbe_lib.dip.panel_read import Batch, take
from cbe_lib.dip.paths import baselines
from cbe_lib.dip.shapes import Shape, effect_shapes

FEWEST = 10
POPULATION_DRAWS = 1024
PSEUDO_DISTRICTS = 20.0
LEARN_FROM = 500
RHOS = (0.0, 0.2, 0.4, 0.7)
SLOPES = (0.05, 0.12, 0.25)
HEIGHTS = (0.5, 1.5, 4.0)
COURSE_HEIGHTS = (2.0, 4.0, 10.0, 30.0, 100.0)
SHAPES_OF_VARIANCE = (4.0, 10.0, 30.0, 100.0)
SCALES_OF_VARIANCE = (0.5, 0.65, 0.8, 1.0, 1.25, 1.55, 2.0)


@dataclass(frozen=True)
class Course:
    """Common drift (points a year) and effect (event years 1, 2, ...): row 0 the posterior mean, then draws."""

    drift: np.ndarray
    effect: np.ndarray

    def path(self, pattern: Pattern, which: slice) -> np.ndarray:
        """Drift plus effect in the years of a pattern; shape (rows picked, years)."""
        event = np.asarray(pattern.years)
        effect = np.where(event >= 1, self.effect[which][:, np.maximum(event, 1) - 1], 0.0)
        return np.multiply.outer(self.drift[which], event) + effect


@dataclass(frozen=True)
class Tally:
    """What the common course needs of a panel: how many districts show each pattern, and the sum of their results.

    Tallies of parts of a panel add up, so that a panel need never be in memory as a whole.
    """

    districts: dict[Pattern, int]
    total: dict[Pattern, np.ndarray]

    @classmethod
    def of(cls, batches: list[Batch]) -> Tally:
        """Count and sum the districts of `batches`, one batch a pattern."""
        districts = {batch.pattern: len(batch.place) for batch in batches}
        return cls(districts, {batch.pattern: batch.values.sum(axis=0) for batch in batches})

    def __add__(self, other: Tally) -> Tally:
        patterns = sorted({*self.districts, *other.districts}, key=lambda pattern: pattern.years)
        return Tally(
            {each: self.districts.get(each, 0) + other.districts.get(each, 0) for each in patterns},
            {each: np.asarray(self.total.get(each, 0.0) + other.total.get(each, 0.0)) for each in patterns},
        )


def common_course(tally: Tally, draws: int, seed: int) -> Course:
    """Fit the mean course as if it were one series, whose noise (common shocks included) its own residuals show."""
    event, mean = mean_series(tally)
    pattern = Pattern(tuple(event.tolist()), 1)
    chosen = Grid(pattern, heights=COURSE_HEIGHTS)
    scores = chosen.score(mean[None, :])
    effect, point, spread = chosen.draw(scores, chance(draws, len(pattern.effect_years), seed))
    path = np.zeros((draws, len(event)))
    after = event >= 1
    path[:, after] = effect[0][:, event[after] - 1]
    drift = baselines(chosen, mean - path, point[0], spread[0], np.random.default_rng(seed))[:, 1]
    return Course(np.concatenate([[drift.mean()], drift]), np.concatenate([effect.mean(axis=1), effect[0]]))


def mean_series(tally: Tally) -> tuple[np.ndarray, np.ndarray]:
    """Mean result in each event year, every district with a level of its own (least squares)."""
    event = np.array(sorted({year for pattern in tally.districts for year in pattern.years}))
    gram, reach = np.zeros((len(event), len(event))), np.zeros(len(event))
    for pattern, districts in tally.districts.items():
        here = (np.asarray(pattern.years)[:, None] == event).astype(float)
        here -= here.mean(axis=0)
        gram += districts * here.T @ here
        reach += tally.total[pattern] @ here
    return event, np.linalg.pinv(gram) @ reach


@dataclass(frozen=True)
class Common:
    """What was learned from the panel: course, mixing weights and noise, ready to draw any of its districts."""

    course: Course
    grids: dict[Pattern, Grid]
    log_weight: np.ndarray
    prior: VariancePrior
    draws: int
    seed: int

    def draw(self, batch: Batch) -> np.ndarray:
        """Draw effects of the districts of a batch; shape (districts, draws, effect years)."""
        pooled = self.grids[batch.pattern]
        scores = pooled.score(own_part(batch, self.course))
        log_weight = log_likelihood(pooled, scores, self.prior) + self.log_weight
        numbers = chance(self.draws, len(batch.pattern.effect_years), self.seed)
        departure = pooled.draw(scores, numbers, log_weight=log_weight, prior=self.prior)[0]
        return departure + self._course(batch.pattern, pooled, log_weight)

    def _course(self, pattern: Pattern, pooled: Grid, log_weight: np.ndarray) -> np.ndarray:
        """Course of each draw, corrected by what each district's departure makes of the difference."""
        weight = np.exp(log_weight - logsumexp(log_weight, axis=1, keepdims=True))
        years, free = len(pattern.effect_years), pooled.pattern.free
        answer = (weight @ _responses(pooled).reshape(-1, years * free)).reshape(-1, years, free)
        shift = self.course.path(pattern, slice(0, 1)) - self.course.path(pattern, slice(1, None))
        moved = np.einsum("nev,bv->nbe", answer, shift @ pooled.pattern.contrasts, optimize=True)
        return self.course.effect[1:, pattern.effect_years - 1] + moved


def enough(tally: Tally) -> bool:
    """Say whether a panel has districts enough to learn from."""
    return sum(tally.districts.values()) >= FEWEST


def learn(tally: Tally, sample: list[Batch], draws: int, seed: int) -> Common:
    """Learn the common course from a panel's tally, the noise and the mixing weights from a sample of its districts."""
    course = common_course(tally, draws, seed)
    grids = {pattern: pooled_grid(pattern, course) for pattern in tally.districts}
    parts = [(grids[batch.pattern], grids[batch.pattern].score(own_part(batch, course))) for batch in sample]
    log_weight = parts[0][0].log_prior
    log_weight = log_weight - logsumexp(log_weight)
    usual = 1.3 * np.median(np.concatenate([s.scale.min(axis=1) / pooled.pattern.free for pooled, s in parts]))
    prior = VariancePrior(SHAPES_OF_VARIANCE[0], SHAPES_OF_VARIANCE[0] * usual)
    for _ in range(3):
        prior = _best_prior(parts, log_weight, usual)
        likelihood = np.concatenate([log_likelihood(pooled, scores, prior) for pooled, scores in parts])
        log_weight = _mixing_weights(likelihood, log_weight)
    return Common(course, grids, log_weight, prior, draws, seed)


def sample(batches: list[Batch]) -> list[Batch]:
    """Pick the districts to learn noise and mixing weights from."""
    chosen = spread_out(np.sort(np.concatenate([batch.place for batch in batches])))
    picked = [take(batch, np.isin(batch.place, chosen)) for batch in batches]
    return [batch for batch in picked if len(batch.place)]


def spread_out(ordered: np.ndarray) -> np.ndarray:
    """Pick at most LEARN_FROM of `ordered`, evenly from first to last."""
    return ordered[np.linspace(0, len(ordered) - 1, min(LEARN_FROM, len(ordered))).round().astype(int)]


def _best_prior(parts: list[tuple[Grid, Scores]], log_weight: np.ndarray, usual: float) -> VariancePrior:
    options = [
        VariancePrior(shape, shape * usual * scale) for shape in SHAPES_OF_VARIANCE for scale in SCALES_OF_VARIANCE
    ]

    def evidence(prior: VariancePrior) -> float:
        return sum(
            float(logsumexp(log_likelihood(pooled, scores, prior) + log_weight, axis=1).sum())
            for pooled, scores in parts
        )

    return max(options, key=evidence)


def _mixing_weights(log_likelihood: np.ndarray, start: np.ndarray) -> np.ndarray:
    """EM for the mixing weights, with a few pseudo-districts spread as at the start."""
    log_weight, first = start, np.exp(start)
    for _ in range(15):
        joint = log_likelihood + log_weight
        share = np.exp(joint - logsumexp(joint, axis=1, keepdims=True)).sum(axis=0)
        log_weight = np.log((share + PSEUDO_DISTRICTS * first) / (len(joint) + PSEUDO_DISTRICTS))
    return log_weight


def log_likelihood(pooled: Grid, scores: Scores, prior: VariancePrior) -> np.ndarray:
    """Log likelihood of each district at each grid point, the noise variance integrated out under its prior."""
    freedom = pooled.pattern.free + prior.freedom
    constant = gammaln(freedom / 2) - gammaln(prior.freedom / 2) + prior.freedom / 2 * np.log(prior.scale)
    return constant - 0.5 * pooled.log_det - 0.5 * freedom * np.log(scores.scale + prior.scale)


def own_part(batch: Batch, course: Course) -> np.ndarray:
    """Results less the common drift and course; shape (districts, years)."""
    return batch.values - course.path(batch.pattern, slice(0, 1))


def pooled_grid(pattern: Pattern, course: Course) -> Grid:
    """Build the grid of a district's own part: a level, a drift with a prior, a departure from the common course."""
    share = 1 / (len(RHOS) * len(SLOPES))
    models = [Noise(rho, None, share, slope) for slope in SLOPES for rho in RHOS]
    return Grid(
        replace(pattern, trend=False),
        noise_models=models,
        heights=HEIGHTS,
        shapes=lambda event: departures(event, course.effect[0]),
    )


def departures(event: np.ndarray, course: np.ndarray) -> list[Shape]:
    """List how a district can depart from the common course: by more or less of it, or in any shape."""
    usual = np.where(event >= 1, course[np.maximum(event.astype(int), 1) - 1], 0.0)[:, None]
    own = [Shape(shape.family, shape.basis, shape.weight / 2) for shape in effect_shapes(event)]
    return [
        *own,
        Shape("course", usual / max(np.abs(usual).max(), 1e-9), 1 / 2),
    ]


def _responses(pooled: Grid) -> np.ndarray:
    """Posterior mean effect for each unit of a contrast, at each grid point; shape (points, effect years, free)."""
    return np.concatenate([np.einsum("keq,qvk->kev", b.effect, b.project, optimize=True) for b in pooled.blocks])


def population(tally: Tally, course: Course, level: float) -> pd.DataFrame:
    """Estimate the common course, with an interval for each year."""
    low, high = np.quantile(course.effect[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    years = np.arange(1, course.effect.shape[1] + 1)
    seen = np.array([sum(n for pattern, n in tally.districts.items() if year in pattern.years) for year in years])
    return pd.DataFrame(
        {
            "event_year": years,
            "estimate": course.effect[0],
            "conf_low": low,
            "conf_high": high,
            "districts": seen,
            "note": np.where(seen > 0, "", "no district has a result this year"),
        }
    )
