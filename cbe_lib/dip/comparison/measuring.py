"""From matrices to one contrast: the adopters' gaps, alone or averaged, beside what chance gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cbe_lib.dip.comparison.adjusting import Gaps, gaps_before
from cbe_lib.dip.comparison.learning import Learned, learn
from cbe_lib.dip.comparison.panel import Window
from cbe_lib.dip.comparison.placebos import (
    FEWEST_PLACEBOS,
    FEWEST_RANKED,
    Contrast,
    Unit,
    alone,
    simulated,
    together,
    unit_of,
)

CHANCE_DRAWS = 2499


@dataclass(frozen=True)
class Study:
    """One rollout year: its window and what its comparison districts taught."""

    window: Window
    learned: Learned

    @property
    def adopters(self) -> list[int]:
        """Rows of the adopters in the matrices."""
        return [int(row) for row in np.flatnonzero(~self.window.cohort.teaches)]

    @property
    def years_after(self) -> np.ndarray:
        """Calendar years from the rollout on."""
        return self.window.cohort.years[self.window.cohort.before :]


@dataclass(frozen=True)
class Measured:
    """Adopters under one comparison rule.

    members : (study, row in its matrices) of each adopter that could be compared
    placebos : the fewest comparison districts that any of them has
    """

    gaps: list[Gaps]
    units: list[Unit]
    members: list[tuple[int, int]]
    contrast: Contrast
    placebos: int

    @property
    def few(self) -> bool:
        """Fewer comparison districts than ranks need."""
        return self.placebos < FEWEST_RANKED


def studies_of(windows: list[Window], baseline: str) -> list[Study]:
    """Learn from every window that has an adopter to compare and enough comparison districts."""
    return [
        Study(window, learn(window.cohort, baseline))
        for window in windows
        if window.cohort.teaches.sum() >= FEWEST_PLACEBOS and not window.cohort.teaches.all()
    ]


def measure(studies: list[Study], rule: Callable[[Learned], Gaps], seed: int) -> Measured | None:
    """Apply one comparison rule; None where no adopter has enough comparison districts."""
    gaps = [rule(study.learned) for study in studies]
    found = [(k, row, unit_of(gaps[k], row)) for k, study in enumerate(studies) for row in study.adopters]
    found = [(k, row, unit) for k, row, unit in found if len(unit.placebos) >= FEWEST_PLACEBOS]
    if not found:
        return None
    units = [unit for _, _, unit in found]
    events = [studies[k].years_after[unit.columns] - studies[k].window.rollout + 1 for k, _, unit in found]
    return Measured(
        gaps=gaps,
        units=units,
        members=[(k, row) for k, row, _ in found],
        contrast=contrast_of(units, events, seed),
        placebos=min(len(unit.placebos) for unit in units),
    )


def contrast_of(units: list[Unit], events: list[np.ndarray], seed: int) -> Contrast:
    """Contrast of one adopter or of several; chance is simulated where placebos are too few to rank."""
    rng = np.random.default_rng(seed)
    ready = [simulated(unit, rng) if len(unit.placebos) < FEWEST_RANKED else unit for unit in units]
    if len(ready) == 1:
        return alone(ready[0], events[0])
    return together(ready, events, CHANCE_DRAWS, rng)


def measure_before(studies: list[Study], measured: Measured, baseline: str, seed: int) -> Contrast | None:
    """Contrast of the years before, against the reference; None where there is one year before."""
    units, events = [], []
    for k, row in measured.members:
        gaps, years = gaps_before(studies[k].learned, row, baseline)
        if np.isfinite(gaps.gap[row]).any():
            unit = unit_of(gaps, row)
            units.append(unit)
            events.append(years[unit.columns] - studies[k].window.rollout + 1)
    enough = bool(units) and min(len(unit.placebos) for unit in units) >= FEWEST_PLACEBOS
    return contrast_of(units, events, seed) if enough else None
