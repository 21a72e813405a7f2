"""Does `cbe fit` take time in proportion, stay within memory, and end with the same bytes though it is killed?

    python benchmarks/scale_study.py                sizes, kills and cluster; about five minutes
    python benchmarks/scale_study.py sizes --large  also 300,000 series; two more minutes with nothing else running
    python benchmarks/scale_study.py kills          one part of it

Writes results/scale_sizes.csv, scale_kills.csv, scale_cluster.csv and scale_study.md; parts that were not asked for
keep what an earlier run found, each with its own date.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from cbe_lib import simulate
from cbe_lib.scale import parts

RESULTS = Path(__file__).parent / "results"
BLOCK, YEARS = 3000, range(2008, 2020)
TINY, SIZES, LARGE = 2, (3_000, 30_000), 300_000
KILLED, KILLS, SEED = 30_000, 5, 9100
WORKERS = 2
# More than one part: the workers start too, all at once, after the process that was typed.
STARTS = {"seconds": 2, "processor_seconds": 1 + WORKERS}


def outcomes_file(series: int, folder: Path) -> Path:
    """Write series of 12 years, in blocks that differ by noise, as one CSV."""
    file = folder / f"{series}.csv"
    if file.exists():
        return file
    count = min(series, BLOCK)
    block, _ = simulate.outcomes(count, rollout=2014, years=YEARS, n_tested=(40, 4000), base_sd=8, seed=1)
    rng = np.random.default_rng(SEED)
    for number in range(max(1, series // BLOCK)):
        value = (block["value"] + rng.normal(0, 1.5, len(block))).clip(0.1, 99.9).round(2)
        copy = block.assign(value=value, district_id=f"{number:04d}-" + block["district_id"].astype(str))
        columns = ["district_id", "year", "value", "n_tested", "rollout_year"]
        copy[columns].to_csv(file, mode="a", header=number == 0, index=False)
    return file


def command(file: Path, out: Path, *more: str) -> list[str]:
    words = [sys.executable, "-m", "cbe_lib.cli", "fit", str(file), "--out", str(out), "--n-tested", "n_tested"]
    return [*words, "--quiet", *(more or ("--workers", str(WORKERS)))]


def measured(words: list[str]) -> dict[str, float]:
    """Run a command; return its seconds, processor seconds and peak memory, processes that it starts included."""
    start, peak, used = time.perf_counter(), 0.0, {}
    running = psutil.Popen(words)
    while running.poll() is None:
        peak = max(peak, _look(running, used))
        time.sleep(0.1)
    if running.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {running.returncode}")
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "processor_seconds": sum(used.values()), "peak_mb": peak / 1e6}


def _look(running: psutil.Popen, used: dict[int, float]) -> float:
    """Note the processor time of every process of the tree; return their memory, with shared pages counted in each."""
    memory = 0
    try:
        tree = [running, *running.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in tree:
        try:
            used[process.pid] = sum(process.cpu_times()[:2])
            memory += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return memory


def sizes(folder: Path, large: bool) -> pd.DataFrame:
    """Time and memory of the whole command, by number of series; the tiny one is what starting costs."""
    rows = []
    for series in (TINY, *SIZES, *((LARGE,) if large else ())):
        file, out = outcomes_file(series, folder), folder / f"sized-{series}"
        load = os.getloadavg()[0]
        row = {"series": series, "workers": WORKERS, **measured(command(file, out)), "load_before": load}
        rows.append({**row, "date": date.today()})
        print(rows[-1], flush=True)
    return _with_earlier(pd.DataFrame(rows), "sizes")


def _with_earlier(rows: pd.DataFrame, part: str) -> pd.DataFrame:
    """Keep the sizes that were not measured this time."""
    file = RESULTS / f"scale_{part}.csv"
    earlier = pd.read_csv(file) if file.exists() else rows.iloc[:0]
    left = earlier[~earlier["series"].isin(rows["series"])]
    return pd.concat([each for each in (rows, left) if len(each)]).sort_values("series", ignore_index=True)


def kills(folder: Path, _large: bool) -> pd.DataFrame:
    """Kill a run and all its processes at random moments, go on, and compare every byte with an undisturbed run."""
    file = outcomes_file(KILLED, folder)
    seconds = measured(command(file, folder / "undisturbed"))["seconds"]
    expected = digests(folder / "undisturbed")
    rows = []
    for number, moment in enumerate(np.random.default_rng(SEED).uniform(0.05, 0.95, KILLS)):
        out = folder / f"killed-{number}"
        row = {"kill": number + 1, "killed_after_s": moment * seconds, "undisturbed_s": seconds}
        row["parts_done"] = _killed(command(file, out), out, moment * seconds)
        row["left_running"] = _left_running(out)
        row["rest_s"] = measured(command(file, out))["seconds"]
        row |= {"files": len(expected), "identical": digests(out) == expected, "date": date.today()}
        rows.append(row)
        print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def _killed(words: list[str], out: Path, moment: float) -> int:
    """Kill the process that was started, and it alone, after `moment` seconds; return how many parts it had done."""
    running = subprocess.Popen(words)
    time.sleep(moment)
    running.send_signal(signal.SIGKILL)
    running.wait()
    return len(list((out / "_work" / "terms").glob("part-*.parquet")))


def _left_running(out: Path) -> int:
    """Count processes of a killed run that are still there after two seconds."""
    time.sleep(2)
    mine = [each for each in psutil.process_iter(["cmdline"]) if "spawn_main" in " ".join(each.info["cmdline"] or ())]
    return sum(each.ppid() == 1 and each.cwd() == os.getcwd() for each in mine)


def cluster(folder: Path, _large: bool) -> pd.DataFrame:
    """Kill one of two workers of a Dask cluster once the first part is done; compare every byte."""
    from dask.distributed import LocalCluster

    file, out = outcomes_file(KILLED, folder), folder / "cluster"
    if not (folder / "undisturbed").exists():
        measured(command(file, folder / "undisturbed"))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as two:
        start = time.perf_counter()
        running = subprocess.Popen(command(file, out, "--dask", two.scheduler_address))
        while not (done := len(list((out / "_work" / "terms").glob("part-*.parquet")))):
            time.sleep(0.02)
        os.kill(next(iter(two.workers.values())).process.pid, signal.SIGKILL)
        status, seconds = running.wait(), time.perf_counter() - start
    same = digests(out) == digests(folder / "undisturbed")
    row = {"workers": 2, "killed": 1, "parts_done_at_kill": done, "exit_status": status, "seconds": seconds}
    return pd.DataFrame([{**row, "identical": same, "date": date.today()}])


def digests(out: Path) -> dict[str, str]:
    """Digest of every file of a finished run, hidden and left-over ones included."""
    files = sorted(each for each in out.rglob("*") if each.is_file())
    return {str(each.relative_to(out)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


PARTS: dict[str, Callable[[Path, bool], pd.DataFrame]] = {"sizes": sizes, "kills": kills, "cluster": cluster}


def slope(table: pd.DataFrame, column: str, start: float) -> str:
    """Log-log slope over the series that count, after taking off what starting costs."""
    sized = table[table["series"] > TINY]
    starting = start * np.where(sized["series"] * len(YEARS) > parts.ROWS_PER_PART, STARTS[column], 1)
    line = np.polyfit(np.log(sized["series"]), np.log(sized[column] - starting), 1)
    return f"{line[0]:.2f}"


def page() -> str:
    """Lay out the three tables beside what was to be reached."""
    found = {part: pd.read_csv(RESULTS / f"scale_{part}.csv") for part in PARTS}
    table = found["sizes"].set_index("series")
    start = table.loc[TINY]
    biggest = table.index.max()
    all_sizes = found["sizes"]
    of_large = (
        f"{table.loc[LARGE, 'seconds']:.0f} s, {table.loc[LARGE, 'peak_mb']:,.0f} MB" if LARGE in table.index else ""
    )
    slopes = [slope(all_sizes, each, first) for each in ("seconds", "processor_seconds") for first in (0, start[each])]
    beyond = (table.loc[biggest, "processor_seconds"] - (1 + WORKERS) * start["processor_seconds"]) / biggest
    lines = [
        "# cbe fit: time, memory and killed runs",
        "",
        f"{date.today()}; {machine()}; {versions()}.",
        "",
        "| what | reach | measured |",
        "|---|---|---|",
        f"| 300,000 series x 12 years, {WORKERS} workers | <= 180 s, < 1,500 MB | {of_large or 'not run: --large'} |",
        f"| log-log slope of seconds, {SIZES[0]:,} to {biggest:,}, starting included | - | {slopes[0]} |",
        f"| the same, starting ({start['seconds']:.1f} s) taken off | .95-1.05 | {slopes[1]} |",
        f"| log-log slope of processor seconds, starting included | - | {slopes[2]} |",
        f"| the same, starting ({start['processor_seconds']:.1f} s) taken off | .95-1.05 | {slopes[3]} |",
        f"| processor time of one series at {biggest:,} | - | {1000 * beyond:.2f} ms |",
        f"| killed at random points, gone on, identical | {KILLS} of {KILLS} | "
        f"{found['kills']['identical'].sum()} of {len(found['kills'])} |",
        f"| one of two Dask workers killed, identical | yes | {_word(found['cluster']['identical'].all())} |",
        "",
        "Sizes: the whole command, from the shell and back; memory is that of all its processes together, shared pages",
        f"counted in each. {TINY} series tell what starting costs a process: importing the library and a first fit.",
        "Up to 10,000 series of 12 years are one part, done in that process. With more, the workers start as well, and",
        "their start is taken off too. The bed is clean and has one pattern of years. Kills: the process that was",
        "started gets SIGKILL, and nothing else does; `left_running` counts its workers two seconds later.",
        "`load_before`: how many processes wanted a processor in the minute before.",
        "",
    ]
    for part, each in found.items():
        lines += [f"## {part.capitalize()}", "", markdown(each.round(2)), ""]
    return "\n".join(lines)


def _word(yes: bool) -> str:
    return "yes" if yes else "NO"


def machine() -> str:
    """Say how large this machine is."""
    return f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB of memory, {platform.system()}"


def versions() -> str:
    """Name Python and the libraries that the time depends on, with their versions."""
    names = ("cbe-lib", "numpy", "scipy", "pandas", "pyarrow", "distributed")
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)])


def markdown(table: pd.DataFrame) -> str:
    rows = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    asked.add_argument("--large", action="store_true", help=f"also {LARGE:,} series")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for part in given.parts or PARTS:
            PARTS[part](Path(folder), given.large).round(3).to_csv(RESULTS / f"scale_{part}.csv", index=False)
    (RESULTS / "scale_study.md").write_text(page(), encoding="utf-8")
    print(page())


if __name__ == "__main__":
    main()
