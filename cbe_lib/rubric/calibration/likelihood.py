"""Log marginal likelihood of the nested rating-scale model, its gradient and the posterior of the latent levels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from cbe_lib.rubric.calibration.design import Block, Design
from cbe_lib.rubric.calibration.nodes import REACH, Nodes, Spread, log_weights

TINY = 1e-300


class Categories(NamedTuple):
    """Log probability, probability (cells, used levels, nodes) and mean score (cells, nodes)."""

    log: np.ndarray
    probability: np.ndarray
    mean: np.ndarray


class Latent(NamedTuple):
    """What the parameters say before any rating is read.

    Attributes
    ----------
    spread : Spread
        Standard deviations.
    district, points : array
        Nodes of the districts' levels, and nodes at which ratings are read (the same if criteria add no spread).
    prior : array
        Log prior probability of each district node.
    kernel : array or None
        Density of the points around each district node; None if criteria add no spread.
    categories : Categories
        Probability of each level at the points.
    """

    spread: Spread
    district: np.ndarray
    points: np.ndarray
    prior: np.ndarray
    kernel: np.ndarray | None
    categories: Categories


class Posterior(NamedTuple):
    """The latent levels of a block of districts, given their ratings.

    Attributes
    ----------
    total : float
        Log marginal likelihood.
    district : array (districts, district nodes)
        Of the districts' levels.
    weight : array (units, points)
        Of what a rating looks at: units are targets, or districts if criteria add no spread.
    scaled, inner, ratio : array
        Likelihood of each target at the points, up to a factor; the same, averaged around each district node; and the
        district's posterior over that average.
    """

    total: float
    district: np.ndarray
    weight: np.ndarray
    scaled: np.ndarray
    inner: np.ndarray
    ratio: np.ndarray


class Reading(NamedTuple):
    """Log marginal likelihood of all ratings, and what its first derivatives are made of.

    Attributes
    ----------
    total : float
        Log marginal likelihood.
    counts : array (cells, used levels, points)
        Ratings by posterior of the point that they looked at.
    squares, units : array
        Posterior squares of latent levels in standard deviations, and how many there are: districts, then criteria.
    """

    total: float
    counts: np.ndarray
    squares: np.ndarray
    units: np.ndarray


def latent(design: Design, fixed: np.ndarray, spread: Spread, nodes: Nodes) -> Latent:
    """Lay out priors and probabilities of levels over the nodes."""
    prior = log_weights(nodes.district, spread.district)
    if spread.criterion == 0:
        table = categories(design, fixed, nodes.district)
        return Latent(spread, nodes.district, nodes.district, prior, None, table)
    kernel = np.exp(log_weights(nodes.criterion, spread.criterion, nodes.district))
    table = categories(design, fixed, nodes.criterion)
    return Latent(spread, nodes.district, nodes.criterion, prior, kernel, table)


def categories(design: Design, fixed: np.ndarray, points: np.ndarray) -> Categories:
    """Return the probability of every used level in every cell, were the latent level at each of `points`."""
    place = design.loading @ fixed[: design.locations]
    height = np.append(0.0, fixed[design.locations :])
    score = design.scores.astype(float)
    log = score[None, :, None] * (points[None, :] - place[:, None])[:, None, :] - height[None, :, None]
    log -= log.max(axis=1, keepdims=True)
    probability = np.exp(log)
    whole = probability.sum(axis=1, keepdims=True)
    probability /= whole
    log -= np.log(whole)
    return Categories(log, probability, np.einsum("k,ckg->cg", score, probability))


def posterior(block: Block, prior: Latent) -> Posterior:
    """Integrate the latent levels out: first criteria around each district node, then districts."""
    table = prior.categories.log.reshape(-1, len(prior.points))
    if prior.kernel is None:
        total, district = _normalized(block.by_district @ table + prior.prior)
        unused = np.zeros((0, 0))
        return Posterior(total, district, district, unused, unused, unused)
    scaled = block.by_target @ table
    peak = scaled.max(axis=1, keepdims=True)
    scaled -= peak
    np.exp(scaled, out=scaled)
    inner = scaled @ prior.kernel
    np.maximum(inner, TINY, out=inner)
    joint = np.log(inner)
    joint += peak
    total, district = _normalized(np.add.reduceat(joint, block.first_target, axis=0) + prior.prior)
    ratio = np.divide(district[block.district_of], inner, out=joint)
    return Posterior(total, district, scaled * (ratio @ prior.kernel.T), scaled, inner, ratio)


def read(design: Design, prior: Latent) -> Reading:
    """Add up all blocks."""
    total, squares, units = 0.0, np.zeros(2), np.zeros(2)
    counts = np.zeros((prior.categories.log[:, :, 0].size, len(prior.points)))
    of_district, of_criterion = standard_squares(prior)
    for block in design.blocks:
        found = posterior(block, prior)
        total += found.total
        if prior.spread.district:
            squares[0] += (found.district @ of_district).sum()
            units[0] += block.districts
        if prior.kernel is not None:
            squares[1] += ((found.scaled.T @ found.ratio) * prior.kernel * of_criterion).sum()
            units[1] += len(block.size)
        counts += (block.by_district if prior.kernel is None else block.by_target).T @ found.weight
    return Reading(total, counts.reshape(prior.categories.log.shape), squares, units)


def standard_squares(prior: Latent) -> tuple[np.ndarray, np.ndarray]:
    """Return squares in standard deviations: of district nodes, and of points around district nodes."""
    around = prior.points[:, None] - prior.district[None, :]
    return (prior.district / (prior.spread.district or 1)) ** 2, (around / (prior.spread.criterion or 1)) ** 2


def gradient(design: Design, prior: Latent, found: Reading) -> np.ndarray:
    """Differentiate the log likelihood: raw fixed parameters, then the logs of both spreads (0 for a spread of 0)."""
    left = found.counts - found.counts.sum(axis=1, keepdims=True) * prior.categories.probability
    by_cell = -np.einsum("k,ckg->c", design.scores.astype(float), left)
    return np.concatenate([design.loading.T @ by_cell, -left.sum(axis=(0, 2))[1:], found.squares - found.units])


def sharpness(design: Design, fixed: np.ndarray, spread: Spread) -> float:
    """Return the most information on the latent level that a rating can have: the largest variance of its score."""
    wide = REACH * float(np.hypot(*spread))
    table = categories(design, fixed, np.linspace(-wide, wide, 41))
    square = np.einsum("k,ckg->cg", design.scores.astype(float) ** 2, table.probability)
    return float((square - table.mean**2).max()) + 1e-9


def _normalized(joint: np.ndarray) -> tuple[float, np.ndarray]:
    each = logsumexp(joint, axis=1, keepdims=True)
    return float(each.sum()), np.exp(joint - each)
