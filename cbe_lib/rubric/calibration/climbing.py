"""The way up the marginal likelihood: nodes laid anew as spreads move, steps measured in standard errors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize

from cbe_lib.rubric.calibration.design import Design
from cbe_lib.rubric.calibration.information import complete_information, observed_information
from cbe_lib.rubric.calibration.likelihood import Latent, gradient, latent, read, sharpness
from cbe_lib.rubric.calibration.nodes import CLOSE, COARSE, Nodes, Spread, lay_nodes

LEAST, MOST = 0.05, 8.0  # spreads below are taken for none; above, the ratings separate
SMALL = 0.3
STRIDE = 0.6  # log spreads move so far at most before nodes are laid anew
SETTLED = 0.15
ROUGH, FINE = 0.05, 1e-2  # slopes at which a climb ends, in log likelihood per standard error
ROUNDS = 30
FLAT = 1e-7  # information below this share of that of known levels is none


class Place(NamedTuple):
    """Free fixed parameters, spreads, and the nodes that suit them."""

    free: np.ndarray
    spread: Spread
    nodes: Nodes


class Metric(NamedTuple):
    """Steps of one standard error: columns of `fixed` for the free fixed parameters, and one each for log spreads."""

    fixed: np.ndarray
    spread: np.ndarray


def climb(design: Design, free: np.ndarray, spread: Spread, slope: float, metric: Metric | None = None) -> Place:
    """Climb until the slope is below `slope` and the nodes suit the spreads; spreads of 0 stay 0."""
    settled = metric is not None
    for _ in range(ROUNDS):
        nodes = suitable_nodes(design, free, spread, COARSE)
        steps = metric or _complete_metric(design, Place(free, spread, nodes))
        free, found = _ascend(design, Place(free, spread, nodes), steps, slope if settled else ROUGH)
        moved = max((abs(np.log(new / old)) for new, old in zip(found, spread, strict=True) if old), default=0.0)
        spread = _without_idle(design, free, found, nodes)
        if moved < SETTLED and (settled or slope == ROUGH) and spread == found:
            return Place(free, spread, nodes)
        settled = moved < SETTLED
    return Place(free, spread, suitable_nodes(design, free, spread))


def at(design: Design, place: Place) -> Latent:
    """Lay out priors and probabilities of levels at a place."""
    return latent(design, design.contrast @ place.free, place.spread, place.nodes)


def suitable_nodes(design: Design, free: np.ndarray, spread: Spread, spacing: float = CLOSE) -> Nodes:
    """Lay nodes for these parameters."""
    size = np.concatenate([block.size for block in design.blocks])
    before = np.cumsum([0, *(len(block.size) for block in design.blocks)])
    first = np.concatenate([block.first_target + start for block, start in zip(design.blocks, before, strict=False)])
    return lay_nodes(spread, size, first, sharpness(design, design.contrast @ free, spread), spacing)


def covariance(design: Design, prior: Latent) -> np.ndarray | None:
    """Invert the observed information on what was estimated; None where it is not positive."""
    estimated = np.array([LEAST < each < MOST for each in prior.spread])
    whole = np.zeros((len(design.contrast) + 2, design.contrast.shape[1] + 2))
    whole[:-2, :-2], whole[-2:, -2:] = design.contrast, np.eye(2)
    free = whole[:, np.append(np.ones(design.contrast.shape[1], dtype=bool), estimated)]
    found = read(design, prior)
    information = free.T @ observed_information(design, prior, found) @ free
    known = np.sqrt(np.maximum(np.diag(free.T @ complete_information(design, prior, found) @ free), 1e-300))
    values, vectors = np.linalg.eigh(information / np.outer(known, known))
    if values.size and not values.min() > FLAT:
        return None
    spreading = free @ (vectors / known[:, None] / np.sqrt(values))
    return spreading @ spreading.T


def observed_metric(design: Design, certainty: np.ndarray | None) -> Metric | None:
    """Measure steps by a covariance."""
    if certainty is None or not design.contrast.shape[1]:
        return None
    back = np.linalg.pinv(design.contrast)
    fixed = back @ certainty[:-2, :-2] @ back.T
    ridge = 1e-12 * np.trace(fixed) / len(fixed)
    errors = np.sqrt(np.diag(certainty)[-2:])
    return Metric(cholesky(fixed + ridge * np.eye(len(fixed)), lower=True), np.where(errors > 0, errors, 0.1))


def _complete_metric(design: Design, place: Place) -> Metric:
    prior = at(design, place)
    known = complete_information(design, prior, read(design, prior))
    fixed = design.contrast.T @ known[:-2, :-2] @ design.contrast
    errors = 1 / np.sqrt(np.maximum(np.diag(known)[-2:], 1.0))
    if not len(fixed):
        return Metric(fixed, errors)
    ridge = 1e-8 * np.trace(fixed) / len(fixed) + 1e-12
    root = cholesky(fixed + ridge * np.eye(len(fixed)), lower=True)
    return Metric(solve_triangular(root, np.eye(len(root)), lower=True).T, errors)


def _ascend(design: Design, start: Place, metric: Metric, slope: float) -> tuple[np.ndarray, Spread]:
    """Climb with these nodes."""
    moving = np.flatnonzero(start.spread)
    unit, count = metric.spread[moving], len(start.free)

    def unscaled(step: np.ndarray) -> Place:
        wide = np.array(start.spread)
        wide[moving] *= np.exp(step[count:] * unit)
        return Place(start.free + metric.fixed @ step[:count], Spread(*wide.tolist()), start.nodes)

    def descend(step: np.ndarray) -> tuple[float, np.ndarray]:
        here = at(design, unscaled(step))
        found = read(design, here)
        raw = gradient(design, here, found)
        return -found.total, -np.append(metric.fixed.T @ (design.contrast.T @ raw[:-2]), raw[-2:][moving] * unit)

    bounds: list[tuple[float | None, float | None]] = [(None, None)] * count
    for each, size in zip(moving, unit, strict=True):
        least, most = np.log(np.array([LEAST, MOST]) / start.spread[each])
        bounds.append((max(-STRIDE, least) / size, min(STRIDE, most) / size))
    options: Any = {"maxiter": 400, "maxfun": 2000, "ftol": 1e-15, "gtol": slope, "maxcor": 30}
    begin = np.zeros(count + len(moving))
    found = minimize(descend, begin, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return unscaled(found.x)[:2]


def _without_idle(design: Design, free: np.ndarray, spread: Spread, nodes: Nodes) -> Spread:
    """Set a spread to 0 if it is at its least, or small and none at all would be as likely: the slope there is flat."""
    kept = [value if value > LEAST * (1 + 1e-9) else 0.0 for value in spread]
    for place in (each for each in range(2) if 0 < kept[each] < SMALL):
        without = Spread(*(0.0 if each == place else kept[each] for each in range(2)))
        bare = Place(free, without, suitable_nodes(design, free, without))
        here, there = (read(design, at(design, each)).total for each in (Place(free, spread, nodes), bare))
        if there >= here:
            kept[place] = 0.0
    return Spread(*kept)
