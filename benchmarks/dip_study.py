"""How often is `dip.fit` right, beside the textbook and the breakpoint tools? One series at a time.

    python benchmarks/dip_study.py [--quick]

Writes results/dip_*.csv and results/dip_study.md, which says how to read it. The simulated series use seeds that no
setting of cbe_lib was chosen on. Rivals run in another environment, so that their pins do not bind this one:

    uv venv peers && uv pip install --python peers/bin/python piecewise-regression pwlf causalpy
    CBE_PEERS_PYTHON=peers/bin/python python benchmarks/dip_study.py

A rival that is not installed is named as missing in the tables.
"""

from __future__ import annotations

import argparse
import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from _dip_beds import DESIGNS, SHAPES, Bed, michigan, simulated
from _dip_its import Textbook, design, textbook
from _dip_ours import Answers, answers, one_by_one, p_values
from _dip_page import page
from _dip_rivals import rival, versions

from cbe_lib.dip.outcome import TERMS

RESULTS = Path(__file__).parent / "results"
RHOS, STUDENTS, NOISES = (0.0, 0.4, 0.7), (200, 1000, 5000), ("normal", "t4", "outlier")
STANDARD = "standard 7+9"
ERROR_SHAPES = ("V", "ricker", "step", "vslow", "ricklogit")


def false_alarms(series: int) -> pd.DataFrame:
    """Share of series without any effect in which each test finds one at 5%."""
    rows = []
    for years, noise, n, rho in product(DESIGNS, NOISES, STUDENTS, RHOS):
        bed = simulated(series, None, years, n, rho, noise=noise)
        found = {
            "dip.fit": p_values(bed),
            "ITS": textbook(bed.event, bed.values, hac=False).p_value,
            "ITS+HAC(1)": textbook(bed.event, bed.values, hac=True).p_value,
        }
        cell = {"design": years, "noise": noise, "n": n, "rho": rho, "series": series}
        rows += [{**cell, "tool": tool, "share": float((p < 0.05).mean())} for tool, p in found.items()]
    return pd.DataFrame(rows)


def power(series: int) -> pd.DataFrame:
    """Share of dips of a given depth that are found at 5%; ITS at the threshold that is right for each cell."""
    rows = []
    for years, rho in product(DESIGNS, RHOS):
        still = simulated(series, None, years, 1000, rho, size="power")
        threshold = np.quantile(textbook(still.event, still.values, hac=False).p_value, 0.05)
        for shape, depth in product(SHAPES, (3.0, 6.0, 10.0)):
            bed = simulated(series, shape, years, 1000, rho, size=depth)
            cell = {"design": years, "shape": shape, "depth": depth, "rho": rho, "series": series}
            its = textbook(bed.event, bed.values, hac=False).p_value
            rows.append({**cell, "tool": "dip.fit", "share": float((p_values(bed) < 0.05).mean())})
            rows.append({**cell, "tool": "ITS, threshold corrected", "share": float((its < threshold).mean())})
    return pd.DataFrame(rows)


def coverage(series: int) -> pd.DataFrame:
    """Share of 95% intervals that hold the truth, their median width, and the error of each term."""
    rows = []
    for size, years, shape, rho in product(("own", "drawn"), DESIGNS, SHAPES, RHOS):
        cell = {"size": size, "design": years, "shape": shape, "n": 1000, "rho": rho}
        bed = simulated(series, shape, years, 1000, rho, size=size)
        rows += _graded(cell, "dip.fit", bed, answers(bed))
        for hac, tool in ((False, "ITS"), (True, "ITS+HAC(1)")):
            rows += _graded(cell, tool, bed, _as_answers(textbook(bed.event, bed.values, hac)))
    for n, shape, rho in product((40, 100, 300, 1000), SHAPES, (0.4, 0.7)):
        cell = {"size": "drawn, by students", "design": STANDARD, "shape": shape, "n": n, "rho": rho}
        bed = simulated(series, shape, STANDARD, n, rho, size="drawn")
        for tested in (False, True):
            rows += _graded(cell, "dip.fit" + " + n_tested" * tested, bed, answers(bed, tested=tested))
        rows += _graded(cell, "ITS", bed, _as_answers(textbook(bed.event, bed.values, hac=False)))
    return pd.DataFrame(rows)


def _as_answers(fit: Textbook) -> Answers:
    return Answers(
        {"depth": fit.depth, "gain": fit.gain, "loss": fit.loss},
        {"depth": fit.depth_low, "gain": fit.gain_low},
        {"depth": fit.depth_high, "gain": fit.gain_high},
    )


def _graded(cell: dict, tool: str, bed: Bed, found: Answers) -> list[dict]:
    rows = []
    for term in (term for term in TERMS if term in found.estimate):
        truth = bed.truth[term]
        known = ~np.isnan(truth)
        row = {**cell, "tool": tool, "term": term, "series": int(known.sum())}
        if term in found.low:
            low, high = found.low[term], found.high[term]
            row["coverage"] = float(((low - 1e-9 <= truth) & (truth <= high + 1e-9))[known].mean())
            open_ended = np.isinf(high)
            row["width"] = float(np.median(np.where(open_ended, np.inf, high - np.where(open_ended, 0, low))))
        if term in ("depth", "loss", "gain"):
            error = found.estimate[term] - truth
            row |= {"bias": float(error.mean()), "rmse": float(np.sqrt((error**2).mean()))}
        rows.append(row)
    return rows


def depth_errors(series: int, few: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Error of depth per shape: ours and ITS on all series, rivals on the first few; and all rivals' runs."""
    beds = {shape: simulated(series, shape, STANDARD, 1000, 0.4, size="spread") for shape in ERROR_SHAPES}
    ours = {shape: answers(bed).estimate["depth"] for shape, bed in beds.items()}
    its = {shape: textbook(bed.event, bed.values, hac=False).depth for shape, bed in beds.items()}
    cells = {shape: bed.values[:few] for shape, bed in beds.items()}
    event = beds["V"].event
    runs = [rival(tool, event, cells).assign(tool=tool) for tool in ("piecewise-regression", "pwlf", "CausalPy")]
    rows = []
    for shape, bed in beds.items():
        every = np.arange(series)
        rows.append(_compared(shape, "ITS", every, its[shape], ours[shape], its[shape], bed.truth["depth"]))
        for run in runs:
            part = run[run["cell"] == shape]
            worked = part[part["error"] == ""]
            at = worked["series"].to_numpy(int)
            if len(part):
                row = _compared(
                    shape, part["tool"].iloc[0], at, worked["depth"], ours[shape], its[shape], bed.truth["depth"]
                )
                rows.append({**row, "failed": len(part) - len(worked)})
    return pd.DataFrame(rows), pd.concat(runs)


def _compared(
    shape: str, tool: str, at: np.ndarray, depth: object, ours: np.ndarray, its: np.ndarray, truth: np.ndarray
) -> dict:
    off = np.abs(np.asarray(depth, float) - truth[at])
    errors = {"tool": off, "ours": np.abs(ours - truth)[at], "its": np.abs(its - truth)[at]}
    rmse = {f"rmse_{name}": float(np.sqrt((error**2).mean())) for name, error in errors.items()}
    medians = {f"median_error_{name}": float(np.median(errors[name])) for name in ("tool", "ours")}
    return {"shape": shape, "tool": tool, "series": len(at), "failed": 0, **rmse, **medians}


def rival_alarms(few: int) -> pd.DataFrame:
    """False alarms of the rivals' own tests beside ours, on the same series of the standard design."""
    cells = {rho: simulated(few, None, STANDARD, 1000, rho) for rho in RHOS}
    named = {f"rho{rho}": bed.values for rho, bed in cells.items()}
    rows = [
        {"tool": "dip.fit", "rho": rho, "share": float((p_values(bed) < 0.05).mean()), "series": few, "failed": 0}
        for rho, bed in cells.items()
    ]
    for tool in ("davies", "CausalPy"):
        for cell, part in rival(tool, cells[0.0].event, named).groupby("cell"):
            worked = part[part["error"] == ""]
            row = {"tool": tool, "rho": float(str(cell)[3:]), "share": float(worked["found"].mean())}
            rows.append({**row, "series": len(worked), "failed": len(part) - len(worked)})
    return pd.DataFrame(rows)


def michigan_rows() -> pd.DataFrame:
    """Size and coverage on Michigan districts, three years before and four after, with and without statewide years."""
    rows = []
    for column, shocks in product(("math4", "math7"), (True, False)):
        bed = michigan(column, 1995, None, shocks)
        cell = {"results": column, "statewide years": "kept" if shocks else "taken out"}
        for tool, p in (
            ("dip.fit", p_values(bed)),
            ("ITS", textbook(bed.event, bed.values, hac=False).p_value),
            ("ITS+HAC(1)", textbook(bed.event, bed.values, hac=True).p_value),
        ):
            share = float((p < 0.05).mean())
            rows.append({**cell, "tool": tool, "measure": "false alarms", "value": share, "series": len(p)})
        for shape in SHAPES:
            rows += [{**cell, **row} for row in _michigan_planted(michigan(column, 1995, shape, shocks), shape)]
    return pd.DataFrame(rows)


def _michigan_planted(planted: Bed, shape: str) -> list[dict]:
    bed = planted.part(np.flatnonzero((planted.values.min(axis=1) >= 0) & (planted.values.max(axis=1) <= 100)))
    graded = [
        *_graded({}, "dip.fit", bed, answers(bed)),
        *_graded({}, "dip.fit + n_tested", bed, answers(bed, tested=True)),
        *_graded({}, "ITS", bed, _as_answers(textbook(bed.event, bed.values, hac=False))),
    ]
    return [
        {
            "tool": row["tool"],
            "shape": shape,
            "measure": f"{row['term']} {kind}",
            "value": row[kind],
            "series": row["series"],
        }
        for row in graded
        for kind in ("coverage", "width", "bias", "rmse")
        if row["term"] in ("depth", "loss", "gain") and kind in row
    ]


def seconds(runs: pd.DataFrame, rounds: int) -> pd.DataFrame:
    """Seconds a series of each tool, and how far the batch of this study lies from `dip.fit` itself."""
    bed = simulated(1000, "V", STANDARD, 1000, 0.4)
    few = bed.part(slice(rounds))
    one_by_one(few)
    start = time.perf_counter()
    single, single_p = one_by_one(few)
    spent = {"dip.fit, one call a series": (time.perf_counter() - start) / rounds}
    answers(bed)
    start = time.perf_counter()
    batch = answers(bed)
    spent["fit_panel, 1,000 series at once"] = (time.perf_counter() - start) / 1000
    start = time.perf_counter()
    batch_p = p_values(bed)
    spent["existence test alone, 1,000 series at once"] = (time.perf_counter() - start) / 1000
    start = time.perf_counter()
    hac_p = [_statsmodels_hac(bed.event, values) for values in few.values]
    spent["statsmodels ITS+HAC(1)"] = (time.perf_counter() - start) / rounds
    spent |= runs.groupby("tool")["seconds"].mean().to_dict()
    rows = [{"tool": tool, "measure": "seconds a series", "value": value} for tool, value in spent.items()]
    gaps = {
        "p-value of dip.fit": np.abs(single_p - batch_p[:rounds]).max(),
        "depth of dip.fit": np.abs(single.estimate["depth"] - batch.estimate["depth"][:rounds]).max(),
        "gain of dip.fit": np.abs(single.estimate["gain"] - batch.estimate["gain"][:rounds]).max(),
        "p-value of statsmodels": np.abs(hac_p - textbook(few.event, few.values, hac=True).p_value).max(),
    }
    rows += [{"tool": name, "measure": "largest gap to the batch", "value": gap} for name, gap in gaps.items()]
    return pd.DataFrame(rows)


def _statsmodels_hac(event: np.ndarray, values: np.ndarray) -> float:
    lags = {"maxlags": 1, "use_correction": True}
    fit = sm.OLS(values, design(event)).fit(cov_type="HAC", cov_kwds=lags, use_t=True)
    return float(fit.f_test(np.eye(4)[2:]).pvalue)


def run(quick: bool) -> dict[str, pd.DataFrame]:
    many, some, few = (200, 40, 4) if quick else (4000, 1000, 60)
    start = time.perf_counter()
    tables: dict[str, pd.DataFrame] = {}

    def done(name: str, table: pd.DataFrame) -> None:
        tables[name] = table
        print(f"{name}: {time.perf_counter() - start:.0f} s so far", flush=True)

    done("false_alarms", false_alarms(many))
    done("power", power(some))
    done("coverage", coverage(some))
    done("michigan", michigan_rows())
    errors, runs = depth_errors(20 * few, few)
    done("errors", errors)
    done("rival_alarms", rival_alarms(6 * few))
    done("seconds", seconds(runs, few))
    tables["seconds"].loc[len(tables["seconds"])] = ["this study", "seconds in all", time.perf_counter() - start]
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the series, to see that it runs")
    quick = parser.parse_args().quick
    tables = run(quick)
    text = page(tables, versions())
    print(text)
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        for name, table in tables.items():
            table.to_csv(RESULTS / f"dip_{name}.csv", index=False, float_format="%.4g")
        (RESULTS / "dip_study.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
