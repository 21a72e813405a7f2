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

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import logsumexp
from scipy.stats import chi2, norm, qmc

from cbe_lib.dip.shapes import Shape, effect_shapes

RHOS = (0.0, 0.4, 0.7, 0.85, 0.95)
HEIGHTS = (2.0, 4.0, 10.0)
KNOWN_RHOS = (0.0, 0.4, 0.7, 0.9)
KNOWN_HEIGHTS = (0.5, 1.25, 3.0, 8.0)
RATIOS = (0.0, 0.3, 1.0, 3.0, 10.0, 40.0)
TYPICAL_POINTS, LOG_SPREAD = 8.0, 0.8


@dataclass(frozen=True)
class Pattern:
    """What all series of one batch share: the years with a result, the first affected year, the test regimes."""

    years: tuple[int, ...]
    rollout: int
    regimes: tuple[int, ...] = ()
    shifts: tuple[int, ...] = (0,)
    trend: bool = True

    @cached_property
    def design(self) -> np.ndarray:
        """Level, trend and one column for each test regime after the first; shape (years, columns)."""
        year = np.asarray(self.years, float)
        columns = [np.ones(len(year))] + ([year - self.rollout + 1] if self.trend else [])
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
    """One noise model of the grid.

    rho: autocorrelation; ratio: process variance to known binomial variance (None: variance unknown); weight: prior;
    slope: standard deviation of a district's own yearly drift, in units of the noise (for designs without a trend).
    """

    rho: float
    ratio: float | None
    weight: float
    slope: float = 0.0

    @property
    def spread(self) -> float:
        """Total noise standard deviation in units of the unknown one, or of the known binomial one."""
        return float(np.sqrt(1 + (self.ratio or 0.0)))

    def covariance(self, pattern: Pattern) -> np.ndarray:
        """Covariance in units of the unknown variance, or of the known binomial variance."""
        if self.ratio is None:
            event = np.asarray(pattern.years, float) - pattern.rollout + 1
            return pattern.correlation(self.rho) + self.slope**2 * np.outer(event, event)
        return self.ratio * pattern.correlation(self.rho) + np.eye(len(pattern.years))


def noises(known_variance: bool) -> list[Noise]:
    """List the noise models of the grid; their weights add to one."""
    if not known_variance:
        return [Noise(rho, None, 1 / len(RHOS)) for rho in RHOS]
    share = 1 / len(RATIOS)
    return [Noise(0.0, ratio, share) for ratio in RATIOS if ratio == 0] + [
        Noise(rho, ratio, share / len(KNOWN_RHOS)) for ratio in RATIOS if ratio > 0 for rho in KNOWN_RHOS
    ]


@dataclass(frozen=True)
class VariancePrior:
    """Scaled inverse chi-squared prior of the noise variance: scale / chi2(freedom); both zero is Jeffreys' prior."""

    freedom: float
    scale: float


@dataclass(frozen=True)
class Block:
    """Grid points whose shapes have the same number of columns (q), stacked for one matrix product.

    Points run over noise models, then shapes, then heights. project (q, free, points): from contrasts to whitened
    coefficients; effect (points, effect years, q): from whitened coefficients to the effect; the rest has one entry a
    point.
    """

    project: np.ndarray
    effect: np.ndarray
    log_prior: np.ndarray
    log_det: np.ndarray
    noise: np.ndarray
    label: list[tuple[str, int, int]]  # family, shift, number of the shape

    @property
    def points(self) -> int:
        """Number of grid points."""
        return len(self.log_prior)


@dataclass(frozen=True)
class Scores:
    """What the data say of every grid point: log posterior weights (unnormalised) and what the draws need.

    log_null (series, noises), log_alternative (series, points), scale (series, points): residual quadratic form;
    whitened: a block's coefficients (q, series, points).
    """

    log_null: np.ndarray
    log_alternative: np.ndarray
    scale: np.ndarray
    whitened: list[np.ndarray]


class Grid:
    """Everything about a pattern of years that does not depend on the results."""

    def __init__(
        self,
        pattern: Pattern,
        known_variance: bool = False,
        *,
        noise_models: list[Noise] | None = None,
        heights: tuple[float, ...] | None = None,
        shapes: Callable[[np.ndarray], list[Shape]] = effect_shapes,
    ) -> None:
        self.pattern = pattern
        self.known_variance = known_variance
        self.noises = noise_models or noises(known_variance)
        self.heights = np.asarray(heights or (KNOWN_HEIGHTS if known_variance else HEIGHTS))
        covariances = [noise.covariance(pattern) for noise in self.noises]
        contrasts = pattern.contrasts
        roots = np.linalg.cholesky(contrasts.T @ np.array(covariances) @ contrasts)
        self.whiten = np.linalg.inv(roots)
        self.null_log_det = 2 * np.log(np.einsum("jii->ji", roots)).sum(axis=1)
        self.null_log_prior = np.log([noise.weight for noise in self.noises])
        self.blocks = self._blocks(shapes)

    @cached_property
    def point_noise(self) -> np.ndarray:
        """Noise model of every grid point with an effect."""
        return np.concatenate([block.noise for block in self.blocks])

    @cached_property
    def point_shift(self) -> np.ndarray:
        """Shift of the rollout at every grid point with an effect."""
        return np.array([shift for block in self.blocks for _, shift, _ in block.label])

    @cached_property
    def log_prior(self) -> np.ndarray:
        """Log prior weight of every grid point, block after block."""
        return np.concatenate([block.log_prior for block in self.blocks])

    @cached_property
    def log_det(self) -> np.ndarray:
        """Log determinant of the contrasts' covariance at every grid point."""
        return np.concatenate([block.log_det for block in self.blocks])

    def _blocks(self, shapes_of: Callable[[np.ndarray], list[Shape]]) -> list[Block]:
        pattern = self.pattern
        observed = np.searchsorted(pattern.effect_years, pattern.years)
        inside = np.asarray(pattern.years) >= pattern.effect_years[0]
        by_width: dict[int, list[tuple[str, int, int, float, np.ndarray]]] = {}
        for shift in pattern.shifts:
            event = pattern.effect_years - (pattern.rollout + shift) + 1.0
            for number, shape in enumerate(shapes_of(event)):
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
            project=stacked.transpose(1, 2, 0).copy(),
            effect=np.concatenate(effect),
            log_prior=(self.null_log_prior[:, None] + np.log(np.repeat(weights / len(heights), len(heights)))).ravel(),
            log_det=np.concatenate(log_det),
            noise=np.repeat(np.arange(len(self.noises)), points),
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
        null = np.stack([((z @ whiten.T) ** 2).sum(axis=1) for whiten in self.whiten], axis=1)
        favor = None if variance is None else self._size_prior(variance, unit)
        whitened = [np.stack([z @ part for part in block.project]) for block in self.blocks]
        scale = [self._residual(null, u) for u in whitened]
        return Scores(
            log_null=self._log_likelihood(null, self.null_log_det) + self.null_log_prior,
            log_alternative=np.concatenate(
                [self._log_weight(block, left, favor) for block, left in zip(self.blocks, scale, strict=True)], axis=1
            ),
            scale=np.concatenate(scale, axis=1),
            whitened=whitened,
        )

    def _residual(self, null: np.ndarray, whitened: np.ndarray) -> np.ndarray:
        left = (whitened**2).sum(axis=0).reshape(len(null), len(self.noises), -1)
        np.subtract(null[:, :, None], left, out=left)
        return np.maximum(left, 1e-12 * null[:, :, None], out=left).reshape(len(null), -1)

    def _log_weight(self, block: Block, left: np.ndarray, favor: np.ndarray | None) -> np.ndarray:
        weight = self._log_likelihood(left, block.log_det) + block.log_prior
        if favor is not None:
            by_height = weight.reshape(len(left), len(self.noises), -1, len(self.heights))
            by_height += favor[:, :, None, :]
        return weight

    def _log_likelihood(self, quadratic: np.ndarray, log_det: np.ndarray) -> np.ndarray:
        if self.known_variance:
            return -0.5 * log_det - 0.5 * quadratic
        return -0.5 * log_det - 0.5 * self.pattern.free * np.log(np.maximum(quadratic, 1e-300))

    def _size_prior(self, variance: np.ndarray, unit: float) -> np.ndarray:
        """Favor effects of a few points, log-normally: with a known noise, height is not measured in noise alone."""
        spread = np.array([noise.spread for noise in self.noises])
        points = np.sqrt(variance)[:, None, None] / unit * spread[:, None] * self.heights
        log_density = -0.5 * (np.log(points / TYPICAL_POINTS) / LOG_SPREAD) ** 2
        return log_density - logsumexp(log_density, axis=2, keepdims=True) + np.log(len(self.heights))

    def draw(
        self,
        scores: Scores,
        chance: Chance,
        variance: np.ndarray | None = None,
        log_weight: np.ndarray | None = None,
        prior: VariancePrior | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw effects from the posterior, a dip or a gain assumed (the null left out).

        `log_weight` (series, points) and `prior` replace the grid's own weights and Jeffreys' prior.

        Every series uses the same random numbers, so its draws do not depend on which others are in the batch.

        Returns
        -------
        effect : array, shape (series, draws, effect years)
        point : array of int, shape (series, draws)
            Grid point of each draw, counted through all blocks.
        spread : array, shape (series, draws)
            Noise standard deviation of each draw, in units of the values (of the binomial noise where that is known).
        """
        prior = prior or VariancePrior(0.0, 0.0)
        point = self._points(scores.log_alternative if log_weight is None else log_weight, chance.rank)
        series = np.arange(len(point))[:, None]
        if variance is not None:
            spread = np.broadcast_to(np.sqrt(np.asarray(variance, float))[:, None], point.shape)
        else:
            total = scores.scale[series, point] + prior.scale
            spread = np.sqrt(total / chi2.ppf(chance.scale, self.pattern.free + prior.freedom))
        effect = np.empty((len(self.pattern.effect_years), point.size))
        start = 0
        for block, u in zip(self.blocks, scores.whitened, strict=True):
            at = np.flatnonzero((point.ravel() >= start) & (point.ravel() < start + block.points))
            if not len(at):
                start += block.points
                continue
            k = point.ravel()[at] - start
            row, column = np.divmod(at, point.shape[1])
            s = spread[row, column][:, None]
            unit = s if self.known_variance else 1.0
            coefficient = u[:, row, k].T * unit + s * chance.normal[column, : len(u)]
            effect[:, at] = _effects(block, k, coefficient)
            start += block.points
        return effect.T.reshape(*point.shape, -1), point, spread

    def _points(self, log_weight: np.ndarray, rank: np.ndarray) -> np.ndarray:
        weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        cumulative = np.cumsum(weight, axis=1)
        at = rank * cumulative[:, -1:]
        return np.array([np.searchsorted(row, here) for row, here in zip(cumulative, at, strict=True)])


def _effects(block: Block, k: np.ndarray, coefficient: np.ndarray) -> np.ndarray:
    """Multiply each coefficient by the basis of its grid point, one product a point; shape (effect years, draws)."""
    order = np.argsort(k.astype(np.uint16), kind="stable")  # two-byte numbers are sorted by radix, far faster
    ranked, edges = np.unique(k[order], return_index=True)
    effect = np.empty((block.effect.shape[1], len(k)))
    for number, which in zip(ranked, np.split(order, edges[1:]), strict=True):
        effect[:, which] = block.effect[number] @ coefficient[which].T
    return effect


@dataclass(frozen=True)
class Chance:
    """Random numbers for the draws of any series: evenly spread uniforms and normals, one row a draw.

    rank (draws,): picks the grid point; scale (draws,): picks the noise variance; normal (draws, columns).
    """

    rank: np.ndarray
    scale: np.ndarray
    normal: np.ndarray


@lru_cache(maxsize=64)
def chance(draws: int, columns: int, seed: int) -> Chance:
    """Return scrambled Sobol numbers (`draws` a power of two) for shapes of up to `columns` columns."""
    sobol = qmc.Sobol(columns + 2, scramble=True, rng=np.random.default_rng(seed))
    uniform = np.clip(sobol.random(draws), 1e-12, 1 - 1e-12)
    return Chance(uniform[:, 0], uniform[:, 1], norm.ppf(uniform[:, 2:]))


@lru_cache(maxsize=64)
def grid(pattern: Pattern, known_variance: bool = False) -> Grid:
    """Return the grid of a pattern, built once."""
    return Grid(pattern, known_variance)
