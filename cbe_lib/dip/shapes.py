"""The shapes that an effect can take after a rollout, as families of small bases.

Each shape is a matrix of columns over event years (1 = the rollout year, zero before); an effect is the columns times
normal coefficients. No family is "the" shape of a dip: the engine weighs all of them by how well they fit.

path      any smooth path (a Matern 3/2 process that starts anew after the rollout)
gamma     (e/tau) exp(1 - e/tau), a fall that peaks tau years in, beside 1 - exp(-e/tau2), where things settle
settling  1 - exp(-e/tau), a lasting shift that arrives at once or over a few years

Straight pieces that turn twice were tried and left out: they raised the error of depth by a tenth without better
coverage (benchmarks/results).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PEAK_YEARS = (0.6, 1.0, 1.5, 2.0, 3.0, 4.5)
SETTLING_YEARS = (0.3, 2.0, 4.0, 8.0)
LASTING_YEARS = (0.3, 1.5, 4.0)
PATH_LENGTHS = (1.5, 3.0, 6.0)
FAMILY_WEIGHTS = {"path": 3.0, "gamma": 1.0, "settling": 0.75}


@dataclass(frozen=True)
class Shape:
    """One shape: its family, its columns over event years, and its share of the prior weight."""

    family: str
    basis: np.ndarray
    weight: float


def effect_shapes(event: np.ndarray) -> list[Shape]:
    """List every shape over the event years given; weights add to one.

    Parameters
    ----------
    event : array of float, shape (years,)
        Event years; 1 is the rollout year. Shapes are zero where this is <= 0.
    """
    event = np.asarray(event, float)
    families = {
        "path": [smooth_path(event, length) for length in PATH_LENGTHS],
        "gamma": [
            _unit_height(np.column_stack([gamma_fall(event, peak), settling(event, after)]))
            for peak in PEAK_YEARS
            for after in SETTLING_YEARS
        ],
        "settling": [_unit_height(settling(event, years)[:, None]) for years in LASTING_YEARS],
    }
    total = sum(FAMILY_WEIGHTS.values())
    return [
        Shape(family, basis, FAMILY_WEIGHTS[family] / total / len(bases))
        for family, bases in families.items()
        for basis in bases
    ]


def gamma_fall(event: np.ndarray, peak: float) -> np.ndarray:
    """Rise to 1 at `peak` years after the start, then fade."""
    x = np.maximum(event, 0) / peak
    return x * np.exp(1 - x)


def settling(event: np.ndarray, years: float) -> np.ndarray:
    """Approach 1 with the time constant `years`."""
    return 1 - np.exp(-np.maximum(event, 0) / years)


def smooth_path(event: np.ndarray, length: float) -> np.ndarray:
    """Columns whose random sums are Matern 3/2 paths over the years after the rollout."""
    after = event > 0
    gap = np.sqrt(3) * np.abs(event[after, None] - event[after]) / length
    root = np.linalg.cholesky((1 + gap) * np.exp(-gap) + 1e-10 * np.eye(int(after.sum())))
    basis = np.zeros((len(event), int(after.sum())))
    basis[after] = root
    return basis


def _unit_height(basis: np.ndarray) -> np.ndarray:
    """Scale columns to a largest value of 1."""
    return basis / np.maximum(np.abs(basis).max(axis=0), 1e-9)
