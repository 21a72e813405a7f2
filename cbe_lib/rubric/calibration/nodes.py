"""Where the latent levels are integrated: equally spaced nodes, no wider apart than the narrowest posterior."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

REACH = 6.0  # nodes cover so many standard deviations
CLOSE, COARSE = 0.85, 1.15  # spacings of nodes, in standard deviations of the narrowest posterior


class Spread(NamedTuple):
    """Standard deviations of the districts' levels, and of criteria within a district; 0 = no such differences."""

    district: float
    criterion: float


class Nodes(NamedTuple):
    """Equally spaced nodes of both levels; a single 0 where there is no spread."""

    district: np.ndarray
    criterion: np.ndarray


def lay_nodes(
    spread: Spread, size: np.ndarray, first_target: np.ndarray, sharpness: float, spacing: float = CLOSE
) -> Nodes:
    """Space nodes by the narrowest posterior: at `CLOSE`, the trapezoidal rule is exact to some nine digits.

    `size`: ratings of each target; `first_target`: where each district's targets start; `sharpness`: the most
    information on the latent level that one rating can have.
    """
    if spread.criterion == 0:
        most = np.add.reduceat(size, first_target).max() * sharpness
        return Nodes(_lattice(spread.district, spread.district, most, spacing), np.zeros(1))
    by_target = 1 / (spread.criterion**2 + 1 / (size * sharpness))
    most = np.add.reduceat(by_target, first_target).max()
    criterion = _lattice(float(np.hypot(*spread)), spread.criterion, size.max() * sharpness, spacing)
    return Nodes(_lattice(spread.district, spread.district, most, spacing), criterion)


def log_weights(points: np.ndarray, deviation: float, centers: np.ndarray | None = None) -> np.ndarray:
    """Return the log normal density at `points` times their spacing: one column for each center, or around 0."""
    distance = points if centers is None else points[:, None] - centers[None, :]
    if deviation == 0:
        return np.zeros(distance.shape)
    spacing = points[1] - points[0]
    return -0.5 * (distance / deviation) ** 2 + np.log(spacing / (deviation * np.sqrt(2 * np.pi)))


def _lattice(reach: float, deviation: float, information: float, spacing: float) -> np.ndarray:
    if reach == 0:
        return np.zeros(1)
    step = spacing / np.sqrt(1 / deviation**2 + information)
    each_side = int(np.ceil(REACH * reach / step))
    return np.arange(-each_side, each_side + 1) * step
