"""The rows of the table of numbers to reach, each read from what a study has written into results/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

RESULTS = Path(__file__).parent / "results"
ABSENT = "missing peer"


@dataclass(frozen=True)
class Row:
    """A number to reach, beside its peer.

    ratio: ours / peer, blank where the two are no sizes; met: share of `ours` that reaches it.
    """

    what: str
    ours: str
    peer: str
    ratio: str
    reach: str
    met: float
    source: str


Test = Callable[[np.ndarray], np.ndarray]


def between(low: float, high: float) -> Test:
    """Make a test; what would be printed the same counts as the same."""
    return lambda found: (found.round(3) >= low) & (found.round(3) <= high)


def most(high: float) -> Test:
    return between(-np.inf, high)


def least(low: float) -> Test:
    return between(low, np.inf)


def read(name: str) -> pd.DataFrame:
    """Read a table of results; one without rows if its study has not run here."""
    file = RESULTS / f"{name}.csv"
    return pd.read_csv(file) if file.exists() else pd.DataFrame()


def shown(values: object, unit: str = "", digits: int = 3) -> str:
    """Show one number, or the lowest, mean and highest of many."""
    found = np.atleast_1d(np.asarray(values, dtype=float))
    found = found[~np.isnan(found)]
    if not len(found):
        return ABSENT
    if len(found) == 1:
        return f"{found[0]:,.{digits}g}{unit}"
    return f"{found.min():.{digits}g} to {found.max():.{digits}g}{unit}, mean {found.mean():.{digits}g}"


def ratio(ours: object, peer: object) -> str:
    """Mean of ours over mean of the peer's; a dash where there is no peer, or it is zero."""
    theirs = np.asarray(peer, dtype=float)
    if theirs.size == 0 or np.isnan(theirs).all() or not np.nanmean(theirs):
        return "-"
    return f"{np.nanmean(np.asarray(ours, dtype=float)) / np.nanmean(theirs):.2g}"


def row(what: str, ours: object, peer: object, reach: str, test: Test, source: str, *, unit: str = "", by: str) -> Row:
    """Put one row together; `by` names the peer."""
    found = np.atleast_1d(np.asarray(ours, dtype=float))
    told = shown(peer, unit)
    told = f"{by}: {told}" if told != ABSENT else f"{ABSENT} ({by})"
    return Row(what, shown(found, unit), told, ratio(found, peer), reach, float(test(found).mean()), source)


def rows() -> Iterator[Row]:
    """Go through the table of numbers to reach, top to bottom; rows without results are left out."""
    for part in (alarms, coverage, errors, panels, one_adopter, seconds, raters, pages, starting, files):
        try:
            yield from part()
        except (KeyError, IndexError):
            yield Row(part.__doc__ or "", "not measured here", "-", "-", "-", np.nan, "run `make bench`")


def alarms() -> Iterator[Row]:
    """False alarms of "a dip exists", nominal 5%."""
    cells = read("dip_false_alarms")
    plain = cells[cells["noise"] == "normal"]
    for rho in (0, 0.4, 0.7):
        of = plain[plain["rho"] == rho].set_index("tool")["share"]
        what = f'false alarms of "a dip exists", nominal 5%, rho {rho:g}'
        yield row(what, of["dip.fit"], of["ITS+HAC(1)"], ".04-.06", between(0.04, 0.06), "dip_study.md", by="ITS+HAC")
    for noise, said in (("t4", "t4 noise"), ("outlier", "one outlier year")):
        of = cells[cells["noise"] == noise].set_index("tool")["share"]
        yield row(
            f"the same, {said}", of["dip.fit"], of["ITS+HAC(1)"], "<= .07", most(0.07), "dip_study.md", by="ITS+HAC"
        )


def coverage() -> Iterator[Row]:
    """Coverage of 95% intervals of depth, loss and gain."""
    cells = read("dip_coverage")
    cells = cells[cells["size"].isin(["own", "drawn"])]
    for term in ("depth", "loss", "gain"):
        for low, high in ((True, 0.97), (False, 1.0)):
            of = cells[(cells["term"] == term) & ((cells["rho"] <= 0.4) == low)].set_index("tool")["coverage"]
            what = f"coverage of 95% intervals, {term}, rho {'<= .4' if low else '.7'}"
            reach, least_ = (".93-.97", 0.93) if low else (">= .92", 0.92)
            peer = of.get("ITS+HAC(1)", np.array([]))
            yield row(what, of["dip.fit"], peer, reach, between(least_, high), "dip_study.md", by="ITS+HAC")


def errors() -> Iterator[Row]:
    """RMSE of depth, one district."""
    cells = read("dip_errors")
    for tool, high in (("ITS", 0.80), ("piecewise-regression", 0.25), ("pwlf", 0.25)):
        of = cells[cells["tool"] == tool]
        what, reach = f"RMSE of depth, one district, against {tool}", f"<= {high:.2f}"
        if of.empty:
            yield Row(what, "-", f"{ABSENT} ({tool})", "-", reach, np.nan, "dip_study.md")
            continue
        ours, peer = (_pooled(of, column) for column in ("rmse_ours", "rmse_tool"))
        found = Row(
            what, f"{ours:.3g} points", f"{tool}: {peer:.3g} points", f"{ours / peer:.2f}", reach, 0, "dip_study.md"
        )
        yield Row(**{**vars(found), "met": float(ours / peer <= high)})


def _pooled(cells: pd.DataFrame, column: str) -> float:
    return float(np.sqrt((cells["series"] * cells[column] ** 2).sum() / cells["series"].sum()))


def panels() -> Iterator[Row]:
    """RMSE and coverage of depth in panels."""
    cells = read("panel_recovery").query("pool == 'empirical-bayes'")
    large, small = cells[cells["districts"] >= 200], cells[cells["districts"] == 30]
    its = "ITS (= 1)"
    what = "RMSE of depth in panels of 200 districts and more, against ITS"
    yield row(what, large["ratio_to_its"], 1.0, "<= .50", most(0.50), "panel_study.md", by=its)
    what = "coverage of depth in these"
    yield row(
        what, large["coverage_depth"], np.nan, ">= .93", least(0.93), "panel_study.md", by="none has pooled intervals"
    )
    what = "coverage of depth in panels of 30"
    yield row(
        what, small["coverage_depth"], np.nan, ">= .92", least(0.92), "panel_study.md", by="none has pooled intervals"
    )


def one_adopter() -> Iterator[Row]:
    """One adopter in a state file."""
    cells = read("compare_peers").set_index(["bed", "tool", "size_class", "measure"])["value"]["all beds"]
    permutation = next(tool for tool in cells.index.unique("tool") if tool.startswith("DiD, permutation"))
    source = "compare_peers.md"
    most_rmse = {"small": 0.45, "medium": 0.65, "large": 0.80}
    for size in most_rmse:
        ours, peer = (cells.get((tool, size, "false alarms"), np.nan) for tool in ("dip.compare", permutation))
        what = f"one adopter in a state file: false alarms, {size} district"
        yield row(what, ours, peer, ".03-.07", between(0.03, 0.07), source, by="permutation")
    for size, high in most_rmse.items():
        ours = cells["dip.compare", size, "depth RMSE / DiD"]
        yield row(f"RMSE of depth at 6 points, {size}", ours, 1.0, f"<= {high:.2f}", most(high), source, by="DiD (= 1)")
    held = [cells["dip.compare", size, "depth coverage"] for size in most_rmse]
    peer = [cells.get((permutation, size, "depth coverage"), np.nan) for size in most_rmse]
    yield row("coverage of its depth, by size", held, peer, ">= .94", least(0.94), source, by="permutation")
    ours, peer = (cells.get((tool, "large", "power"), np.nan) for tool in ("dip.compare", permutation))
    yield row("power at 6 points, large district", ours, peer, ">= .5", least(0.5), source, by="permutation")
    yield from _alone()
    ours = [cells["dip.compare", size, "seconds"] for size in most_rmse]
    synth = [cells.get(("pysyncon Synth", size, "seconds"), np.nan) for size in most_rmse]
    what = "time per adopter, fit and placebos included"
    yield row(what, ours, synth, "<= 0.25 s", most(0.25), source, unit=" s", by="Synth + placebos")


def _alone() -> Iterator[Row]:
    cells = read("compare_study")
    band = cells[(cells["measure"] == "band coverage") & cells["group"].isin(["small", "medium", "large"])]["value"]
    yield row(
        "coverage of its simultaneous band",
        band,
        np.nan,
        ">= .93",
        least(0.93),
        "compare_study.md",
        by="permutation: none",
    )
    low = cells[(cells["measure"] == "false alarms") & (cells["group"] == "low")]["value"]
    what = "false alarms, districts with a low baseline"
    yield row(what, low, np.nan, "<= .07", most(0.07), "compare_study.md", by="not split by baseline")
    pooled = cells[cells["measure"] == "three adopters: power at 6"].pivot(index="bed", columns="group", values="value")
    ours, peer = pooled["dip.compare"].to_numpy(), pooled["unscaled permutation"].to_numpy()
    found = row(
        "power at 6 points, three adopters",
        ours,
        peer,
        ">= 2 x the peer",
        least(0),
        "compare_study.md",
        by="unscaled permutation",
    )
    yield Row(**{**vars(found), "met": float((ours / peer >= 2).mean())})


def seconds() -> Iterator[Row]:
    """13,000 districts x 12 years."""
    times = read("panel_seconds").set_index("what")["seconds"]
    source = "panel_study.md"
    hours = times.get("piecewise-regression, 20 bootstraps", np.nan)
    ours = times["fit_panel, n_tested given"]
    yield row(
        "13,000 x 12, all intervals", ours, hours, "<= 5 s", most(5), source, unit=" s", by="piecewise-regression"
    )
    loop = times.get("statsmodels ITS + HAC(1), loop", np.nan)
    yield row("the same, against a loop of ITS", ours, loop, "<= 5 s", most(5), source, unit=" s", by="ITS+HAC loop")
    pooled = times["fit_panel, pooled, cold test table"]
    yield row("with pooling, tests and FDR", pooled, loop, "<= 15 s", most(15), source, unit=" s", by="ITS+HAC loop")


def raters() -> Iterator[Row]:
    """Agreement and severity of raters."""
    times = read("agreement_seconds").set_index("what")["milliseconds"]
    alpha = times.get("krippendorff alpha, interval metric, no interval", np.nan)
    source, size = "agreement_study.md", "50,000 x 5 ratings"
    ours = times["all coefficients with linearized intervals, table already coded"]
    what = f"seven agreement coefficients with intervals, {size}"
    yield row(
        what, ours, alpha, "<= 5 ms", most(5), source, unit=" ms", by="krippendorff, one coefficient, no interval"
    )
    ours = times["2,000 bootstraps"] / 1000
    yield row("2,000 bootstraps of these", ours, np.nan, "<= 2 s", most(2), source, unit=" s", by="irrCAC: none here")
    held = read("agreement_coverage").query("interval == 'linearized' and units >= 10")
    by_size = held.groupby("units")["held"].mean()
    what = "coverage of agreement intervals, by number of units"
    yield row(what, by_size, np.nan, ".93-.97", between(0.93, 0.97), source, by="no peer in Python")
    severity = read("severity_errors")
    large = severity[severity["design"].str.startswith("100 x")]
    source = "severity_study.md"
    what = "rater severity: RMSE against the one-level facets model, 100 districts"
    yield row(what, large["ratio"], 1.0, "<= .75", most(0.75), source, by="one-level model (= 1)")
    what = "coverage of severity, by design"
    yield row(
        what,
        severity["coverage"],
        severity["coverage one-level"],
        ".93-.97",
        between(0.93, 0.97),
        source,
        by="one-level model",
    )
    slow = read("severity_seconds").query("data == '150,000 ratings'")["seconds"]
    yield row("150,000 ratings", slow, np.nan, "<= 6 s", most(6), source, unit=" s", by="mirt at this size")


def pages() -> Iterator[Row]:
    """Pages without code."""
    waits = read("page_latency")
    usual = waits["page"].str.startswith("peer")
    every = waits["page"] == "all pages"
    moved, warm = waits["what"].str.startswith("slider"), waits["what"].str.startswith("page ready, warm")
    source = "page_latency.md"
    what, by = "slider moved to picture changed, p95", "Output + pyplot"
    theirs = waits.loc[moved & usual, "p95"].mean()
    for which, mine in (("all pages", every), ("by slider", moved & ~usual & ~every)):
        yield row(f"{what}, {which}", waits.loc[mine, "p95"], theirs, "<= 100 ms", most(100), source, unit=" ms", by=by)
    mine, theirs = waits.loc[warm, "median"], waits.loc[usual & ~moved, "median"].mean()
    yield row("page ready, preheated, median", mine, theirs, "<= 2 s", most(2), source, unit=" s", by="cold Voila")


def starting() -> Iterator[Row]:
    """Import of the library."""
    times = read("speed").set_index("what")["processor_s"]
    peer = times.get("import statsmodels.api", np.nan)
    yield row(
        "import cbe_lib",
        times["import cbe_lib"],
        peer,
        "<= 0.15 s",
        most(0.15),
        "speed.md",
        unit=" s",
        by="statsmodels.api",
    )


def files() -> Iterator[Row]:
    """300,000 series through `cbe fit` on two workers."""
    large = read("scale_sizes").set_index("series").loc[[300_000]]
    source = "scale_study.md"
    what = "300,000 series x 12 years through `cbe fit`, 2 workers"
    yield row(what, large["seconds"], np.nan, "<= 180 s", most(180), source, unit=" s", by="none streams")
    peak = large["peak_mb"]
    yield row(
        "peak memory of all its processes",
        peak,
        np.nan,
        "< 1,500 MB",
        most(1500),
        source,
        unit=" MB",
        by="none streams",
    )
