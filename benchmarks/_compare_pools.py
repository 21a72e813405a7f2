"""State files of about 110 districts, the districts that pretend to adopt in them, and the dips planted there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _compare_beds import Bed, michigan, simulated

POOLS, DISTRICTS, EACH_CLASS = 5, 110, 8
MICHIGAN_SEED, SIMULATED_SEED = 31000, 31001
DEPTH = 6.0
CLASSES = ("small", "medium", "large")


@dataclass(frozen=True)
class Pool:
    """One state file: results (districts, years) in percent, students tested, and pretended adopters.

    before : years before the pretended rollout
    adopters : rows of the districts that pretend to adopt, each in its turn
    effects : (district, year after) what is planted into each district, of depth `DEPTH`
    """

    bed: str
    results: np.ndarray
    tested: np.ndarray
    size_class: np.ndarray
    before: int
    adopters: np.ndarray
    effects: np.ndarray


def shapes(after: int) -> np.ndarray:
    """Three effects of depth one: down for two years and back in the fifth; at once, then fading; lasting."""
    event = np.arange(1, after + 1)
    paths = [np.interp(event, [0, 2, 5], [0, 1, 0]), 0.6 ** (event - 1.0), np.where(event == 1, 0.6, 1.0)]
    return -np.array([path / path.max() for path in paths])


def beds() -> dict[str, list[Pool]]:
    """All pools by bed: real Michigan results, and simulated state files on seeds used nowhere else."""
    found = {bed.name: _parted(bed) for bed in (michigan("math7", 1995), michigan("math4", 1996))}
    name = "simulated 8 + 8 years"
    files = [simulated(name, 8, 8, DISTRICTS, SIMULATED_SEED + k) for k in range(POOLS)]
    found[name] = [_pool(bed, np.random.default_rng(SIMULATED_SEED + k)) for k, bed in enumerate(files)]
    return found


def _parted(bed: Bed) -> list[Pool]:
    """Deal the districts out, so that each pool has its share of every size class."""
    rng = np.random.default_rng(MICHIGAN_SEED)
    order = rng.permutation(len(bed.results))
    order = order[np.argsort(bed.size_class[order], kind="stable")]
    return [_pool(bed.part(order[k::POOLS]), rng) for k in range(POOLS)]


def _pool(bed: Bed, rng: np.random.Generator) -> Pool:
    order = rng.permutation(len(bed.results))
    size_class = bed.size_class
    adopters = [row for k in range(len(CLASSES)) for row in order[size_class[order] == k][:EACH_CLASS]]
    effects = DEPTH * shapes(bed.after)[rng.permutation(len(bed.results)) % 3]
    return Pool(bed.name, bed.results, bed.tested, size_class, bed.before, np.array(adopters), effects)
