"""Own data in: how long does a large file take, how much memory, and does any broken file end in a traceback?

`python benchmarks/ingest_study.py speed` takes about three minutes (most of it to write the workbook), `fuzz` ten.
Every measurement runs in a process of its own, so that a crash is a result and not the end of the study.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks._ingest_fuzz import COLUMNS, cell, mutated, outcome, seeds

RESULTS = Path(__file__).parent / "results"
DISTRICTS, YEARS = 13_334, 15
FUZZ = {"cells": 1500, "csv": 1000, "xlsx": 1000, "parts": 1500, "parquet": 500}
BATCH = 250


def state_file(rows: int = 200_000) -> pd.DataFrame:
    """Invent a state file of 20 columns with 3% of its rates suppressed, coded or footnoted; synthetic."""
    chance = np.random.default_rng(5)
    unit, year = np.divmod(np.arange(DISTRICTS * YEARS)[:rows], YEARS)
    tested = chance.integers(15, 900, rows)
    rate = np.round(100 * chance.binomial(tested, 0.55) / tested, 1).astype(str)
    messy = chance.random(rows) < 0.03
    rate[messy] = chance.choice(["*", ">=95", "<5", "45-49", "61.5*", "N/A"], messy.sum())
    frame = pd.DataFrame(
        {
            "District ID": unit + 100,
            "District Name": [f"Invented {number}" for number in unit],
            "School Year": [f"{2009 + each}-{10 + each:02d}" for each in year],
            "Student Group": "All Students",
            "Subject": "Mathematics",
            "Grade": "8",
            "Number Tested": tested,
            "Pct Proficient": rate,
            "Participation Rate": np.round(chance.uniform(95, 100, rows), 1),
            "Enrollment": chance.integers(900, 1000, rows),
        }
    )
    for number in range(10):
        frame[f"Other {number}"] = (
            np.round(chance.uniform(0, 100, rows), 1) if number % 2 else chance.choice(list("abcdef"), rows)
        )
    return frame


def written(frame: pd.DataFrame, kind: str, folder: Path) -> Path:
    path = folder / f"state.{kind}"
    if kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path, index=False)
    elif kind == "xlsx":
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("Rates")
        sheet.append(list(frame))
        for row in frame.itertuples(index=False, name=None):
            sheet.append(row)
        book.save(path)
    return path


def timed(path: Path) -> dict[str, float]:
    """Read one file and report seconds and the growth of memory; run in a process of its own."""
    import resource

    import psutil

    from cbe_lib import ingest

    importlib.import_module("pandera.pandas")  # a second of import that is no part of reading
    before = psutil.Process().memory_info().rss
    start, work = time.perf_counter(), time.process_time()
    found = ingest.read(path, id_width=6)
    seconds, cpu = time.perf_counter() - start, time.process_time() - work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    return {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak / 2**20, "rows": len(found.frame)}


def speed() -> pd.DataFrame:
    frame = state_file()
    in_memory = frame.astype("str").memory_usage(deep=True).sum() / 2**20
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("csv", "parquet", "xlsx"):
            path = written(frame, kind, Path(folder))
            runs = [child("timed", str(path)) for _ in range(3)]
            best = min(runs, key=lambda run: run["seconds"])
            rows.append({"file": kind, **best, "text_in_memory_mb": in_memory, "ratio": best["peak_mb"] / in_memory})
    return pd.DataFrame(rows).round(2)


def child(*words: str) -> dict:
    """Run a part of this study in a process of its own; a crash is an empty answer."""
    run = subprocess.run(
        [sys.executable, __file__, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 else {"crash": run.stderr[-2000:]}


def fuzzed(kind: str, start: int, count: int) -> Counter[str]:
    """Read `count` broken files of one kind."""
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind == "cells":
            cells_fuzzed(folder / "f.csv", start, count, seen)
            return seen
        content = seeds(folder)[kind]
        for number in range(start, start + count):
            (folder / "f").write_bytes(mutated(content, kind, random.Random(number)))
            count_outcome(folder / "f", seen)
    return seen


def cells_fuzzed(path: Path, start: int, count: int, seen: Counter[str]) -> None:
    @seed(start)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(st.lists(st.lists(cell, max_size=7), min_size=1, max_size=6))
    def one(rows: list[list[str]]) -> None:
        text = "\n".join(",".join(row) for row in [COLUMNS, *rows])
        path.write_text(text, encoding="utf-8", errors="replace")
        count_outcome(path, seen)

    one()


def count_outcome(path: Path, seen: Counter[str]) -> None:
    try:
        seen[outcome(path)] += 1
    except Exception as error:
        seen["other"] += 1
        print(f"{type(error).__name__}: {error}", file=sys.stderr)


def fuzz() -> pd.DataFrame:
    rows = []
    for kind, total in FUZZ.items():
        seen: Counter[str] = Counter()
        for start in range(0, total, BATCH):
            answer = child("fuzzed", kind, str(start), str(min(BATCH, total - start)))
            seen.update({"crash": 1} if "crash" in answer else answer)
        rows.append({"kind": kind, **{name: seen[name] for name in ("read", "refused", "other", "crash")}})
        print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def page() -> None:
    """Write the page from the tables of the last runs."""
    times, inputs = (pd.read_csv(RESULTS / f"ingest_{name}.csv") for name in ("seconds", "fuzz"))
    parts = [
        "# Reading own data: time, memory, broken files",
        f"{date.today()}, Python {platform.python_version()}, pandas {version('pandas')}, {os.cpu_count()} cores;"
        " the best of three runs. `cpu_seconds` counts where other work shared the machine.",
        "A synthetic state file of 200,000 rows and 20 columns, read, checked across rows and validated. `peak_mb` is"
        " the growth of the process while reading, `text_in_memory_mb` the file as a pandas frame of text, `ratio` the"
        " one by the other. Targets: CSV <= 6 s, ratio <= 5.",
        table(times),
        "Broken files, each a different one: cells drawn by Hypothesis under good headings; bytes of good files"
        " changed; `parts` are workbooks whose XML was changed before they were packed again. `other` counts"
        " exceptions that are no CbeError, `crash` batches that ended the process. Target: 0 of both.",
        table(inputs),
    ]
    (RESULTS / "ingest_study.md").write_text("\n\n".join(parts) + "\n")


def table(frame: pd.DataFrame) -> str:
    lines = [list(map(str, frame.columns)), ["---"] * len(frame.columns), *frame.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    what, *words = sys.argv[1:] or ["all"]
    if what == "timed":
        print(json.dumps(timed(Path(words[0]))))
        return
    if what == "fuzzed":
        print(json.dumps(fuzzed(words[0], int(words[1]), int(words[2]))))
        return
    if what in ("speed", "all"):
        speed().to_csv(RESULTS / "ingest_seconds.csv", index=False)
    if what in ("fuzz", "all"):
        fuzz().to_csv(RESULTS / "ingest_fuzz.csv", index=False)
    page()


if __name__ == "__main__":
    main()
