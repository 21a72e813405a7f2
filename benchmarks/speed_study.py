"""How long does a user wait: for the import, a figure, a fit, a state, a file, a command, a brief, the notebooks?

    python benchmarks/speed_study.py                 all of it, about four minutes
    python benchmarks/speed_study.py import panel    only what is named so
    python benchmarks/speed_study.py before          the same, kept in results/speed_before.csv to compare with

Every run is a process of its own. Writes results/speed.csv and speed.md; what was not asked for stays as it was, with
its date. The load average is written beside, since a busy machine makes everybody wait; processor seconds hardly
depend on it.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CLOCK = """
import json, time
class Clock:
    def __enter__(self):
        self.start = time.perf_counter(), time.process_time()
        return self
    def __exit__(self, *_):
        print(json.dumps([time.perf_counter() - self.start[0], time.process_time() - self.start[1]]))
"""
FIGURE = """
with Clock():
    import io
    from cbe_lib import dip, samples
    reading = samples.load("westminster").query("subject == 'reading'")
    picture = dip.fit(reading, 2010, scale=100).plot()
    (getattr(picture, "figure", None) or picture).savefig(io.BytesIO(), format="svg")
"""
WARM_FIT = """
from cbe_lib import dip, simulate
outcomes, _ = simulate.outcomes(2, rollout=2012, years=range(2004, 2018), seed=1)
one, other = (part for _, part in outcomes.groupby("district_id"))
dip.fit(one, 2012, n_tested="n_tested")
with Clock():
    dip.fit(other, 2012, n_tested="n_tested")
"""
PANEL = """
from cbe_lib import dip, simulate
few, _ = simulate.outcomes(60, rollout=2012, years=range(2004, 2016), seed=2)
dip.fit_panel(few, n_tested="n_tested"{pool})
outcomes, _ = simulate.outcomes(13_000, rollout=2012, years=range(2004, 2016), seed=1)
with Clock():
    dip.fit_panel(outcomes, n_tested="n_tested"{pool})
"""
INGEST = """
import sys
sys.path.insert(0, {root!r})
from benchmarks.ingest_study import state_file, written
from pathlib import Path
file = written(state_file(20_000), {kind!r}, Path({folder!r}))
import pandera.pandas
from cbe_lib import ingest
with Clock():
    ingest.read(file, id_width=6)
"""
SLIDER = """
from cbe_lib.widgets import dip as sliders
for depth in (3, 4):
    figure, _ = sliders.made_up(depth=depth)
    figure.canvas.draw()
with Clock():
    figure, _ = sliders.made_up(depth=5)
    figure.canvas.draw()
"""
WAIT = """
import resource, subprocess, sys
with Clock():
    status = subprocess.run(sys.argv[1:], stdout=-3, stderr=-3).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_utime + used.ru_stime]))
"""

# What is waited for: the code that a fresh process runs, or the words of a command, and how many times.
CODE = {
    "import cbe_lib": ("with Clock():\n    import cbe_lib", 9),
    "import statsmodels.api": ("with Clock():\n    import statsmodels.api", 3),
    "import of dip, first use": ("with Clock():\n    from cbe_lib import dip\n    dip.fit", 3),
    "first figure: process started, fit, SVG": (FIGURE, 3),
    "fit of one district, warm": (WARM_FIT, 5),
    "slider: fit and figure, warm": (SLIDER, 3),
    "panel 13,000 x 12, n_tested": (PANEL.format(pool=""), 1),
    "panel 13,000 x 12, pooled": (PANEL.format(pool=", pool='empirical-bayes'"), 1),
    "ingest of 20,000 rows, csv": (INGEST, 1),
    "ingest of 20,000 rows, xlsx": (INGEST, 1),
}
COMMANDS = {
    "command cbe --help": (["--help"], 3),
    "command cbe samples": (["samples"], 3),
    "command cbe check, 41,000 rows": (["check", str(ROOT / "data" / "samples" / "outcomes.csv"), "--quiet"], 1),
    "command cbe fit, one part": (
        ["fit", "{folder}/few.csv", "--out", "{folder}/{run}", "--quiet", "--workers", "2"],
        3,
    ),
    "command cbe brief": (["brief", "{district}", "--out", "{folder}/{run}"], 1),
}


def measured(what: str, run: int, folder: str) -> tuple[float, float] | None:
    """Time one run; return seconds and processor seconds, or None if what is measured does not exist yet."""
    if what in CODE:
        kind = "xlsx" if what.endswith("xlsx") else "csv"
        code = CODE[what][0]
        code = code.format(root=str(ROOT), kind=kind, folder=folder) if code is INGEST else code
        done = subprocess.run([sys.executable, "-c", CLOCK + code], capture_output=True, text=True, check=True)
        return tuple(json.loads(done.stdout.splitlines()[-1]))
    if what.startswith("notebook "):
        return _notebook(ROOT / "notebooks" / what.removeprefix("notebook "), folder)
    words = [word.format(folder=folder, run=f"{len(what)}-{run}", district=_district()) for word in COMMANDS[what][0]]
    return _waited([sys.executable, "-m", "cbe_lib.cli", *words], allowed=(0, 1))


def _district() -> str:
    return str(pd.read_csv(ROOT / "data" / "samples" / "districts.csv", dtype=str)["district_id"].iloc[0])


def _notebook(file: Path, folder: str) -> tuple[float, float] | None:
    execute = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", str(file)]
    return _waited([*execute, "--output-dir", folder, "--log-level", "ERROR"])


def _waited(words: list[str], allowed: tuple[int, ...] = (0,)) -> tuple[float, float] | None:
    """Run a command; exit status 2 of typer means that there is no such command yet."""
    lines = subprocess.run([sys.executable, "-c", CLOCK + WAIT, *words], capture_output=True, text=True, check=True)
    (seconds, _), (status, used) = map(json.loads, lines.stdout.splitlines())
    return (seconds, used) if status in allowed else None


def table(asked: list[str]) -> pd.DataFrame:
    """Measure everything whose name holds one of the words asked for."""
    runs = {what: count for what, (_, count) in (CODE | COMMANDS).items()}
    runs |= {f"notebook {file.name}": 1 for file in NOTEBOOKS}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        _few(Path(folder))
        for what, count in runs.items():
            if asked and not any(word in what for word in asked):
                continue
            load = os.getloadavg()[0]
            times = [measured(what, run, folder) for run in range(count)]
            rows.append(_row(what, times, load))
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def _few(folder: Path) -> None:
    from cbe_lib import simulate

    outcomes, _ = simulate.outcomes(60, rollout=2012, years=range(2004, 2016), seed=2)
    outcomes.to_csv(folder / "few.csv", index=False)


def _row(what: str, times: list[tuple[float, float] | None], load: float) -> dict[str, object]:
    there = pd.DataFrame([each for each in times if each], columns=["seconds", "processor"])
    found = {"median_s": there["seconds"].median(), "processor_s": there["processor"].median()}
    note = "" if len(there) else "not there yet"
    return {"what": what, **found, "runs": len(there), "load": load, "date": str(date.today()), "note": note}


def page() -> str:
    """Lay out what was measured, beside what it was before the speed pass."""
    now = pd.read_csv(RESULTS / "speed.csv")
    before = RESULTS / "speed_before.csv"
    if before.exists():
        earlier = pd.read_csv(before).set_index("what")["processor_s"]
        now.insert(3, "processor_s before", now["what"].map(earlier))
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas", "statsmodels", "matplotlib")
    )
    rows = [list(now.columns), ["---"] * now.shape[1], *now.round(3).astype(object).fillna("").to_numpy().tolist()]
    return "\n".join(
        [
            "# What a user waits for",
            "",
            f"{date.today()}; Python {platform.python_version()}, {packages}; {os.cpu_count()} cores.",
            "",
            "Median of the runs, each in a process of its own; `load` is the load average before: above the number of",
            "cores, `median_s` is what a user of a busy machine waits, and processor seconds are the fairer figure.",
            "The import of statsmodels.api stands beside ours as the peer that a user knows.",
            "",
            *("| " + " | ".join(map(str, row)) + " |" for row in rows),
            "",
        ]
    )


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "before"]
    file = RESULTS / ("speed_before.csv" if "before" in sys.argv[1:] else "speed.csv")
    found = table(words)
    earlier = pd.read_csv(file) if file.exists() and words else found.iloc[:0]
    kept = earlier[~earlier["what"].isin(found["what"])]
    pd.concat([each for each in (kept, found) if len(each)]).round(4).to_csv(file, index=False)
    if (RESULTS / "speed.csv").exists():
        (RESULTS / "speed.md").write_text(page(), encoding="utf-8")
        print(page())


if __name__ == "__main__":
    main()
