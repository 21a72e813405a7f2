"""What a gap between a district and its comparison says about the effect, whatever its shape.

A gap is effect + noise with a known covariance (up to t tails); the effect is a mixture over the shapes of
`cbe_lib.dip.shapes` and a few heights. For a fixed shape basis B of height a and noise S = L L':
    H = L^-1 B,  R R' = I / a^2 + H'H,  u = R^-1 H' L^-1 gap,  effect = B R^-T (u + scale * normal).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, ndtr

from cbe_lib.dip.shapes import effect_shapes

RELATIVE_HEIGHTS = (0.5, 1.0, 2.0)
EARLY_YEARS = 3


@dataclass(frozen=True)
class _Block:
    """Grid points with equally many shape columns: from whitened gaps to coefficients, and on to the effect."""

    project: np.ndarray  # (points, columns, observed years)
    effect: np.ndarray  # (points, event years, columns)
    log_weight: np.ndarray  # (points,) log prior - half the log determinant that the shape adds


class EffectMixture:
    """The posterior of an effect given a gap, prepared for one noise covariance.

    Parameters
    ----------
    event : array of int
        Every calendar event year from 1 to the last observed.
    observed : array of bool
        Which of them have a result.
    noise : array, shape (observed years, observed years)
        Covariance of the gap when there is no effect.
    tail : float
        Degrees of freedom of that noise, above 2.
    heights : sequence of float
        Sizes of effect that count as equally likely beforehand, in the unit of the gap.
    """

    def __init__(
        self, event: np.ndarray, observed: np.ndarray, noise: np.ndarray, tail: float, heights: np.ndarray
    ) -> None:
        self.tail, self.years = tail, len(event)
        self.early = np.asarray(event) <= EARLY_YEARS
        root = np.linalg.cholesky(noise * (tail - 2) / tail)
        self.whiten = np.linalg.inv(root)
        by_width: dict[int, list] = {}
        for shape in effect_shapes(np.asarray(event, float)):
            by_width.setdefault(shape.basis.shape[1], []).append(shape)
        self.blocks = [self._block(shapes, observed, np.asarray(heights)) for shapes in by_width.values()]

    def _block(self, shapes: list, observed: np.ndarray, heights: np.ndarray) -> _Block:
        bases = np.array([shape.basis for shape in shapes])
        seen = self.whiten @ bases[:, observed]
        width = bases.shape[2]
        inner = (seen.transpose(0, 2, 1) @ seen)[:, None] + np.eye(width) / heights[:, None, None] ** 2
        root = np.linalg.cholesky(inner)
        back = np.linalg.inv(root)
        log_det = 2 * np.log(np.einsum("shii->shi", root)).sum(-1) + 2 * width * np.log(heights)
        prior = np.log([shape.weight / len(heights) for shape in shapes])
        return _Block(
            project=(back @ seen.transpose(0, 2, 1)[:, None]).reshape(-1, width, seen.shape[1]),
            effect=(bases[:, None] @ back.transpose(0, 1, 3, 2)).reshape(-1, len(bases[0]), width),
            log_weight=(prior[:, None] - 0.5 * log_det).ravel(),
        )

    def _score(self, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
        """Log weight of no effect, of every grid point, its residual quadratic form, its coefficients."""
        white = gaps @ self.whiten.T
        null = np.einsum("mt,mt->m", white, white)
        coefficients = [np.einsum("kqt,mt->mkq", block.project, white) for block in self.blocks]
        explained = np.concatenate([np.einsum("mkq,mkq->mk", u, u) for u in coefficients], axis=1)
        left = np.maximum(null[:, None] - explained, 0.0)
        power = -0.5 * (self.tail + gaps.shape[1])
        weight = np.concatenate([block.log_weight for block in self.blocks])
        return power * np.log1p(null / self.tail), weight + power * np.log1p(left / self.tail), left, coefficients

    def evidence(self, gaps: np.ndarray) -> np.ndarray:
        """Log Bayes factor of an effect against none, times the probability that its early years are a fall."""
        none, some, left, coefficients = self._score(gaps)
        total = logsumexp(some, axis=1)
        early = [block.effect[:, self.early].mean(axis=1) for block in self.blocks]
        mean = np.concatenate([np.einsum("kq,mkq->mk", e, u) for e, u in zip(early, coefficients, strict=True)], axis=1)
        variance = np.concatenate([np.einsum("kq,kq->k", e, e) for e in early])
        scale = np.sqrt(variance * (self.tail + left) / (self.tail + gaps.shape[1]))
        falls = (np.exp(some - total[:, None]) * ndtr(-mean / np.maximum(scale, 1e-12))).sum(axis=1)
        return total - none + np.log(np.maximum(falls, 1e-12))

    def draws(self, gaps: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw effects from the posterior, an effect assumed; shape (gaps, count, event years)."""
        _, some, left, coefficients = self._score(gaps)
        point = _evenly(np.exp(some - logsumexp(some, axis=1, keepdims=True)), count, rng)
        row = np.broadcast_to(np.arange(len(gaps))[:, None], point.shape)
        scale = np.sqrt((self.tail + left[row, point]) / rng.chisquare(self.tail + gaps.shape[1], point.shape))
        effect = np.empty((*point.shape, self.years))
        start = 0
        for block, u in zip(self.blocks, coefficients, strict=True):
            here = (point >= start) & (point < start + len(block.log_weight))
            k = point[here] - start
            noise = scale[here][:, None] * rng.standard_normal((len(k), u.shape[2]))
            effect[here] = np.einsum("meq,mq->me", block.effect[k], u[row[here], k] + noise)
            start += len(block.log_weight)
        return effect


def relative_heights(noise: np.ndarray) -> np.ndarray:
    """Heights for the test: half, one and two times the noise, so that every size of district is tested alike."""
    return np.asarray(RELATIVE_HEIGHTS) * np.sqrt(np.trace(noise) / len(noise))


def _evenly(share: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `count` grid points a row in proportion to `share`, evenly spread."""
    rank = (np.arange(count) + rng.random((len(share), 1))) / count
    reached = np.cumsum(share, axis=1)
    reached[:, -1] = np.inf
    return np.array([np.searchsorted(row, at) for row, at in zip(reached, rank, strict=True)])
