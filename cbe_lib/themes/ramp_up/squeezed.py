"""What may cutting the ramp-up cost, if the link between ramp-up and depth is what it seems?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.ramp_up.slope import DepthByRampUp

DRAWS = 20_000
Range = tuple[float, float, float]


@dataclass(frozen=True, repr=False)
class Squeeze(Result):
    """What a shorter ramp-up may cost, under assumptions: see `squeeze`.

    Attributes
    ----------
    assumptions : tuple of str
        What the picture must say beside itself.
    level : float
        Coverage of the intervals, if the assumptions hold.
    """

    assumptions: tuple[str, ...]
    level: float


def squeeze(
    months: float,
    *,
    slope: DepthByRampUp | Range,
    depth: Range | None = None,
    cuts: Iterable[float] = (0.0, 0.25, 0.5, 0.75),
    recovery_years: Range = (4.0, 5.5, 8.0),
    level: float = 0.95,
    seed: int = 0,
) -> Squeeze:
    """If the ramp-up were cut by a quarter or a half, how much deeper and costlier might the dip become?

    A hypothesis drawn out, not a forecast: it takes for granted that the link between districts would hold for one
    district that cuts its own ramp-up.

    Parameters
    ----------
    months : float
        Months of ramp-up in the plan, above 0.
    slope : DepthByRampUp or (estimate, low, high)
        Points of depth for one more month: from `depth_by_ramp_up`, with all its uncertainty, or a range of your own.
    depth : (estimate, low, high), optional
        Depth expected with the whole ramp-up, in points; needed with a range, else taken from the regression.
    cuts : iterable of float
        Shares of the ramp-up that are cut, each from 0 to 1.
    recovery_years : (low, likely, high)
        Years from the last unaffected result until the baseline is regained; a cut does not change it.
    level : float, between 0 and 1
        Coverage of the intervals, if the assumptions hold.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Squeeze
        `.table`: cut, months, term (depth, added_depth, loss, added_loss), estimate, conf_low, conf_high, unit, reason
        (where the months lie outside those of the districts that the slope comes from).

    Raises
    ------
    CbeError
        For options that make no sense.

    Notes
    -----
    depth(cut) = depth - slope x cut x months, never below 0; loss = depth x recovery years / 2, the area of a V.
    Estimates and intervals are the median and quantiles of draws: slope and depth normal (t from a regression, and
    between districts once more), recovery triangular.

    Examples
    --------
    >>> found = squeeze(12, slope=(-0.3, -0.5, -0.1), depth=(5, 3, 7), cuts=[0, 0.5])
    >>> found.table.query("term == 'added_depth'")["estimate"].round(1).tolist()
    [0.0, 1.8]
    """
    shares = _check(months, cuts, recovery_years, level)
    rng = np.random.default_rng(seed)
    pull, start, origin, reach = _drawn(rng, months, slope, depth, level)
    low, likely, high = recovery_years
    years = np.full(DRAWS, likely) if low == high else rng.triangular(low, likely, high, DRAWS)
    whole = np.maximum(start, 0)
    rows = []
    for share in shares:
        left = months * (1 - share)
        deep = np.maximum(start - pull * share * months, 0)
        reason = (
            "" if reach[0] <= left <= reach[1] else f"beyond the districts seen ({reach[0]:g} to {reach[1]:g} months)"
        )
        terms = {
            "depth": (deep, "points"),
            "added_depth": (deep - whole, "points"),
            "loss": (deep * years / 2, "point-years"),
            "added_loss": ((deep - whole) * years / 2, "point-years"),
        }
        rows += [(share, left, name, *_summed(draws, level), unit, reason) for name, (draws, unit) in terms.items()]
    columns = ["cut", "months", "term", "estimate", "conf_low", "conf_high", "unit", "reason"]
    table = pd.DataFrame(rows, columns=columns)
    assumed = (
        f"{months:g} months of ramp-up planned",
        origin,
        f"baseline regained after {low:g} to {high:g} years, most likely {likely:g}, whatever the cut",
        "the link between districts holds within one",
    )
    notes = ("Assumed: " + "; ".join(assumed) + ".", claim("B12").label + ".")
    return Squeeze(table, _text(table, level), notes, None, assumptions=assumed, level=level)


def _check(months: float, cuts: Iterable[float], recovery: Range, level: float) -> list[float]:
    shares = sorted({float(cut) for cut in cuts})
    low, likely, high = recovery
    if not shares or not (months > 0 and shares[0] >= 0 and shares[-1] <= 1 and 0 < low <= likely <= high):
        raise CbeError.build(
            "`months` must be above 0, `cuts` shares from 0 to 1, `recovery_years` above 0 and rising",
            found=f"Found {months!r}, {shares!r}, {recovery!r}",
        )
    if not 0 < level < 1:
        raise CbeError.build("`level` must lie between 0 and 1", found=f"Found {level!r}")
    return shares


def _drawn(
    rng: np.random.Generator, months: float, slope: DepthByRampUp | Range, depth: Range | None, level: float
) -> tuple[np.ndarray, np.ndarray, str, tuple[float, float]]:
    """Draw slope and depth at the planned months; return them with their origin and the months they come from."""
    if not isinstance(slope, DepthByRampUp):
        if depth is None:
            raise CbeError.build("A range of slopes needs the depth to start from", advice="Pass depth=(5, 3, 7)")
        pull, start = (_normal(rng, name, given, level) for name, given in (("slope", slope), ("depth", depth)))
        origin = f"slope {slope[0]:g} points a month ({slope[1]:g} to {slope[2]:g}), depth {depth[0]:g} points"
        return pull, start, origin, (0.0, np.inf)
    if slope.model is None:
        raise CbeError.build("`slope` could not be estimated", found=slope.table["reason"].iloc[-1])
    model, terms = slope.model, slope.table.set_index("term").to_dict("index")
    drawn = model.params[:, None] + model.bse[:, None] * rng.standard_t(model.df_resid, (2, DRAWS))
    usual = drawn[0] + drawn[1] * (months - slope.center)
    spread = rng.normal(0, terms["between_sd"]["estimate"], DRAWS)
    start = usual + spread if depth is None else _normal(rng, "depth", depth, level)
    row = terms["slope"]
    origin = (
        f"slope {row['estimate']:.2f} points a month ({row['conf_low']:.2f} to {row['conf_high']:.2f}) from "
        f"{row['n']} districts"
    )
    seen = slope.districts.loc[slope.districts["weight"].notna(), "index"]
    return drawn[1], start, origin, (float(seen.min()), float(seen.max()))


def _normal(rng: np.random.Generator, name: str, given: Range, level: float) -> np.ndarray:
    middle, low, high = given
    if not low <= middle <= high:
        raise CbeError.build(
            f"`{name}` must be (estimate, low, high) with the estimate between", found=f"Found {given!r}"
        )
    return rng.normal(middle, (high - low) / 2 / norm.ppf((1 + level) / 2), DRAWS)


def _summed(draws: np.ndarray, level: float) -> tuple[float, float, float]:
    low, middle, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return float(middle), float(low), float(high)


def _text(table: pd.DataFrame, level: float) -> str:
    worst = table[table["cut"] == table["cut"].max()].set_index("term")
    added, loss = worst.loc["added_depth"], worst.loc["added_loss"]
    return (
        f"Under these assumptions, cutting the ramp-up by {added['cut']:.0%} would go with a dip "
        f"{added['estimate']:.1f} points deeper ({level:.0%} of draws {added['conf_low']:.1f} to "
        f"{added['conf_high']:.1f}) and "
        f"{loss['estimate']:.0f} more point-years lost ({loss['conf_low']:.0f} to {loss['conf_high']:.0f}). This draws "
        "out a hypothesis; no study has cut ramp-ups to see."
    )
