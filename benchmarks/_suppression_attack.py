"""An attacker who knows only the released table and what its totals mean; shares no code with cbe_lib.privacy."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import null_space
from scipy.optimize import Bounds, LinearConstraint, milp

ALL = "all"
RACES = ["asian", "black", "hispanic", "white"]


@dataclass
class Bed:
    """A table of one kind, how it is passed to suppress, and sums that hold in it: total, then its parts."""

    kind: str
    frame: pd.DataFrame
    by: list[str]
    values: list[str]
    sums: list[tuple[tuple, list[tuple]]]


def bed(kind: str, seed: int) -> Bed:
    """Draw one table; groups are often small."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    return {"rows x columns": _grid, "three ways": _grid, "districts": _districts, "levels": _levels}[kind](rng, kind)


KINDS = ["rows x columns", "three ways", "districts", "levels"]


def _counts(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    mean = rng.choice([8, 20, 60])
    return rng.negative_binomial(1.2, 1.2 / (1.2 + mean), shape)


def _grid(rng: np.random.Generator, kind: str) -> Bed:
    sizes = rng.integers(2, [13, 9]) if kind == "rows x columns" else rng.integers(2, 5, size=3)
    counts = _counts(rng, tuple(sizes))
    reach = rng.binomial(counts, rng.uniform(0.2, 0.8))
    axes = [[f"{'abc'[axis]}{place}" for place in range(size)] for axis, size in enumerate(sizes)]
    by = [f"by{axis}" for axis in range(len(sizes))]
    n, x = _margins(counts, axes), _margins(reach, axes)
    rows = [(*key, n[key], _percent(x[key], n[key])) for key in n]
    return Bed(kind, pd.DataFrame(rows, columns=[*by, "n", "value"]), by, ["value"], _grid_sums(axes))


def _margins(inner: np.ndarray, axes: list[list[str]]) -> dict[tuple, int]:
    found = {}
    for key in itertools.product(*[[*axis, ALL] for axis in axes]):
        where = tuple(slice(None) if label == ALL else axis.index(label) for label, axis in zip(key, axes, strict=True))
        found[key] = int(inner[where].sum())
    return found


def _grid_sums(axes: list[list[str]]) -> list[tuple[tuple, list[tuple]]]:
    sums = []
    for key in itertools.product(*[[*axis, ALL] for axis in axes]):
        for place, label in enumerate(key):
            if label == ALL:
                sums.append((key, [(*key[:place], part, *key[place + 1 :]) for part in axes[place]]))
    return sums


def _districts(rng: np.random.Generator, kind: str) -> Bed:
    """Schools in districts in a state, by race and, in the same column, by gender and need."""
    schools = {f"d{d}": [f"s{d}{s}" for s in range(rng.integers(1, 4))] for d in range(rng.integers(2, 5))}
    places = [(ALL, ALL), *[(d, ALL) for d in schools], *[(d, s) for d in schools for s in schools[d]]]
    groups = [ALL, *RACES, "female", "male", "english learners"]
    n = dict.fromkeys(itertools.product(places, groups), 0)
    x = dict(n)
    share, girls = rng.uniform(0.2, 0.8), 0.5
    for d, s in places:
        if s != ALL:
            for race, size in zip(RACES, _counts(rng, (len(RACES),)), strict=True):
                for _ in range(size):
                    mine = [ALL, race, "female" if rng.random() < girls else "male"]
                    mine += ["english learners"] if rng.random() < 0.3 else []
                    reaches = rng.random() < share
                    for place, group in itertools.product([(ALL, ALL), (d, ALL), (d, s)], mine):
                        n[place, group] += 1
                        x[place, group] += reaches
    rows = [(*place, group, n[place, group], _percent(x[place, group], n[place, group])) for place, group in n]
    sums = []
    for group in groups:
        sums.append(((ALL, ALL, group), [(d, ALL, group) for d in schools]))
        sums += [((d, ALL, group), [(d, s, group) for s in schools[d]]) for d in schools]
    for place in places:
        sums.append(((*place, ALL), [(*place, race) for race in RACES]))
        sums.append(((*place, ALL), [(*place, "female"), (*place, "male")]))
    by = ["district", "school", "subgroup"]
    return Bed(kind, pd.DataFrame(rows, columns=[*by, "n", "value"]), by, ["value"], sums)


def _levels(rng: np.random.Generator, kind: str) -> Bed:
    """Percent at each of four levels, adding up to 100."""
    axes = [[f"r{r}" for r in range(rng.integers(2, 7))], [f"c{c}" for c in range(rng.integers(2, 5))]]
    counts = _counts(rng, (len(axes[0]), len(axes[1])))
    split = rng.multinomial(counts, rng.dirichlet([3, 3, 3, 3]))
    n, parts = _margins(counts, axes), [_margins(split[..., level], axes) for level in range(4)]
    rows = [(*key, n[key], *[_percent(part[key], n[key]) for part in parts]) for key in n]
    values = [f"level{level}" for level in range(1, 5)]
    return Bed(kind, pd.DataFrame(rows, columns=["by0", "by1", "n", *values]), ["by0", "by1"], values, _grid_sums(axes))


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 3) if whole else np.nan


@dataclass
class Loot:
    """What the attacker got: groups, and among them those recovered, of known rate, of count known too well."""

    hidden: int
    by_algebra: int
    by_bounds: int
    rates: int
    narrowed: int  # small groups known to hold more than the zeros shown tell, or less than min_n - 1
    by_difference: int


def attack(case: Bed, released: pd.DataFrame, min_n: int = 10, *, exact: bool = True) -> Loot:
    """Recover hidden cells by linear algebra, by whole-number bounds, and by subtracting groups that overlap."""
    keys = list(map(tuple, released[case.by].astype(str).to_numpy()))
    shown = dict(zip(keys, released["n"].astype("Float64"), strict=True))
    unknown = [key for key in keys if pd.isna(shown[key])]
    known = {key: float(n) for key, n in shown.items() if not pd.isna(n)}
    matrix, rest = _equations(case.sums, known, unknown)
    fixed = _pinned(matrix) if unknown else np.zeros(0, dtype=bool)
    low, high = np.ones(len(unknown)), np.full(len(unknown), np.inf)
    _propagate(matrix, rest, low, high)
    if exact:
        low, high = _exact(matrix, rest, low, high)
    truth = case.frame["n"].to_numpy()[[keys.index(key) for key in unknown]]
    if ((truth < low) | (truth > high)).any():
        raise RuntimeError("the attacker's own bounds exclude the truth")
    small = truth < min_n
    return Loot(
        hidden=len(unknown),
        by_algebra=int(fixed.sum()),
        by_bounds=int((low == high).sum()),
        rates=sum(_rates_known(case, released, keys, value, unknown, known, high) for value in case.values),
        narrowed=int((small & ((low > _plain(case, known, unknown)) | (high < min_n - 1))).sum()),
        by_difference=_differences(case, known, min_n),
    )


def _equations(sums: list, known: dict, unknown: list) -> tuple[np.ndarray, np.ndarray]:
    place = {key: number for number, key in enumerate(unknown)}
    matrix, rest = np.zeros((len(sums), len(unknown))), np.zeros(len(sums))
    for line, (total, parts) in enumerate(sums):
        for key, sign in [(total, -1), *[(part, 1) for part in parts]]:
            if key in place:
                matrix[line, place[key]] += sign
            else:
                rest[line] -= sign * known[key]
    return matrix, rest


def _pinned(matrix: np.ndarray) -> np.ndarray:
    """Unknowns that do not change along any direction that leaves every sum as it is."""
    free = null_space(matrix)
    return np.abs(free).max(axis=1, initial=0) < 1e-9


def _propagate(matrix: np.ndarray, rest: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Tighten bounds: each unknown is its sum less the least, and less the most, of the others."""
    for _ in range(30):
        for row, total in zip(matrix, rest, strict=True):
            used = np.flatnonzero(row)
            for place in used:
                others = used[used != place]
                least = np.where(row[others] > 0, low[others], -high[others]).sum()
                most = np.where(row[others] > 0, high[others], -low[others]).sum()
                if row[place] > 0:
                    low[place], high[place] = max(low[place], total - most), min(high[place], total - least)
                else:
                    low[place], high[place] = max(low[place], least - total), min(high[place], most - total)


def _exact(matrix: np.ndarray, rest: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest whole number of each unknown, by integer programming."""
    exact_low, exact_high = low.copy(), high.copy()
    size = len(low)
    for place, sign in itertools.product(range(size), (1, -1)):
        cost = np.zeros(size)
        cost[place] = sign
        limits = Bounds(low, np.minimum(high, 1e6))
        found = milp(cost, integrality=np.ones(size), bounds=limits, constraints=LinearConstraint(matrix, rest, rest))
        (exact_low if sign > 0 else exact_high)[place] = round(found.x[place])
    return exact_low, exact_high


def _plain(case: Bed, known: dict, unknown: list) -> np.ndarray:
    """Fewest students of each unknown that the shown zeros tell: one for each part, all for the only part."""
    least = {key: min(n, 1.0) for key, n in known.items()} | dict.fromkeys(unknown, 1.0)
    for _ in range(4):
        for total, parts in case.sums:
            least[total] = max(least[total], sum(least[part] for part in parts))
            present = [part for part in parts if least[part]]
            if len(present) == 1:
                least[present[0]] = max(least[present[0]], least[total])
    return np.array([least[key] for key in unknown])


def _rates_known(
    case: Bed, released: pd.DataFrame, keys: list, value: str, unknown: list, known: dict, high: np.ndarray
) -> int:
    """Hidden groups that are surely at 0 or 100%, although no shown group that holds them all is."""
    rates = dict(zip(keys, released[value], strict=True))
    found = np.zeros(len(unknown), dtype=bool)
    for full in (False, True):
        reach = {
            key: round(n * (100 - rates[key] if full else rates[key]) / 100) if n else 0 for key, n in known.items()
        }
        matrix, rest = _equations(case.sums, reach, unknown)
        low, most = np.zeros(len(unknown)), high.copy()
        _propagate(matrix, rest, low, most)
        said = {key for key in known if reach[key] == 0 and known[key] > 0}
        for _ in range(4):
            said |= {part for total, parts in case.sums if total in said for part in parts}
        found |= (most == 0) & np.array([key not in said for key in unknown], dtype=bool)
    return int(found.sum())


def _differences(case: Bed, known: dict, min_n: int) -> int:
    """Groups under min_n that are a shown total less one shown group that others overlap."""
    return sum(
        0 < known[(*key[:-1], ALL)] - n < min_n
        for key, n in known.items()
        if key[-1] == "english learners" and (*key[:-1], ALL) in known
    )
