"""How much credit two raters get when their levels differ."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from cbe_lib.errors import CbeError, unknown_name

NAMES = ("identity", "linear", "quadratic", "ordinal")
SPACINGS = ("positions", "values")


def weight_matrix(weights: Any, levels: tuple[Hashable, ...], spacing: str) -> np.ndarray:
    """Return the matrix of credit: 1 for the same level, down to 0 for the levels farthest apart."""
    if spacing not in SPACINGS:
        raise unknown_name("spacing", spacing, SPACINGS)
    if not isinstance(weights, str):
        return _own(weights, len(levels))
    if weights not in NAMES:
        raise unknown_name("weights", weights, NAMES)
    place = _values(levels) if spacing == "values" else np.arange(len(levels), dtype=float)
    apart = np.abs(place[:, None] - place)
    if weights == "identity":
        return np.eye(len(levels))
    if weights == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(len(levels)), np.arange(len(levels)))) + 1.0
        pairs = steps * (steps - 1) / 2
        return 1 - pairs / pairs.max()
    share = apart / apart.max()
    return 1 - (share if weights == "linear" else share**2)


def _values(levels: tuple[Hashable, ...]) -> np.ndarray:
    if all(isinstance(level, (int, float, np.number)) for level in levels):
        values = np.array(levels, dtype=float)
        if np.isfinite(values).all() and (np.diff(values) > 0).all():
            return values
    raise CbeError.build(
        "spacing='values' needs levels that are rising numbers",
        found=f"Found {levels!r}",
        advice="Leave spacing at 'positions', which counts the steps between levels",
    )


def _own(weights: Any, levels: int) -> np.ndarray:
    try:
        matrix = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        matrix = np.empty(0)
    if matrix.shape != (levels, levels):
        raise CbeError.build(
            f"`weights` must be {', '.join(map(repr, NAMES))} or a {levels} x {levels} matrix",
            found=f"Found {weights!r}",
        )
    sound = np.isfinite(matrix).all() and np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1)
    if sound and (matrix >= 0).all() and (matrix <= 1).all() and matrix.min() < 1:
        return matrix
    raise CbeError.build(
        "A matrix of weights must be symmetric, with 1 on the diagonal, values from 0 to 1, and a credit below 1",
        found=f"Found {matrix.tolist()!r}",
        advice="From disagreement weights d, use 1 - d / d.max()",
    )
