"""Observed information: minus the second derivatives of the log marginal likelihood, exactly, by Louis' identity.

Information of the ratings with the latent levels known, less what is lost because they are not: the variance of the
complete score given the ratings. Given a district's level its criteria are independent, so the variance is taken
within criteria first and then between the nodes of the district.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import bsr_array, csr_array

from cbe_lib.rubric.calibration.design import Block, Design
from cbe_lib.rubric.calibration.likelihood import Latent, Posterior, Reading, posterior, standard_squares


def observed_information(design: Design, prior: Latent, found: Reading) -> np.ndarray:
    """Return the information on the raw fixed parameters and the logs of both spreads."""
    information = complete_information(design, prior, found)
    for block in design.blocks:
        given = posterior(block, prior)
        scores = np.zeros((block.districts, len(information), len(prior.district)))
        if prior.spread.district:
            scores[:, -2, :] = standard_squares(prior)[0] - 1
        if prior.kernel is None:
            _add_given_district(block, prior, scores)
        else:
            information -= _add_given_criteria(block, prior, given, scores)
        information -= _between_nodes(scores, given.district)
    return (information + information.T) / 2


def complete_information(design: Design, prior: Latent, found: Reading) -> np.ndarray:
    """Return the information, were the latent levels known."""
    table, score, above = prior.categories, design.scores.astype(float), len(design.scores) - 1
    rated = found.counts.sum(axis=1)
    higher = table.probability[:, 1:, :]
    variance = ((np.einsum("k,ckg->cg", score**2, table.probability) - table.mean**2) * rated).sum(axis=1)
    shared = ((score[1:, None] - table.mean[:, None, :]) * higher * rated[:, None, :]).sum(axis=2)
    flat, weighted = (each.transpose(1, 0, 2).reshape(above, -1) for each in (higher, higher * rated[:, None, :]))
    place = (design.loading.T @ (design.loading * variance[:, None])).toarray()
    cross = design.loading.T @ shared
    whole = np.zeros((len(place) + above + 2,) * 2)
    whole[:-2, :-2] = np.block([[place, cross], [cross.T, np.diag(weighted.sum(axis=1)) - weighted @ flat.T]])
    whole[-2, -2], whole[-1, -1] = 2 * found.squares
    return whole


def _between_nodes(scores: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Return the variance over district nodes of `scores` (districts, parameters, nodes), summed over districts."""
    scores -= np.einsum("dpq,dq->dp", scores, posterior)[:, :, None]
    scores *= np.sqrt(posterior)[:, None, :]
    flat = scores.transpose(1, 0, 2).reshape(scores.shape[1], -1)
    return flat @ flat.T


def _place_scores(block: Block, prior: Latent) -> np.ndarray:
    """Differentiate the log probability of each rating by its place: (ratings, points)."""
    return prior.categories.mean[block.cell] - block.design.scores[block.place].astype(float)[:, None]


def _height_scores(block: Block, prior: Latent, unit: np.ndarray) -> np.ndarray:
    """Differentiate log probabilities by the heights of levels, summed over each unit: (units, heights, points)."""
    higher, units = prior.categories.probability[:, 1:, :], int(unit.max()) + 1
    rated = csr_array((np.ones(len(unit)), (unit, block.cell)), shape=(units, len(higher)))
    given = csr_array((np.ones(len(unit)), (unit, block.place)), shape=(units, len(block.design.scores))).toarray()
    return (rated @ higher.reshape(len(higher), -1)).reshape(units, *higher.shape[1:]) - given[:, 1:, None]


def _add_given_district(block: Block, prior: Latent, scores: np.ndarray) -> None:
    """Add to `scores` those of the ratings, which are known once the district's level is."""
    _collect(scores, block.design.loading[block.cell], block.district, _place_scores(block, prior))
    scores[:, block.design.locations : -2, :] += _height_scores(block, prior, block.district)


def _add_given_criteria(block: Block, prior: Latent, given: Posterior, scores: np.ndarray) -> np.ndarray:
    """Add to `scores` the mean scores given the district's level; return the variance around them."""
    lost = np.zeros((scores.shape[1],) * 2)
    by_place, by_height = _place_scores(block, prior), _height_scores(block, prior, block.target)
    for size in np.unique(block.size):
        targets = np.flatnonzero(block.size == size)
        loading = _local_loading(block, targets, size)
        ratings = (block.first_rating[targets][:, None] + np.arange(size)).ravel()
        placed = by_place[ratings].reshape(len(targets), size, -1)
        local = np.concatenate([placed, by_height[targets]], axis=1)
        variance, mean = _local_moments(prior, given, local, targets, block.district_of[targets])
        rows = mean.shape[0] * mean.shape[1]
        blocks = bsr_array((variance, np.arange(len(targets)), np.arange(len(targets) + 1)), shape=(rows, rows))
        lost += (loading.T @ (blocks @ loading)).toarray()
        district = np.repeat(block.district_of[targets], mean.shape[1])
        _collect(scores, loading, district, mean.reshape(rows, -1))
    return lost


def _local_moments(
    prior: Latent, given: Posterior, local: np.ndarray, targets: np.ndarray, district: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance and mean of targets' scores given each district node.

    `local`: a target's scores at the points, by the place of each of its ratings and the height of each level; the
    score by the spread of criteria, which depends on both kinds of node, comes last.
    """
    scaled, ratio = given.scaled[targets], given.ratio[targets]
    by_spread = standard_squares(prior)[1] - 1
    pulled = prior.kernel * by_spread
    mean = np.concatenate([(local * scaled[:, None, :]) @ prior.kernel, (scaled @ pulled)[:, None, :]], axis=1)
    mean /= given.inner[targets][:, None, :]
    square = np.empty((len(targets), mean.shape[1], mean.shape[1]))
    square[:, :-1, :-1] = (local * given.weight[targets][:, None, :]) @ local.transpose(0, 2, 1)
    square[:, :-1, -1] = square[:, -1, :-1] = (local @ (scaled * (ratio @ pulled.T))[:, :, None])[:, :, 0]
    square[:, -1, -1] = (scaled * (ratio @ (pulled * by_spread).T)).sum(axis=1)
    rooted = mean * np.sqrt(given.district[district])[:, None, :]
    return square - rooted @ rooted.transpose(0, 2, 1), mean


def _local_loading(block: Block, targets: np.ndarray, size: int) -> csr_array:
    """Return which raw parameter each of the local scores of `_local_moments` belongs to."""
    design, levels = block.design, len(block.design.scores)
    start = np.arange(len(targets))[:, None] * (size + levels)
    ratings = block.first_rating[targets][:, None] + np.arange(size)
    places = design.loading[block.cell[ratings.ravel()]].tocoo()
    others = np.append(design.locations + np.arange(levels - 1), design.locations + levels)
    row = np.concatenate([(start + np.arange(size)).ravel()[places.row], (start + size + np.arange(levels)).ravel()])
    column = np.concatenate([places.col, np.tile(others, len(targets))])
    value = np.concatenate([places.data, np.ones(len(targets) * levels)])
    return csr_array((value, (row, column)), shape=(len(targets) * (size + levels), design.locations + levels + 1))


def _collect(scores: np.ndarray, loading: csr_array, district: np.ndarray, values: np.ndarray) -> None:
    """Add `values` (rows, nodes) to the district's parameters that the rows load on."""
    entry = loading.tocoo()
    spot = district[entry.row] * scores.shape[1] + entry.col
    shape = (scores.shape[0] * scores.shape[1], len(values))
    scores += (csr_array((entry.data, (spot, entry.row)), shape=shape) @ values).reshape(scores.shape)
