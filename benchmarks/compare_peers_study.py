"""`dip.compare` beside its peers, on the same pools, in one run.

    OMP_NUM_THREADS=1 python benchmarks/compare_peers_study.py [--quick]

Districts where nothing was rolled out pretend to adopt, each twice: as it is, and with a dip of 6 points planted.
Writes results/compare_peers.csv (one row a bed, tool, size class and measure) and results/compare_peers.md. Peers that
are no dependency of the project run in the Python that the environment variable CBE_PEERS_PYTHON names (pyfixest,
causalpy, pysyncon); without it, in this one. A peer that is not installed says so.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _compare_page import page
from _compare_pools import CLASSES, DEPTH, Pool, beds
from _compare_rivals import TOOLS, claims, versions

RESULTS = Path(__file__).parent / "results"
ALL = "all beds"


def asked(pools_of: dict[str, list[Pool]]) -> pd.DataFrame:
    """Every claim of every tool."""
    start = time.perf_counter()
    tables = []
    for tool in TOOLS:
        tables += [claims(tool, pools).assign(bed=bed) for bed, pools in pools_of.items()]
        print(f"{tool}: {time.perf_counter() - start:.0f} s so far", flush=True)
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


def measures(table: pd.DataFrame) -> pd.DataFrame:
    """Share, ratio or seconds with its standard error, by bed, tool and size class."""
    rows = []
    for bed in (*table["bed"].unique(), ALL):
        of_bed = table if bed == ALL else table[table["bed"] == bed]
        for (tool, number), part in of_bed.groupby(["tool", "size_class"]):
            cells = _measured(part[part["error"] == ""])
            cells["failed"] = (float((part["error"] != "").sum()), np.nan, len(part))
            rows += [(bed, tool, CLASSES[number], measure, *cell) for measure, cell in cells.items()]
    return pd.DataFrame(rows, columns=["bed", "tool", "size_class", "measure", "value", "std_error", "adopters"])


def _measured(part: pd.DataFrame) -> dict[str, tuple[float, float, int]]:
    nothing, planted = part[~part["planted"]], part[part["planted"]]
    held = (planted["low"] <= DEPTH + 1e-9) & (planted["high"] >= DEPTH - 1e-9)
    return {
        "false alarms": _share(nothing["found"]),
        "power": _share(planted["found"]),
        "depth RMSE / DiD": _ratio(planted["depth"] - DEPTH, planted["plain"] - DEPTH),
        "depth coverage": _share(held[planted["high"].notna()]),
        "interval width": (float((planted["high"] - planted["low"]).median()), np.nan, len(planted)),
        "seconds": (float(part["seconds"].median()), np.nan, len(part)),
    }


def _share(found: pd.Series) -> tuple[float, float, int]:
    """Share with the standard error of Agresti and Coull, which is not zero at 0 and 1."""
    if found.empty:
        return np.nan, np.nan, 0
    middle = (found.sum() + 2) / (len(found) + 4)
    return float(found.mean()), float(np.sqrt(middle * (1 - middle) / (len(found) + 4))), len(found)


def _ratio(error: pd.Series, plain: pd.Series) -> tuple[float, float, int]:
    """Ratio of root mean squared errors; standard error by the delta method, the same districts in both."""
    own, other = error**2, plain**2
    ratio = np.sqrt(own.mean() / other.mean())
    spread = (own / own.mean() - other / other.mean()).std()
    return float(ratio), float(ratio / 2 * spread / np.sqrt(len(own))), len(own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one pool a bed, to see that it runs")
    quick = parser.parse_args().quick
    start = time.perf_counter()
    pools_of = {bed: pools[: 1 if quick else None] for bed, pools in beds().items()}
    table = measures(asked(pools_of))
    text = page(table, TOOLS, versions(), time.perf_counter() - start)
    print(text)
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        table.to_csv(RESULTS / "compare_peers.csv", index=False, float_format="%.4g")
        (RESULTS / "compare_peers.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
