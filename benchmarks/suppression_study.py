"""Suppression: what can an attacker still recover, how many further cells does it cost, and how long does it take?

Run by `make bench`, about ten minutes.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from _suppression_attack import ALL, KINDS, Bed, attack, bed
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from cbe_lib import privacy

RESULTS = Path(__file__).parent / "results"
TABLES = 250  # of each kind
EVERY = 10  # every so many tables the attacker solves for exact whole-number bounds
OPTIMA = 60
MIN_N = 10
LOOT = ["by_algebra", "by_bounds", "rates", "narrowed", "by_difference"]


def attacked(kind: str, seed: int) -> dict[str, object]:
    """Suppress one table and attack it, once with complementary cells and once without."""
    case = bed(kind, seed)
    start = time.perf_counter()
    result = privacy.suppress(case.frame, by=case.by, count="n", values=case.values, totals=ALL)
    seconds = time.perf_counter() - start
    few = case.frame["n"].between(1, MIN_N - 1)
    naive = case.frame.astype({"n": "Int64"}).assign(n=lambda frame: frame["n"].mask(few))
    naive[case.values] = naive[case.values].mask(few)
    primary = int((result.hidden["kind"] == "primary").sum())
    return {
        "kind": kind,
        "seed": seed,
        "rows": len(case.frame),
        "primary": primary,
        "complementary": len(result.hidden) - primary,
        "seconds": seconds,
        **vars(attack(case, result.table, exact=seed % EVERY == 0)),
        "naive_recovered": vars(attack(case, naive, exact=False))["by_bounds"],
    }


def attacks(seeds: Iterable[int] = range(TABLES)) -> pd.DataFrame:
    return pd.DataFrame([attacked(kind, seed) for seed in seeds for kind in KINDS])


def optima() -> pd.DataFrame:
    """Complementary cells of small tables beside the fewest that meet the same rule, counts only."""
    rows = []
    for seed in range(OPTIMA):
        case = bed("rows x columns", 5000 + seed)
        small = int(case.frame["n"].between(1, MIN_N - 1).sum())
        if 0 < small <= 6 and len(case.frame) <= 30:
            found = privacy.suppress(case.frame, by=case.by, count="n", totals=ALL).hidden
            ours = int((found["kind"] == "complementary").sum())
            rows.append((seed, len(case.frame), small, ours, fewest(case)))
    return pd.DataFrame(rows, columns=["seed", "rows", "primary", "ours", "fewest"])


def fewest(case: Bed) -> int:
    """Solve for the fewest further cells, all small groups at once (Fischetti and Salazar, 2001)."""
    keys = list(map(tuple, case.frame[case.by].to_numpy()))
    place, count = {key: number for number, key in enumerate(keys)}, case.frame["n"].to_numpy(dtype=float)
    sums = np.zeros((len(case.sums), len(keys)))
    for line, (total, parts) in enumerate(case.sums):
        sums[line, place[total]] -= 1
        sums[line, [place[part] for part in parts]] += 1
    least = _least(case, place, count)
    small = np.flatnonzero((count > 0) & (count < MIN_N))
    goals = [(p, step) for p in small for step in (least[p] - count[p], MIN_N - 1 - count[p]) if step]
    return _solved(sums, count - least, count > 0, small, goals)


def _least(case: Bed, place: dict, count: np.ndarray) -> np.ndarray:
    least = np.minimum(count, 1.0)
    for _ in range(3):
        for total, parts in case.sums:
            least[place[total]] = max(least[place[total]], sum(least[place[part]] for part in parts))
            present = [place[part] for part in parts if least[place[part]]]
            if len(present) == 1:
                least[present[0]] = max(least[present[0]], least[place[total]])
    return least


def _solved(sums: np.ndarray, room: np.ndarray, hideable: np.ndarray, small: np.ndarray, goals: list) -> int:
    """Columns: whether each cell is hidden, then for each goal a move of all cells that meets it."""
    size, far = len(room), 60.0
    total = size * (1 + len(goals))
    low, high = np.concatenate([np.zeros(size), np.full(total - size, -far)]), np.full(total, far)
    low[small], high[:size] = 1, hideable
    rows, limits = [], []
    for number, (cell, step) in enumerate(goals):
        start = size * (1 + number)
        low[start + cell] = high[start + cell] = step
        block = lil_array((len(sums) + 2 * size, total))
        block[: len(sums), start : start + size] = sums
        each = np.arange(size)
        block[len(sums) + each, start + each], block[len(sums) + each, each] = 1, -far
        block[len(sums) + size + each, start + each] = 1
        block[len(sums) + size + each, each] = np.minimum(room, far)
        rows.append(block.tocsr())
        zero = np.zeros(len(sums))
        limits.append((np.concatenate([zero, np.full(size, -np.inf), np.zeros(size)]), zero))
    constraints = [
        LinearConstraint(block, low_end, np.concatenate([zero, np.zeros(size), np.full(size, np.inf)]))
        for block, (low_end, zero) in zip(rows, limits, strict=True)
    ]
    cost = np.concatenate([np.ones(size), np.zeros(total - size)])
    integral = np.concatenate([np.ones(size), np.zeros(total - size)])
    found = milp(cost, integrality=integral, bounds=Bounds(low, high), constraints=constraints)
    return round(found.fun) - len(small)


def seconds() -> pd.DataFrame:
    """Time tables of 50 rows and 20 columns with their totals, from few small groups to most."""
    rows = []
    for mean in (10, 20, 50, 100):
        rng = np.random.default_rng(mean)
        counts = rng.negative_binomial(1.5, 1.5 / (1.5 + mean), (50, 20))
        inner = pd.DataFrame(counts).assign(all=counts.sum(axis=1))
        inner.loc["all"] = inner.sum()
        frame = inner.rename_axis(index="row", columns="column").stack().rename("n").reset_index()
        reach = rng.binomial(frame["n"].to_numpy(), 0.5) / frame["n"].clip(lower=1)
        frame["value"] = (100 * reach).round(1)
        for values in ([], ["value"]):
            start, work = time.perf_counter(), time.process_time()
            found = privacy.suppress(frame, by=["row", "column"], count="n", values=values, totals=ALL)
            small = int((found.hidden["kind"] == "primary").sum())
            times = round(time.perf_counter() - start, 2), round(time.process_time() - work, 2)
            rows.append((mean, bool(values), small, len(found.hidden) - small, *times))
    columns = ["mean_count", "rates", "primary", "complementary", "seconds", "processor_seconds"]
    return pd.DataFrame(rows, columns=columns)


def page(found: pd.DataFrame, best: pd.DataFrame, times: pd.DataFrame) -> str:
    """Lay the figures out beside what was to be reached."""
    sums = found.groupby("kind", sort=False)[
        ["rows", "primary", "complementary", "hidden", *LOOT, "naive_recovered"]
    ].sum()
    gap = best["ours"].sum() / best["fewest"].sum()
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    return "\n".join(
        [
            "# privacy.suppress against an attacker",
            "",
            f"{date.today()}; Python {platform.python_version()}, {packages}.",
            "",
            "| what | reach | measured |",
            "|---|---|---|",
            f"| hidden cells recovered, {len(found)} tables | 0 of {found['hidden'].sum()} | "
            f"{found[['by_algebra', 'by_bounds', 'rates', 'by_difference']].sum().sum()} |",
            f"| small groups narrowed beyond the rule | 0 | {found['narrowed'].sum()} |",
            f"| recovered where small groups alone are hidden | - | {found['naive_recovered'].sum()} |",
            f"| further cells, against the fewest possible in {len(best)} small tables | - | {gap:.2f} times |",
            f"| 50 x 20 table, slowest | <= 2 s | {times['processor_seconds'].max()} s of one processor |",
            "",
            "The attacker (`_suppression_attack.py`) knows the table, its sums and that zeros are shown, and",
            "shares no code with the library: null space of all sums; bounds by propagation, and in every tenth table",
            "exact ones by integer programming; rates that must be 0 or 100%; subtraction of overlapping groups.",
            "",
            "## Attacks\n",
            _markdown(sums.reset_index()) + "\n",
            "## Small tables: further cells, ours and fewest\n",
            _markdown(best.groupby("primary", as_index=False)[["ours", "fewest"]].sum()) + "\n",
            "## Seconds, 50 x 20\n",
            _markdown(times) + "\n",
        ]
    )


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def write(found: pd.DataFrame, best: pd.DataFrame, times: pd.DataFrame) -> None:
    """Keep the tables of one run."""
    found.drop(columns="seconds").to_csv(RESULTS / "suppression_attacks.csv", index=False)
    best.to_csv(RESULTS / "suppression_fewest.csv", index=False)
    times.to_csv(RESULTS / "suppression_seconds.csv", index=False)
    (RESULTS / "suppression_study.md").write_text(page(found, best, times), encoding="utf-8")
    print(page(found, best, times))


def main() -> None:
    times = seconds()
    write(attacks(), optima(), times)


if __name__ == "__main__":
    main()
