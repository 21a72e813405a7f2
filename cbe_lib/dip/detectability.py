"""How small a dip could be seen at all, before any curve is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib.dip import existence, kept
from cbe_lib.dip.engine import Pattern, grid
from cbe_lib.dip.existence import null_table, statistic
from cbe_lib.dip.series import LARGEST, YEARS_AFTER, YEARS_BEFORE
from cbe_lib.dip.wording import whole
from cbe_lib.errors import CbeError, some
from cbe_lib.results import Result

SIZES = np.array([0.0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 11, 15])
SERIES = 400
PROCESS_RHO = 0.4
LEVEL = 50.0
MOST_YEARS = 100
VERSION = 1


@dataclass(frozen=True, repr=False)
class Detectable(Result):
    """The smallest dip that would be seen: see `cbe_lib.dip.detectable`.

    Attributes
    ----------
    noise_sd : float
        Standard deviation of one year's result that the figures assume, in points.
    """

    noise_sd: float


def detectable(
    years_before: int,
    years_after: int,
    *,
    n_tested: float | None,
    noise_sd: float | None = None,
    power: float = 0.8,
) -> Detectable:
    """How deep must a dip be before these data would show it?

    In a school with 40 students a grade the answer is often larger than any dip ever reported: then a curve through
    the results tells about chance, not about the change.

    Parameters
    ----------
    years_before, years_after : int, at least 1
        Yearly results before the rollout, and from the rollout year on.
    n_tested : float or None
        Students tested each year; None if `noise_sd` says it all.
    noise_sd : float, optional
        Standard deviation, in points, of what else moves a result from year to year. Left out, only the chance of who
        is tested counts, and the true answer is larger.
    power : float, between 0.05 and 1
        How often the dip is to be seen.

    Returns
    -------
    Detectable
        `.table` has term, estimate, unit, note. Terms: year_to_year, the smallest change between two results that
        stands out (two-sided 5%); dip, the smallest depth that the existence test of `dip.fit` finds at 5%, for a fall
        over two years that is made good four years later. `.noise_sd`.

    Raises
    ------
    CbeError
        For counts, years or powers that make no sense.

    Notes
    -----
    year_to_year = (z(0.975) + z(power)) sqrt(2 (100^2 / 4 n + noise_sd^2)), at a rate of 50%, where chance is
    largest. dip is found by simulation with the test itself; its error is about 5%.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences, 2nd ed., chapter 6.

    Examples
    --------
    >>> from cbe_lib import dip
    >>> for students in (40, 240, 750):
    ...     print(students, dip.detectable(1, 1, n_tested=students).table["estimate"].iloc[0].round(1))
    40 31.3
    240 12.8
    750 7.2
    """
    _check(years_before, years_after, n_tested, noise_sd, power)
    chance = 2500 / n_tested if n_tested else 0.0
    process = (noise_sd or 0.0) ** 2
    sd = float(np.sqrt(chance + process))
    change = float((norm.ppf(0.975) + norm.ppf(power)) * np.sqrt(2) * sd)
    depth, note = smallest_dip(years_before, years_after, sd, process / (chance + process), power)
    table = pd.DataFrame(
        [("year_to_year", change, "points", ""), ("dip", depth, "points", note)],
        columns=["term", "estimate", "unit", "note"],
    )
    return Detectable(
        table=table,
        text=_text(change, depth, note, n_tested, power),
        notes=_notes(n_tested, noise_sd),
        model=None,
        noise_sd=sd,
    )


def smallest_dip(
    years_before: int, years_after: int, sd: float, process_share: float, power: float, level: float = LEVEL
) -> tuple[float, str]:
    """Return the smallest depth seen, in points as `sd` is, or NaN and the reason why there is none.

    `level` is the percentage that results fall from: none can fall further than to zero.
    """
    if years_before < YEARS_BEFORE or years_after < YEARS_AFTER:
        return np.nan, (
            f"cannot tell: at least {YEARS_BEFORE} years before and {YEARS_AFTER} from the rollout on are needed for "
            "a dip of one district"
        )
    years = tuple(range(1 - years_before, years_after + 1))
    seen = power_curve(Pattern(years, 1), round(2 * process_share) / 2)
    depth = float(np.interp(power, seen, SIZES) * sd)
    if seen[-1] < power or depth > level:
        largest = min(SIZES[-1] * sd, level)
        return np.nan, f"cannot tell: not even a dip of {largest:.0f} points would be seen this often"
    return depth, ""


@lru_cache(maxsize=256)
def power_curve(pattern: Pattern, process_share: float) -> np.ndarray:
    """Return how often the existence test sees a dip of each of SIZES: from memory, from disk, or simulated now."""
    path = _place(pattern, process_share)
    stored = kept.read(path, {"seen": SIZES.shape})
    if stored is not None:
        return stored["seen"]
    seen = simulate_power(pattern, process_share)
    kept.write(path, seen=seen)
    return seen


def _place(pattern: Pattern, process_share: float) -> Path:
    test = existence.settings(pattern)  # another test has another power
    return kept.place("power", VERSION, pattern, test, process_share, SERIES, PROCESS_RHO, SIZES.tolist())


def simulate_power(pattern: Pattern, process_share: float) -> np.ndarray:
    """Simulate how often the existence test sees a dip of each of SIZES (in noise standard deviations)."""
    rng = np.random.default_rng(20260102)
    size = len(pattern.years)
    covariance = process_share * pattern.correlation(PROCESS_RHO) + (1 - process_share) * np.eye(size)
    noise = rng.standard_normal((SERIES, size)) @ np.linalg.cholesky(covariance).T
    shape = -np.interp(np.asarray(pattern.years, float), [0, 2, 6], [0, 1, 0])
    unknown, table = grid(pattern), null_table(pattern)
    seen = [np.mean(table.p_value(*statistic(unknown, noise + height * shape)) < 0.05) for height in SIZES]
    return np.maximum.accumulate(np.array(seen) + 1e-9 * np.arange(len(seen)))


def _check(years_before: int, years_after: int, n_tested: float | None, noise_sd: float | None, power: float) -> None:
    if not all(isinstance(years, Integral) and 1 <= years <= MOST_YEARS for years in (years_before, years_after)):
        raise CbeError.build(
            f"`years_before` and `years_after` must be whole numbers from 1 to {MOST_YEARS}",
            found=f"Found {years_before!r} and {years_after!r}",
        )
    numbers = {"n_tested": n_tested, "noise_sd": noise_sd, "power": power}
    wrong = [f"{name}={number!r}" for name, number in numbers.items() if number is not None and not _is_size(number)]
    if wrong:
        raise CbeError.build("Sizes must be finite numbers, not below 0", found=f"Found {some(wrong)}")
    if n_tested is None and noise_sd is None:
        raise CbeError.build(
            "Neither `n_tested` nor `noise_sd` is given", advice="Say how many students are tested a year"
        )
    if n_tested is not None and n_tested < 1:
        raise CbeError.build("`n_tested` must be at least 1", found=f"Found {n_tested!r}")
    if n_tested is None and noise_sd == 0:
        raise CbeError.build("A `noise_sd` of 0 without `n_tested` means no noise at all", advice="Give one of them")
    if power is None or not 0.05 < power < 1:
        raise CbeError.build("`power` must lie between 0.05 and 1", found=f"Found {power!r}")


def _is_size(number: object) -> bool:
    return isinstance(number, Real) and not isinstance(number, bool) and 0 <= float(number) < LARGEST


def _text(change: float, depth: float, note: str, n_tested: float | None, power: float) -> str:
    who = (
        f"With {n_tested:,.10g} student{'' if n_tested == 1 else 's'} tested a year"
        if n_tested
        else "With this much noise"
    )
    often = f"{power * 10:.3g} times in 10"
    needed = f"a change from one year to the next must be {whole(change)} to stand out {often}"
    first = f"{who}, {needed if change <= 100 else 'no change from one year to the next would stand out'}."
    if note:
        return f"{first} About a dip over several years one {note}."
    return f"{first} A dip that is made good again must be {whole(depth)} deep. Smaller ones stay unseen."


def _notes(n_tested: float | None, noise_sd: float | None) -> tuple[str, ...]:
    if noise_sd is None:
        return ("Only the chance of who is tested is counted; what else moves results makes the true figures larger.",)
    if n_tested is None:
        return ("The noise is taken as given, the chance of who is tested included.",)
    return ()
