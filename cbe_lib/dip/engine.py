"""The batched posterior of an effect, for all series that share one pattern of years.

Model of one series: y = X b + f + u. X holds level, trend and test regimes, with a flat prior on b; u is AR(1) over
real year gaps; f is zero before the rollout and then a basis times normal coefficients. For a fixed noise correlation
and a fixed shape and size of effect everything is closed-form, so a grid over those is one matrix product.

Two noise models. Unknown variance: Jeffreys' prior, t posteriors. Known binomial variance v: u = AR(1) of variance
`ratio` * v plus white noise of variance v, on a grid of ratios, normal posteriors.

With z = C'y (C orthogonal to X), noise S0 = L L' and shape basis G = C'B of height a:
    z' S^-1 z = |w|^2 - |R^-1 H' w|^2,   w = L^-1 z,   H = L^-1 G,   R R' = I / a^2 + H'H
and the coefficients are R^-T (R^-1 H' w + s xi), xi standard normal.

Source: Woodbury's identity; Gelman et al. (2013), Bayesian Data Analysis, chapter 14, for the t posterior.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import logsumexp

from cbe_lib.dip.shapes import effect_shapes

RHOS = (0.0, 0.4, 0.7, 0.85, 0.95)
HEIGHTS = (2.0, 4.0, 10.0)
KNOWN_HEIGHTS = (0.5, 1.0, 2.0, 4.0, 10.0)
RATIOS = (0.0, 0.2, 0.5, 1.2, 3.0, 8.0, 20.0, 60.0)
TYPICAL_POINTS, LOG_SPREAD = 8.0, 0.8


@dataclass(frozen=True)
class Pattern:
    """What all series of one batch share: the years with a result, the first affected year, the test regimes."""

    years: tuple[int, ...]
    rollout: int
    regimes: tuple[int, ...] = ()
    shifts: tuple[int, ...] = (0,)

    @cached_property
    def design(self) -> np.ndarray:
        """Level, trend and one column for each test regime after the first; shape (years, columns)."""
        year = np.asarray(self.years, float)
        columns = [np.ones(len(year)), year - self.rollout + 1]
        columns += [(np.asarray(self.regimes) == code) * 1.0 for code in sorted(set(self.regimes))[1:]]
        return np.column_stack(columns)

    @cached_property
    def effect_years(self) -> np.ndarray:
        """Every calendar year that can be affected, with or without a result."""
        return np.arange(self.rollout + min(self.shifts), self.years[-1] + 1)

    @cached_property
    def contrasts(self) -> np.ndarray:
        """Orthonormal columns that no level, trend or regime can reach; shape (years, free)."""
        full, _ = np.linalg.qr(self.design, mode="complete")
        return full[:, self.design.shape[1] :]

    @property
    def free(self) -> int:
        """Years minus columns of the design."""
        return len(self.years) - self.design.shape[1]

    def correlation(self, rho: float) -> np.ndarray:
        """AR(1) correlation over real year gaps."""
        year = np.asarray(self.years, float)
        return rho ** np.abs(year[:, None] - year)


@dataclass(frozen=True)
class Noise:
    """One noise model of the grid: correlation, process-to-binomial ratio (None: variance unknown), prior weight."""

    rho: float
    ratio: float | None
    weight: float

    @property
    def spread(self) -> float:
        """Total noise standard deviation in units of the unknown one, or of the known binomial one."""
        return float(np.sqrt(1 + (self.ratio or 0.0)))

    def covariance(self, pattern: Pattern) -> np.ndarray:
        """Covariance in units of the unknown variance, or of the known binomial variance."""
        if self.ratio is None:
            return pattern.correlation(self.rho)
        return self.ratio * pattern.correlation(self.rho) + np.eye(len(pattern.years))


def noises(known_variance: bool) -> list[Noise]:
    """List the noise models of the grid; their weights add to one."""
    if not known_variance:
        return [Noise(rho, None, 1 / len(RHOS)) for rho in RHOS]
    share = 1 / len(RATIOS)
    return [Noise(0.0, ratio, share) for ratio in RATIOS if ratio == 0] + [
        Noise(rho, ratio, share / len(RHOS)) for ratio in RATIOS if ratio > 0 for rho in RHOS
    ]


@dataclass(frozen=True)
class Block:
    """Grid points whose shapes have the same number of columns (q), stacked for one matrix product.

    project (free, points * q): from contrasts to whitened coefficients; effect (points, effect years, q): from whitened
    coefficients to the effect; the rest has one entry a point.
    """

    project: np.ndarray
    effect: np.ndarray
    log_prior: np.ndarray
    log_det: np.ndarray
    noise: np.ndarray
    height: np.ndarray
    label: list[tuple[str, int, int]]  # family, shift, number of the shape

    @property
    def points(self) -> int:
        """Number of grid points."""
        return len(self.log_prior)


@dataclass(frozen=True)
class Scores:
    """What the data say of every grid point: log posterior weights (unnormalised) and what the draws need.

    log_null (series, noises), log_alternative (series, points), scale (series, points): residual quadratic form;
    whitened: a block's coefficients (series, points, q).
    """

    log_null: np.ndarray
    log_alternative: np.ndarray
    scale: np.ndarray
    whitened: list[np.ndarray]


class Grid:
    """Everything about a pattern of years that does not depend on the results."""

    def __init__(self, pattern: Pattern, known_variance: bool = False) -> None:
        self.pattern = pattern
        self.known_variance = known_variance
        self.noises = noises(known_variance)
        self.heights = np.asarray(KNOWN_HEIGHTS if known_variance else HEIGHTS)
        covariances = [noise.covariance(pattern) for noise in self.noises]
        contrasts = pattern.contrasts
        roots = np.linalg.cholesky(contrasts.T @ np.array(covariances) @ contrasts)
        self.whiten = np.linalg.inv(roots)
        self.null_log_det = 2 * np.log(np.einsum("jii->ji", roots)).sum(axis=1)
        self.null_log_prior = np.log([noise.weight for noise in self.noises])
        self.blocks = self._blocks()

    @cached_property
    def log_prior(self) -> np.ndarray:
        """Prior weight of every grid point with an effect, block after block."""
        return np.concatenate([block.log_prior for block in self.blocks])

    @cached_property
    def point_noise(self) -> np.ndarray:
        """Noise model of every grid point with an effect."""
        return np.concatenate([block.noise for block in self.blocks])

    @cached_property
    def point_shift(self) -> np.ndarray:
        """Shift of the rollout at every grid point with an effect."""
        return np.array([shift for block in self.blocks for _, shift, _ in block.label])

    def _blocks(self) -> list[Block]:
        pattern = self.pattern
        observed = np.searchsorted(pattern.effect_years, pattern.years)
        inside = np.asarray(pattern.years) >= pattern.effect_years[0]
        by_width: dict[int, list[tuple[str, int, int, float, np.ndarray]]] = {}
        for shift in pattern.shifts:
            event = pattern.effect_years - (pattern.rollout + shift) + 1.0
            for number, shape in enumerate(effect_shapes(event)):
                by_width.setdefault(shape.basis.shape[1], []).append(
                    (shape.family, shift, number, shape.weight / len(pattern.shifts), shape.basis)
                )
        blocks = []
        for shapes in by_width.values():
            bases = np.array([basis for *_, basis in shapes])
            seen = np.zeros((len(shapes), len(pattern.years), bases.shape[2]))
            seen[:, inside] = bases[:, observed[inside]]
            weights = np.array([weight for *_, weight, _ in shapes])
            labels = [(family, shift, number) for family, shift, number, *_ in shapes]
            blocks.append(self._block(bases, pattern.contrasts.T @ seen, weights, labels))
        return blocks

    def _block(self, bases: np.ndarray, reach: np.ndarray, weights: np.ndarray, labels: list) -> Block:
        width = bases.shape[2]
        heights = self.heights
        project, effect, log_det = [], [], []
        for number, whiten in enumerate(self.whiten):
            ridge = 1 / (heights * self.noises[number].spread) ** 2
            seen = whiten @ reach
            inner = seen.transpose(0, 2, 1) @ seen
            root = np.linalg.cholesky(inner[:, None] + ridge[:, None, None] * np.eye(width))
            back = np.linalg.inv(root)
            onto = back @ (seen.transpose(0, 2, 1) @ whiten)[:, None]
            project.append(onto.reshape(-1, width, onto.shape[-1]))
            effect.append((bases[:, None] @ back.transpose(0, 1, 3, 2)).reshape(-1, bases.shape[1], width))
            shrink = 2 * np.log(np.einsum("shii->shi", root)).sum(axis=-1) - width * np.log(ridge)
            log_det.append((self.null_log_det[number] + shrink).ravel())
        points = len(bases) * len(heights)
        stacked = np.concatenate(project)
        return Block(
            project=stacked.transpose(2, 0, 1).reshape(stacked.shape[2], -1),
            effect=np.concatenate(effect),
            log_prior=(self.null_log_prior[:, None] + np.log(np.repeat(weights / len(heights), len(heights)))).ravel(),
            log_det=np.concatenate(log_det),
            noise=np.repeat(np.arange(len(self.noises)), points),
            height=np.tile(np.arange(len(heights)), len(self.noises) * len(bases)),
            label=[label for _ in self.noises for label in labels for _ in heights],
        )

    def score(self, values: np.ndarray, variance: np.ndarray | None = None, unit: float = 1.0) -> Scores:
        """Weigh every grid point for every series.

        Parameters
        ----------
        values : array, shape (series, years)
        variance : array, shape (series,), optional
            Known binomial variance of a result, in squared units of the values; needed by a known-variance grid only.
        unit : float
            One percentage point in units of the values.
        """
        z = values @ self.pattern.contrasts
        if self.known_variance:
            z = z / np.sqrt(np.asarray(variance, float))[:, None]
        null = np.einsum("jab,nb->nja", self.whiten, z)
        null = np.einsum("nja,nja->nj", null, null)
        whitened = [(z @ block.project).reshape(len(z), block.points, -1) for block in self.blocks]
        explained = np.concatenate([np.einsum("nkq,nkq->nk", u, u) for u in whitened], axis=1)
        scale = np.maximum(null[:, self.point_noise] - explained, 1e-12)
        log_det = np.concatenate([block.log_det for block in self.blocks])
        log_prior = self.log_prior if variance is None else self.log_prior + self._size_prior(variance, unit)
        return Scores(
            log_null=self._log_likelihood(null, self.null_log_det) + self.null_log_prior,
            log_alternative=self._log_likelihood(scale, log_det) + log_prior,
            scale=scale,
            whitened=whitened,
        )

    def _log_likelihood(self, quadratic: np.ndarray, log_det: np.ndarray) -> np.ndarray:
        if self.known_variance:
            return -0.5 * log_det - 0.5 * quadratic
        return -0.5 * log_det - 0.5 * self.pattern.free * np.log(np.maximum(quadratic, 1e-300))

    def _size_prior(self, variance: np.ndarray, unit: float) -> np.ndarray:
        """Favor effects of a few points, log-normally: with a known noise, height is not measured in noise alone."""
        spread = np.array([noise.spread for noise in self.noises])
        points = np.sqrt(variance)[:, None, None] / unit * spread[:, None] * self.heights
        log_density = -0.5 * (np.log(points / TYPICAL_POINTS) / LOG_SPREAD) ** 2
        log_density -= logsumexp(log_density, axis=2, keepdims=True) - np.log(len(self.heights))
        height = np.concatenate([block.height for block in self.blocks])
        return log_density[:, self.point_noise, height]

    def draw(
        self, scores: Scores, count: int, rng: np.random.Generator, variance: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw effects from the posterior, a dip or a gain assumed (the null left out).

        Returns
        -------
        effect : array, shape (series, count, effect years)
        point : array of int, shape (series, count)
            Grid point of each draw, counted through all blocks.
        spread : array, shape (series, count)
            Noise standard deviation of each draw, in units of the values.
        """
        weight = np.exp(scores.log_alternative - logsumexp(scores.log_alternative, axis=1, keepdims=True))
        point = systematic(weight, count, rng)
        series = np.arange(len(weight))[:, None]
        if self.known_variance:
            spread = np.broadcast_to(np.sqrt(np.asarray(variance, float))[:, None], point.shape)
        else:
            spread = np.sqrt(scores.scale[series, point] / rng.chisquare(self.pattern.free, point.shape))
        effect = np.empty((*point.shape, len(self.pattern.effect_years)))
        start = 0
        for block, u in zip(self.blocks, scores.whitened, strict=True):
            row, column = np.nonzero((point >= start) & (point < start + block.points))
            k = point[row, column] - start
            s = spread[row, column][:, None]
            unit = s if self.known_variance else 1.0
            coefficient = u[row, k] * unit + s * rng.standard_normal((len(k), u.shape[2]))
            effect[row, column] = np.einsum("meq,mq->me", block.effect[k], coefficient)
            start += block.points
        return effect, point, spread


def systematic(weight: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `count` indices a row in proportion to `weight`, evenly spread; rows of `weight` add to one."""
    rank = (np.arange(count) + rng.random((len(weight), 1))) / count
    cumulative = np.cumsum(weight, axis=1)
    cumulative[:, -1] = np.inf
    return np.array([np.searchsorted(row, at) for row, at in zip(cumulative, rank, strict=True)])


@lru_cache(maxsize=64)
def grid(pattern: Pattern, known_variance: bool = False) -> Grid:
    """Return the grid of a pattern, built once."""
    return Grid(pattern, known_variance)
