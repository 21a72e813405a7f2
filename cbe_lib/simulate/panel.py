"""Tables of yearly results in which the planted change is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, some
from cbe_lib.simulate.curves import effect, planted_depth
from cbe_lib.simulate.truth import Truth, long_table, planted_terms

LOWEST_RATE, HIGHEST_RATE = 0.1, 99.9


def outcomes(
    districts: int = 1,
    *,
    years: Iterable[int] = range(2008, 2024),
    rollout: int | Sequence[int] = 2015,
    shape: str = "v",
    depth: float | None = None,
    trough: float | None = None,
    recovery: float | None = None,
    gain: float | None = None,
    effect_sd: float = 0.0,
    base: float = 60.0,
    base_sd: float = 0.0,
    trend: float = 0.3,
    trend_sd: float = 0.0,
    noise_sd: float = 1.5,
    rho: float = 0.4,
    tails: float | None = None,
    n_tested: int | tuple[int, int] | None = 1000,
    missing_years: Iterable[int] = (),
    common_shock_sd: float = 0.0,
    comparison: int = 0,
    seed: int = 0,
) -> tuple[pd.DataFrame, Truth]:
    """What would districts report if the depth of their dip were known?

    Parameters
    ----------
    districts : int
        Number of districts that change, 0 or more.
    years : iterable of int
        Spring years with a result.
    rollout : int or sequence of int
        Spring year of the first results that the change can have affected; one for all, or one a district.
    shape, depth, trough, recovery, gain
        The planted change, in points and years: see `effect`.
    effect_sd : float
        Standard deviation of the depth between districts, points. Each district's whole curve is stretched in
        proportion (normally distributed, so a wide spread also plants rises).
    base, base_sd : float
        Mean and standard deviation between districts of the rate in the last year before the (first) rollout,
        percent.
    trend, trend_sd : float
        Mean and standard deviation between districts of the yearly trend, points a year.
    noise_sd, rho : float
        Standard deviation (points) of the AR(1) noise and its correlation from one year to the next,
        −1 < rho < 1.
    tails : float, optional
        Degrees of freedom (more than 2) of t-distributed yearly noise with the same standard deviation;
        None is normal noise.
    n_tested : int, (int, int) or None
        Students tested a year: the same everywhere, or drawn for each district between two bounds, evenly in
        the logarithm. Adds binomial noise. None: no binomial noise.
    missing_years : iterable of int
        Years without a test: they have no row.
    common_shock_sd : float
        Standard deviation of yearly shocks that all districts share, points.
    comparison : int
        Number of further districts that never change; their `rollout_year` is missing.
    seed : int
        The same seed gives the same table, and the same AR(1) noise and shocks under another depth.

    Returns
    -------
    table : DataFrame
        district_id, year, value (percent), n_tested, rollout_year. Districts that change are A1, A2, ...;
        comparison districts are C1, C2, ...
    truth : Truth
        The planted effect and its five terms.

    Raises
    ------
    CbeError
        If a parameter is out of its legal range, or the rollout lies outside the years.

    Notes
    -----
    rate = base + trend × (year − first rollout + 1) + effect + shock(year) + noise, held within 0.1 and 99.9;
    value = 100 × Binomial(n_tested, rate/100)/n_tested.

    Examples
    --------
    >>> table, truth = outcomes(2, comparison=3, shape="v", depth=6, seed=1)
    >>> table.groupby("district_id").size().to_dict()
    {'A1': 16, 'A2': 16, 'C1': 16, 'C2': 16, 'C3': 16}
    >>> truth.terms.query("district_id == 'A1'").set_index("term")["value"].round(1).to_dict()
    {'depth': 6.0, 'trough_year': 2016.0, 'recovery_years': 6.0, 'loss': 18.0, 'gain': 3.0}
    """
    sds = {"effect_sd": effect_sd, "base_sd": base_sd, "trend_sd": trend_sd, "noise_sd": noise_sd}
    _check_spreads({**sds, "common_shock_sd": common_shock_sd}, rho, tails)
    _check_base(base)
    _check_counts(districts, comparison)
    observed = _observed(years, missing_years)
    starts = _starts(rollout, districts, observed)
    names = [f"A{i + 1}" for i in range(districts)] + [f"C{i + 1}" for i in range(comparison)]
    calendar = np.arange(observed[0], observed[-1] + 1)
    # A stream for each part: moving one control leaves the rest of the draw as it was.
    streams = np.random.default_rng(seed).spawn(7)

    event = calendar - starts[:districts, None] + 1
    curve = effect(shape, event.ravel(), depth=depth, trough=trough, recovery=recovery, gain=gain)
    stretch = _stretch(planted_depth(shape, depth), effect_sd, districts, streams[0])
    planted = np.zeros((len(names), len(calendar)))
    planted[:districts] = stretch * curve.reshape(event.shape)

    level = base + base_sd * streams[1].normal(size=(len(names), 1))
    slope = trend + trend_sd * streams[2].normal(size=(len(names), 1))
    shock = common_shock_sd * streams[3].normal(size=len(calendar))
    noise = noise_sd * _ar1(streams[4], planted.shape, rho, tails)
    wanted = level + slope * (calendar - starts.min() + 1) + planted + shock + noise
    wanted = wanted[:, np.isin(calendar, observed)]
    rate = np.clip(wanted, LOWEST_RATE, HIGHEST_RATE)

    tested = _tested(n_tested, len(names), streams[5])
    table = long_table(names, "year", observed, "value", _reported(rate, tested, streams[6]))
    table["n_tested"] = _whole(tested, len(names), len(observed))
    table["rollout_year"] = _whole(starts[:districts], len(names), len(observed))
    return table, Truth(
        terms=planted_terms(names, calendar, planted, starts[:districts]),
        effects=long_table(names, "year", calendar, "effect", planted),
        clipped=int((rate != wanted).sum()),
    )


def _check_spreads(sds: dict[str, float], rho: float, tails: float | None) -> None:
    negative = [f"{name}={value:g}" for name, value in sds.items() if not value >= 0]
    if negative:
        raise CbeError.build(
            "Standard deviations cannot be negative",
            found=f"Found {some(negative)}",
            advice="Give 0 for no spread",
        )
    if not -1 < rho < 1:
        raise CbeError.build(
            "rho is a correlation from one year to the next",
            found=f"Found rho={rho:g}",
            advice="Choose a number between -1 and 1, ends excluded",
        )
    if tails is not None and not tails > 2:
        raise CbeError.build(
            "tails are degrees of freedom of a t distribution that has a standard deviation",
            found=f"Found tails={tails:g}",
            advice="Choose a number above 2, or None for normal noise",
        )


def _check_base(base: float) -> None:
    if not 0 <= base <= 100:
        raise CbeError.build(
            "base is a rate in percent",
            found=f"Found base={base:g}",
            advice="Choose a number from 0 to 100",
        )


def _check_counts(districts: int, comparison: int) -> None:
    if districts < 0 or comparison < 0 or districts + comparison == 0:
        raise CbeError.build(
            "There must be at least one district",
            found=f"Found districts={districts} and comparison={comparison}",
            advice="Give whole numbers, 0 or more, that are not both 0",
        )


def _observed(years: Iterable[int], missing: Iterable[int]) -> np.ndarray:
    observed = np.array(sorted(set(years) - set(missing)), dtype=int)
    if len(observed) == 0:
        raise CbeError.build(
            "No year is left",
            found="`years` is empty, or every year is in `missing_years`",
            advice="Give spring years, for example years=range(2008, 2024)",
        )
    return observed


def _starts(rollout: int | Sequence[int], districts: int, observed: np.ndarray) -> np.ndarray:
    given = np.atleast_1d(np.asarray(rollout, dtype=int))
    if len(given) not in (1, districts):
        raise CbeError.build(
            "`rollout` must be one year, or one for each district that changes",
            found=f"Found {len(given)} years for {districts} districts",
            advice="Give a single year, or a list as long as `districts`",
        )
    outside = given[(given <= observed[0]) | (given > observed[-1])]
    if len(outside):
        raise CbeError.build(
            "The rollout must come after the first year and no later than the last year with results",
            found=f"Found rollout {some(outside)} for results from {observed[0]} to {observed[-1]}",
            advice="Choose a rollout within the years, or more years",
        )
    return np.broadcast_to(given, max(districts, 1))


def _stretch(depth: float, effect_sd: float, districts: int, rng: np.random.Generator) -> np.ndarray:
    if effect_sd > 0 and depth == 0:
        raise CbeError.build(
            "effect_sd spreads the depth between districts, but no depth is planted",
            found=f"Found effect_sd={effect_sd:g} with depth 0",
            advice="Choose a shape with a dip, or effect_sd=0",
        )
    return 1 + (effect_sd / depth if depth else 0) * rng.normal(size=(districts, 1))


def _ar1(rng: np.random.Generator, size: tuple[int, int], rho: float, tails: float | None) -> np.ndarray:
    noise = _unit(rng, size, tails)
    noise[:, 1:] *= np.sqrt(1 - rho**2)
    for year in range(1, size[1]):
        noise[:, year] += rho * noise[:, year - 1]
    return noise


def _unit(rng: np.random.Generator, size: tuple[int, int], tails: float | None) -> np.ndarray:
    """Draw numbers of mean 0 and standard deviation 1."""
    if tails is None:
        return rng.normal(size=size)
    return rng.standard_t(tails, size=size) * np.sqrt((tails - 2) / tails)


def _tested(n_tested: int | tuple[int, int] | None, districts: int, rng: np.random.Generator) -> np.ndarray | None:
    if n_tested is None:
        return None
    low, high = n_tested if isinstance(n_tested, tuple | list) else (n_tested, n_tested)
    if not 1 <= low <= high:
        raise CbeError.build(
            "n_tested must be 1 or more, and a range must run from low to high",
            found=f"Found n_tested={n_tested}",
            advice="Give a count such as 400, a range such as (40, 4000), or None",
        )
    return np.exp(rng.uniform(np.log(low), np.log(high), districts)).round().astype(int)


def _reported(rate: np.ndarray, tested: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
    if tested is None:
        return rate
    return 100 * rng.binomial(tested[:, None], rate / 100) / tested[:, None]


def _whole(leading: np.ndarray | None, districts: int, years: int) -> pd.Series:
    """Repeat a whole number of each leading district for every year; the districts after them have none."""
    known = [] if leading is None else leading.tolist()
    numbers = pd.Series([*known, *[pd.NA] * (districts - len(known))], dtype="Int64")
    return numbers.repeat(years).reset_index(drop=True)
