"""Other tools on the same series, in an environment of their own:

    PEERS_PYTHON/bin/python _dip_peers.py TOOL SERIES.npz RESULT.csv

SERIES.npz holds `event` and one array (series, years) a cell. RESULT.csv gets cell, series, depth, found, seconds,
error. Depth: how far the fitted curve falls below the continued first segment (or the forecast) on any year after the
rollout. found: Davies' test at 5% (piecewise-regression); the 95% interval of the mean effect without 0 (CausalPy).
The breakpoint tools are not told the rollout year; the others are.
"""

from __future__ import annotations

import csv
import logging
import sys
import time
import warnings

import numpy as np


def below(event: np.ndarray, change: np.ndarray) -> float:
    return float(max(0.0, -change[event > 0].min()))


def piecewise_regression(event: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    from piecewise_regression import Fit

    found = Fit(event, values, n_breakpoints=2, n_boot=20).get_results()
    if not found["converged"]:
        raise RuntimeError("did not converge")
    at = {name: cell["estimate"] for name, cell in found["estimates"].items()}
    bends = [at[f"beta{k}"] * np.maximum(event - at[f"breakpoint{k}"], 0) for k in (1, 2)]
    return below(event, bends[0] + bends[1]), np.nan


def davies(event: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    from piecewise_regression.davies import davies_test

    return np.nan, float(davies_test(event, values) < 0.05)


def pwlf(event: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    from pwlf import PiecewiseLinFit

    model = PiecewiseLinFit(event, values, seed=1)
    breaks = model.fit(3)
    baseline = model.beta[0] + model.beta[1] * (event - breaks[0])
    return below(event, model.predict(event) - baseline), np.nan


def causalpy(event: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    import pandas as pd
    from causalpy import InterruptedTimeSeries
    from sklearn.linear_model import LinearRegression

    frame = pd.DataFrame({"y": values, "t": event}, index=np.arange(len(event)))
    start = int((event <= 0).sum())
    fit = InterruptedTimeSeries(frame, treatment_time=start, formula="y ~ 1 + t", model=LinearRegression())
    impact = np.asarray(fit.post_impact).ravel()
    mean = fit.effect_summary().table.loc["average"]
    return float(max(0.0, -impact.min())), float(not mean["ci_lower"] <= 0 <= mean["ci_upper"])


TOOLS = {"piecewise-regression": piecewise_regression, "davies": davies, "pwlf": pwlf, "CausalPy": causalpy}


def main(tool: str, series: str, result: str) -> None:
    run = TOOLS[tool]
    cells = dict(np.load(series))
    event = cells.pop("event").astype(float)
    run(event, next(iter(cells.values()))[0])  # so that imports are not timed
    with open(result, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["cell", "series", "depth", "found", "seconds", "error"])
        for cell, rows in cells.items():
            for number, values in enumerate(rows):
                start, error = time.perf_counter(), ""
                depth = found = np.nan
                try:
                    depth, found = run(event, values)
                except Exception as problem:  # whatever a tool dies of is a result of this study
                    error = f"{type(problem).__name__}: {problem}"[:80]
                writer.writerow([cell, number, depth, found, time.perf_counter() - start, error])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    main(*sys.argv[1:4])
