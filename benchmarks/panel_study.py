"""Panels: are pooled terms nearer the truth, do intervals hold it, are discoveries real, how long does a state take?

Run by `make bench`, about three minutes. Settings of the pool were chosen on other seeds (7100-7311).
"""

from __future__ import annotations

import os
import platform
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from _dip_beds import SHAPES, Bed, simulated
from _dip_its import textbook
from _dip_rivals import rival, versions

from cbe_lib import dip, simulate

RESULTS = Path(__file__).parent / "results"
SIZES = {30: 20, 200: 4, 1000: 1}
SEEN = ("depth", "trough_year", "recovery_years", "loss", "gain")


def frame_of(bed: Bed) -> pd.DataFrame:
    series, years = bed.values.shape
    return pd.DataFrame(
        {
            "district_id": np.repeat([f"D{number:05d}" for number in range(series)], years),
            "year": np.tile(2000 + bed.event, series),
            "value": bed.values.ravel(),
            "n_tested": bed.tested.ravel(),
            "rollout_year": 2001,
        }
    )


def recovery(rho: float = 0.4) -> pd.DataFrame:
    """Coverage, and error of depth beside ITS, of panels cut from one bed."""
    rows = []
    for shape in SHAPES:
        for size, panels in SIZES.items():
            whole = simulated(size * panels, shape, "standard 7+9", 1000, rho, size="spread")
            for pool in ("none", "empirical-bayes"):
                parts = [_one(whole.part(slice(k * size, (k + 1) * size)), pool) for k in range(panels)]
                mean = pd.concat(parts).mean()
                rows.append({"shape": shape, "districts": size, "panels": panels, "pool": pool, "rho": rho, **mean})
    table = pd.DataFrame(rows)
    table["ratio_to_its"] = np.sqrt(table.pop("squared_error") / table.pop("its_squared_error"))
    return table


def _one(bed: Bed, pool: str) -> pd.DataFrame:
    fitted = dip.fit_panel(frame_of(bed), scale=None, pool=pool).table
    result = {}
    for term in SEEN:
        part, truth = fitted[fitted["term"] == term], bed.truth[term] + (2000 if term == "trough_year" else 0)
        low, high = part["conf_low"].to_numpy(), part["conf_high"].to_numpy()
        known = ~np.isnan(truth)
        result[f"coverage_{term}"] = np.where(known, (low - 1e-9 <= truth) & (truth <= high + 1e-9), np.nan)
    depth = fitted.loc[fitted["term"] == "depth", "estimate"].to_numpy()
    its = textbook(bed.event, bed.values, hac=False).depth
    result["squared_error"] = (depth - bed.truth["depth"]) ** 2
    result["its_squared_error"] = (its - bed.truth["depth"]) ** 2
    return pd.DataFrame(result)


def discoveries() -> pd.DataFrame:
    """Half of 400 districts have a dip: what share of those found at a false discovery rate of 10% have none?"""
    rows = []
    for shape in SHAPES:
        for rho in (0.0, 0.4, 0.7):
            without = frame_of(simulated(200, None, "standard 7+9", 1000, rho))
            with_dip = frame_of(simulated(200, shape, "standard 7+9", 1000, rho))
            both = pd.concat([without.assign(district_id="N" + without["district_id"]), with_dip], ignore_index=True)
            depth = dip.fit_panel(both, scale=None).table.query("term == 'depth'")
            found = depth[depth["q_value"] <= 0.1]
            false = found["district"].str.startswith("N").sum()
            share = false / max(len(found), 1)
            rows.append({"shape": shape, "rho": rho, "found": len(found), "false": false, "false_share": share})
    return pd.DataFrame(rows)


def seconds() -> pd.DataFrame:
    """Time of 13,000 districts x 12 years on one pattern, beside loops of rivals taken up from a few series."""
    outcomes, _ = simulate.outcomes(
        districts=13000, years=range(2006, 2018), rollout=2011, n_tested=(40, 600), base_sd=8, trend_sd=0.3, seed=95001
    )
    values = outcomes["value"].to_numpy().reshape(13000, 12)
    event = np.arange(-4, 8)
    dip.fit_panel(outcomes.head(24 * 12), n_tested="n_tested")
    rows = [
        ("fit_panel, n_tested given", _wall(lambda: dip.fit_panel(outcomes, n_tested="n_tested"))),
        ("fit_panel, no n_tested", _wall(lambda: dip.fit_panel(outcomes))),
        ("fit_panel, pooled, cold test table", _cold(lambda: dip.fit_panel(outcomes, pool="empirical-bayes"))),
        ("statsmodels ITS + HAC(1), loop", 13000 / 300 * _wall(lambda: _statsmodels(event, values[:300]))),
    ]
    one = rival("piecewise-regression", event.astype(float), {"bench": values[:20]})
    if len(one):
        rows.append(("piecewise-regression, 20 bootstraps", 13000 * float(one["seconds"].mean())))
    table = pd.DataFrame(rows, columns=["what", "seconds"])
    return table.assign(ratio=(table["seconds"] / table["seconds"].iloc[0]).round(1))


def _statsmodels(event: np.ndarray, values: np.ndarray) -> None:
    after = (event > 0) * 1.0
    exog = sm.add_constant(np.column_stack([event, after, after * (event - 1)]))
    for series in values:
        sm.OLS(series, exog).fit(cov_type="HAC", cov_kwds={"maxlags": 1}, use_t=True).conf_int()


def _wall(job: object) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def _cold(job: object) -> float:
    """Time a job with an empty folder of test tables."""
    import tempfile

    from cbe_lib.dip.existence import null_table

    with tempfile.TemporaryDirectory() as folder:
        os.environ["CBE_CACHE_DIR"] = folder
        null_table.cache_clear()
        try:
            return _wall(job)
        finally:
            del os.environ["CBE_CACHE_DIR"]


def page(tables: dict[str, pd.DataFrame]) -> str:
    pooled = tables["recovery"].query("pool == 'empirical-bayes' and districts >= 200")
    small = tables["recovery"].query("pool == 'empirical-bayes' and districts == 30")
    names = ("numpy", "scipy", "pandas", "statsmodels")
    head = ", ".join(f"{name} {version(name)}" for name in names)
    times = tables["seconds"].set_index("what")["seconds"]
    worst = tables["discoveries"]["false"].sum() / tables["discoveries"]["found"].sum()
    span = "{:.2f} to {:.2f}, mean {:.2f}"

    def lay(column: str, part: pd.DataFrame) -> str:
        return span.format(part[column].min(), part[column].max(), part[column].mean())

    return "\n".join(
        [
            "# dip.fit_panel: error, coverage, discoveries, time",
            "",
            f"{date.today()}; Python {platform.python_version()}, {head}, "
            f"piecewise-regression {versions()['piecewise-regression']}; {os.cpu_count()} cores.",
            "",
            "| what | reach | measured |",
            "|---|---|---|",
            f"| RMSE of depth / ITS, 200 districts and more | <= .50 | {lay('ratio_to_its', pooled)} |",
            f"| coverage of depth, 200 and more | >= .93 | {lay('coverage_depth', pooled)} |",
            f"| coverage of depth, 30 districts | >= .92 | {lay('coverage_depth', small)} |",
            f"| false share among discoveries at 10% | <= .10 | {worst:.3f} |",
            f"| 13,000 x 12, n_tested given | <= 5 s | {times.iloc[0]:.1f} s |",
            f"| 13,000 x 12, pooled, cold table, q-values | <= 15 s | {times.iloc[2]:.1f} s |",
            "",
            "Shapes: 30% spread of depth between districts, drift 0.3 points a year (SD 0.3), 1,000 students, noise of",
            "1.5 points with autocorrelation .4; seven years before, nine after. Rivals' times are for the same table.",
            "",
            *[f"## {name}\n\n{_markdown(table.round(3))}\n" for name, table in tables.items()],
        ]
    )


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    tables = {"recovery": recovery(), "discoveries": discoveries(), "seconds": seconds()}
    for name, table in tables.items():
        table.round(4).to_csv(RESULTS / f"panel_{name}.csv", index=False)
    (RESULTS / "panel_study.md").write_text(page(tables), encoding="utf-8")
    print(page(tables))


if __name__ == "__main__":
    main()
