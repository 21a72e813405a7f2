"""The sample state: does a plain analysis recover each planted mechanism, and leave each planted zero alone?

Run by `make bench`, about three minutes for 200 states.
"""

from __future__ import annotations

import platform
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from _state_analyses import ANALYSES, prepared
from scipy.stats import t as student

from cbe_lib import simulate

RESULTS = Path(__file__).parent / "results"
FIRST_SEED, STATES = 1000, 200
LARGE = 3600


def studied(states: int = STATES) -> pd.DataFrame:
    """Run every analysis on every state; `held`: the interval holds the size, `found`: it does not hold 0."""
    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + states):
        tables, truth = simulate.state(seed=seed)
        ready = {**tables, **prepared(tables), "jump": truth.stories.query("story == 'bare_plan'")}
        sizes = truth.mechanisms.set_index("mechanism")["size"]
        for name, analysis in ANALYSES.items():
            answer = analysis(ready)
            reach = student.ppf(0.975, answer.df) * answer.error
            held, found = abs(answer.estimate - sizes[name]) <= reach, abs(answer.estimate) > reach
            known = np.isfinite(answer.error)
            rows.append((name, sizes[name], answer.estimate, *((held, found) if known else (np.nan, np.nan))))
    return pd.DataFrame(rows, columns=["mechanism", "size", "estimate", "held", "found"])


def summary(each: pd.DataFrame) -> pd.DataFrame:
    """Mean estimate, its standard error over states, coverage, and how often an effect is found."""
    by = each.astype({"held": float, "found": float}).groupby("mechanism", sort=False)
    frame = by[["size", "estimate", "held", "found"]].mean()
    frame.insert(2, "mc_error", by["estimate"].std() / np.sqrt(by["estimate"].size()))
    frame.insert(2, "spread", by["estimate"].std())
    return frame.reset_index()


def seconds() -> dict[str, float]:
    """Time one state of the ordinary size (best of five) and one a hundred times larger."""
    times = []
    for seed in range(5):
        start = time.perf_counter()
        simulate.state(seed=seed)
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    simulate.state(LARGE)
    return {"36 districts": min(times), f"{LARGE} districts": time.perf_counter() - start}


def page(found: pd.DataFrame, times: dict[str, float], states: int) -> str:
    """Lay the figures out beside what was to be reached."""
    real, zero = found[found["size"] != 0], found[found["size"] == 0]
    lines = [
        "# simulate.state: are the stated sizes what a plain analysis finds?",
        "",
        f"{date.today()}; Python {platform.python_version()}; {states} states, seeds from {FIRST_SEED}.",
        "",
        "| what | reach | measured |",
        "|---|---|---|",
        f"| 95% intervals hold the planted size, mean over mechanisms | >= .93 | {found['held'].mean():.3f} |",
        f"| lowest | | {found['held'].min():.3f} ({found.loc[found['held'].idxmin(), 'mechanism']}) |",
        f"| planted zeros found to be an effect, mean | <= .07 | {zero['found'].mean():.3f} |",
        f"| highest | | {zero['found'].max():.3f} ({zero.loc[zero['found'].idxmax(), 'mechanism']}) |",
        f"| planted effects found, mean and lowest | | {real['found'].mean():.2f}, {real['found'].min():.2f} |",
        *(
            f"| seconds for one state, {name} | {reach} | {value:.2f} |"
            for (name, value), reach in zip(times.items(), ("<= 0.5", "<= 30"), strict=True)
        ),
        "",
        "Intervals are those that statsmodels prints for the model in `how` (truth/state.csv). The three variances are",
        "estimated by nested analysis of variance, for bias only. `spread` is the standard deviation of the estimate",
        "over states, `mc_error` that of its mean.",
        "",
        _markdown(found.round(4)),
        "",
    ]
    return "\n".join(lines)


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main(states: int = STATES) -> None:
    found, times = summary(studied(states)), seconds()
    found.round(5).to_csv(RESULTS / "state_recovery.csv", index=False)
    (RESULTS / "state_study.md").write_text(page(found, times, states), encoding="utf-8")
    print(page(found, times, states))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
