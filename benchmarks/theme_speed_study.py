"""How long does each theme analysis take on the sample state, and on a state a hundred times larger?

    OMP_NUM_THREADS=1 python benchmarks/theme_speed_study.py [--times 100]

Processor seconds, so that a busy machine changes little. Reach: 1 second, and 15 seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from datetime import date
from pathlib import Path

import pandas as pd

from cbe_lib import samples, simulate
from cbe_lib.errors import CbeError

sys.path.insert(0, str(Path(__file__).parents[1]))
RESULTS = Path(__file__).parent / "results"
REACH = {"sample": 1.0, "large": 15.0}
OF_OTHER_TABLES = {"agency.coherence"}  # its ratings are not those of the state


def one_district(tables):
    """Give the tables of the first adopter, for analyses that are about one district."""
    first = tables["rollout"]["district_id"].iloc[0]
    return {
        name: frame[frame["district_id"] == first] if "district_id" in frame else frame
        for name, frame in tables.items()
    }


def seconds(function, tables):
    """Return processor seconds and a word on what was measured."""
    started = time.process_time()
    try:
        function(**tables)
    except CbeError as refused:
        return float("nan"), str(refused)[:60]
    return time.process_time() - started, ""


def measured(tables, size):
    """Time every analysis on these tables; a row for each."""
    from tests.themes.every_analysis import analyses

    rows = []
    for name, function, given in analyses():
        if name in OF_OTHER_TABLES:
            continue
        took, note = seconds(function, {each: tables[table] for each, table in given.items()})
        if note:
            alone = one_district(tables)
            took, _ = seconds(function, {each: alone[table] for each, table in given.items()})
            note = "one district: " + note
        rows.append((name, size, took, note))
        print(name, size, round(took, 2), note, flush=True)
    return pd.DataFrame(rows, columns=["analysis", "size", "seconds", "note"])


def main():
    """Measure and write."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--times", type=int, default=100)
    times = asked.parse_args().times
    small = samples.state()
    measured(small, "first call")  # loads packages
    rows = measured(small, "sample")
    large, _ = simulate.state(districts=36 * times)
    rows = pd.concat([rows, measured(large, "large")])
    rows["met"] = rows["seconds"] <= rows["size"].map(REACH)
    rows.round(3).to_csv(RESULTS / "theme_seconds.csv", index=False, lineterminator="\n")
    by = rows.pivot(index="analysis", columns="size", values="seconds").round(2)
    lines = [
        "# Processor seconds of each theme analysis",
        "",
        f"{date.today()}; Python {platform.python_version()}, pandas {pd.__version__}; {os.cpu_count()} cores. "
        f"Sample state of 36 districts (at most 1 s) and {times} times as many (at most 15 s): "
        f"{int(rows['met'].sum())} of {len(rows)} within reach.",
        "",
        "| analysis | sample | large |",
        "| --- | --- | --- |",
        *(f"| {name} | {row['sample']} | {row['large']} |" for name, row in by.iterrows()),
        "",
    ]
    (RESULTS / "theme_seconds.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
