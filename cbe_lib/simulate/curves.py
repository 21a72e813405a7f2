"""Planted changes as formulas: how far a district stands from its baseline, year after year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from cbe_lib.errors import CbeError, unknown_name


class Timing(NamedTuple):
    """Size and timing of a planted change: points, years, years, points."""

    depth: float
    trough: float
    recovery: float
    gain: float


def _none(e: np.ndarray, _: Timing) -> np.ndarray:
    return np.zeros_like(e)


def _v(e: np.ndarray, t: Timing) -> np.ndarray:
    rising = np.minimum(-t.depth + t.depth / (t.recovery - t.trough) * (e - t.trough), t.gain)
    return np.where(e <= t.trough, -t.depth * e / t.trough, rising)


def _fall_and_fade(e: np.ndarray, t: Timing) -> np.ndarray:
    return -t.depth * (e / t.trough) * np.exp(1 - e / t.trough)


def _gamma(e: np.ndarray, t: Timing) -> np.ndarray:
    return _fall_and_fade(e, t) + t.gain * (1 - np.exp(-e / t.recovery))


def _gamma_late(e: np.ndarray, t: Timing) -> np.ndarray:
    start = 1 / (1 + np.exp(t.recovery))
    risen = 1 / (1 + np.exp(t.recovery - e))
    return _fall_and_fade(e, t) + t.gain * (risen - start) / (1 - start)


def _step(e: np.ndarray, t: Timing) -> np.ndarray:
    return -t.depth * np.clip(2 * e, 0, 1)


def _permanent(e: np.ndarray, t: Timing) -> np.ndarray:
    return -t.depth * np.clip(e / t.trough, 0, 1)


_SHAPES: dict[str, tuple[Callable[[np.ndarray, Timing], np.ndarray], Timing]] = {
    "none": (_none, Timing(0, 1, 2, 0)),
    "v": (_v, Timing(6, 2, 6, 3)),
    "slow": (_v, Timing(7, 3, 14, 3)),
    "gamma": (_gamma, Timing(9, 2, 4, 4)),
    "gamma_late": (_gamma_late, Timing(7, 1.5, 6, 5)),
    "step": (_step, Timing(5, 1, 2, 0)),
    "permanent": (_permanent, Timing(6, 2, 3, 0)),
}
SHAPES = tuple(_SHAPES)


def effect(
    shape: str,
    event_year: Iterable[float],
    *,
    depth: float | None = None,
    trough: float | None = None,
    recovery: float | None = None,
    gain: float | None = None,
) -> np.ndarray:
    """How far above or below its baseline is a district `event_year` years after the last unaffected result?

    Parameters
    ----------
    shape : {"none", "v", "slow", "gamma", "gamma_late", "step", "permanent"}
        Form of the change; formulas below.
    event_year : iterable of float
        Years since the last unaffected result: 0 is that result, 1 the rollout year. No effect up to 0.
    depth, gain : float, optional
        Size of the fall and of the later rise in points, 0 or more. By default the shape's own.
    trough, recovery : float, optional
        Years after the last unaffected result, 0 < trough < recovery. By default the shape's own.

    Returns
    -------
    ndarray
        Effect in points, one for each event year.

    Raises
    ------
    CbeError
        If the shape is unknown or a size or time is out of range.

    Notes
    -----
    With e the event year, D depth, T trough, R recovery and G gain:

    ==========  ===========================================================  =====================
    shape       effect                                                       defaults D, T, R, G
    ==========  ===========================================================  =====================
    none        0                                                            none used
    v           −D e/T up to T, then min(−D + D (e − T)/(R − T), G)          6, 2, 6, 3
    slow        the same                                                     7, 3, 14, 3
    gamma       −D (e/T) exp(1 − e/T) + G (1 − exp(−e/R))                    9, 2, 4, 4
    gamma_late  −D (e/T) exp(1 − e/T) + G (s(e) − s(0))/(1 − s(0)),          7, 1.5, 6, 5
                s(e) = 1/(1 + exp(R − e))
    step        −D from the first year on                                    5
    permanent   −D min(e/T, 1)                                               6, 2
    ==========  ===========================================================  =====================

    A size or time that a shape does not use is ignored. In the gamma shapes the rise begins before the fall
    has ended, so the lowest point lies above −D; `Truth.terms` holds the depth that is really there.

    Examples
    --------
    >>> effect("v", range(9)).tolist()
    [0.0, -3.0, -6.0, -4.5, -3.0, -1.5, 0.0, 1.5, 3.0]
    """
    if shape not in _SHAPES:
        raise unknown_name("shape", shape, SHAPES)
    form, own = _SHAPES[shape]
    asked = {"depth": depth, "trough": trough, "recovery": recovery, "gain": gain}
    timing = own._replace(**{name: float(value) for name, value in asked.items() if value is not None})
    _check_timing(timing)
    return form(np.maximum(np.asarray(list(event_year), dtype=float), 0), timing) + 0.0


def _check_timing(timing: Timing) -> None:
    if not (timing.depth >= 0 and timing.gain >= 0):
        raise CbeError.build(
            "depth and gain are sizes, so they cannot be negative",
            found=f"Found depth={timing.depth:g} and gain={timing.gain:g}",
            advice="Give the fall as a positive number of points",
        )
    if not 0 < timing.trough < timing.recovery:
        raise CbeError.build(
            "The trough must come after the rollout and the recovery after the trough",
            found=f"Found trough={timing.trough:g} and recovery={timing.recovery:g} years",
            advice="Choose 0 < trough < recovery",
        )


def planted_depth(shape: str, depth: float | None) -> float:
    """Return the depth that was asked for, else the shape's own, in points."""
    return _SHAPES[shape][1].depth if depth is None and shape in _SHAPES else depth or 0.0
