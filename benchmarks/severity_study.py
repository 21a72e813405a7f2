"""Rater severity: error and coverage beside the one-level facets model, false alarms of the flags, and time.

Run by `make bench`, about 15 minutes; with the names of designs as arguments it runs these only, and keeps the rest.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from cbe_lib import rubric

RESULTS = Path(__file__).parent / "results"
COLUMNS = {"district": "district", "criterion": "criterion", "rater": "rater", "rating": "rating"}
LEVELS = [1, 2, 3, 4]
SEED = 44001  # never used to choose a setting of cbe_lib
CHECKS = ("severity", "halo", "central tendency", "erratic")


@dataclass(frozen=True)
class Bed:
    """One design: each district is rated on all criteria by `each` of the raters, less a share of missing ratings."""

    districts: int
    criteria: int
    raters: int
    each: int
    missing: float = 0.0
    within: float = 0.8  # standard deviation of criteria within districts; districts: 1.2
    samples: int = 100
    time: bool = False


BEDS = {
    "10 x 8, 2 of 3": Bed(10, 8, 3, 2, samples=100),
    "20 x 32, 2 of 2": Bed(20, 32, 2, 2, samples=100),
    "20 x 32, 3 of 8": Bed(20, 32, 8, 3, samples=160),
    "50 x 32, 2 of 4": Bed(50, 32, 4, 2, samples=40),
    "50 x 32, 3 of 8, 30% missing": Bed(50, 32, 8, 3, missing=0.3, samples=40),
    "50 x 32, 3 of 8, no spread of criteria": Bed(50, 32, 8, 3, within=0.0, samples=40),
    "100 x 6, 3 of 8": Bed(100, 6, 8, 3, samples=200),
    "100 x 32, 2 of 8": Bed(100, 32, 8, 2, samples=40),
    "100 x 32, 4 of 4": Bed(100, 32, 4, 4, samples=40),
    "40 x 8, 3 of 4, five years": Bed(40, 8, 4, 3, samples=100, time=True),
}
HABITS = ("halo", "central tendency", "erratic")
ABSENT = "(not installed)"


def visit(rng: np.random.Generator, bed: Bed, severity: np.ndarray) -> pd.DataFrame:
    """Simulate ratings; `place` is where a rating's levels lie, in logits."""
    team = np.array([rng.choice(bed.raters, bed.each, replace=False) for _ in range(bed.districts)])
    district, criterion, seat = (part.ravel() for part in np.indices((bed.districts, bed.criteria, bed.each)))
    rater = team[district, seat]
    level = rng.normal(0, 1.2, bed.districts)[district]
    level = level + rng.normal(0, bed.within, (bed.districts, bed.criteria))[district, criterion]
    place = level - np.linspace(-0.8, 0.8, bed.criteria)[criterion] - severity[rater]
    frame = pd.DataFrame({"district": district, "criterion": criterion, "rater": rater, "place": place})
    frame = frame.assign(rating=given(rng, place), year=rng.integers(2020, 2025, bed.districts)[district])
    return frame[rng.random(len(frame)) >= bed.missing]


def given(rng: np.random.Generator, place: np.ndarray, steps: tuple[float, ...] = (-1.6, 0.0, 1.6)) -> np.ndarray:
    """Draw levels."""
    score = np.arange(4) * place[:, None] - np.append(0, np.cumsum(steps))
    share = np.exp(score - score.max(axis=1, keepdims=True))
    below = np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)
    return 1 + (rng.random(len(place))[:, None] > below[:, :-1]).sum(axis=1)


def with_habit(rng: np.random.Generator, frame: pd.DataFrame, habit: str) -> pd.DataFrame:
    """Let rater 0 have a habit."""
    place = frame["place"].to_numpy()
    if habit == "halo":
        impression = frame.groupby(["rater", "district"])["place"].transform("mean").to_numpy()
        own = given(rng, impression + 0.4 * (place - impression))
    elif habit == "central tendency":
        own = given(rng, place, (-2.4, 0.0, 2.4))
    else:
        own = np.where(rng.random(len(place)) < 0.3, rng.choice(LEVELS, len(place)), frame["rating"])
    return frame.assign(rating=np.where(frame["rater"] == 0, own, frame["rating"]))


def errors(name: str, bed: Bed) -> pd.DataFrame:
    """Fit both models to raters who differ, and to raters who do not; return a row for each model and sample."""
    rng, rows = np.random.default_rng([SEED, zlib.crc32(name.encode())]), []
    for sample in range(bed.samples):
        alike = sample % 2 == 1
        severity = np.zeros(bed.raters) if alike else np.linspace(-1, 1, bed.raters)
        frame = visit(rng, bed, severity)
        for nested in (True,) if alike else (True, False):
            when = {"time": "year"} if bed.time and nested else {}
            found = rubric.calibrate(frame, **COLUMNS, levels=LEVELS, nested=nested, **when)
            row = {"bed": name, "nested": nested, "alike": alike, **accuracy(found, severity)}
            rows.append(row | (alarms(found, alike) if nested else {}))
    return pd.DataFrame(rows)


def accuracy(found: rubric.Calibration, severity: np.ndarray) -> dict[str, float]:
    """Return squared error, coverage and width of the severities."""
    table = found.severity
    inside = (table["conf_low"] <= severity) & (severity <= table["conf_high"])
    return {
        "square": float(((table["estimate"] - severity) ** 2).mean()),
        "held": float(inside.mean()),
        "width": float((table["conf_high"] - table["conf_low"]).mean()),
        "one_level_rejected": float(found.nesting.p_value < 0.05),
    }


def alarms(found: rubric.Calibration, alike: bool) -> dict[str, float]:
    """Say for each flag whether any rater got it, though none should have."""
    sure = found.checks.assign(raised=found.checks["p_adjusted"] < 0.05).groupby("check")["raised"].any()
    row = {name: float(sure[name]) for name in CHECKS if name != "severity" or alike}
    return row | ({"drifting": float(found.drift["flag"].ne("").any())} if len(found.drift) else {})


def power() -> pd.DataFrame:
    """How often is a planted habit of one rater in eight flagged, and how often is it seen in another rater?"""
    rng, bed, rows = np.random.default_rng([SEED, 7]), Bed(50, 32, 8, 3), []
    for habit in HABITS:
        for _ in range(20):
            frame = with_habit(rng, visit(rng, bed, np.linspace(-0.5, 0.5, 8)), habit)
            flags = rubric.calibrate(frame, **COLUMNS, levels=LEVELS).severity["flag"].str.contains(habit)
            rows.append((habit, float(flags.iloc[0]), float(flags.iloc[1:].any())))
    return (
        pd.DataFrame(rows, columns=["habit", "flagged", "another rater flagged"]).groupby("habit").mean().reset_index()
    )


def seconds() -> pd.DataFrame:
    """Time our fits, and mirt's one-level fit where it is installed."""
    rows = []
    for name, bed in {"9,600 ratings": Bed(100, 32, 8, 3), "150,000 ratings": Bed(2000, 25, 60, 3)}.items():
        frame = visit(np.random.default_rng(SEED), bed, np.linspace(-1, 1, bed.raters))
        rows.append((name, "calibrate: both models, every table and check", *best(partial(ours, frame))))
        if len(frame) < 10_000 and _version("mirt") != ABSENT:
            rows.append((name, "mirt fit_mfrm: one-level model only", *best(partial(by_mirt, frame))))
    return pd.DataFrame(rows, columns=["data", "what", "seconds", "processor_seconds"])


def ours(frame: pd.DataFrame) -> rubric.Calibration:
    return rubric.calibrate(frame, **COLUMNS, levels=LEVELS)


def by_mirt(frame: pd.DataFrame) -> object:
    """Fit the one-level model with mirt: one column for each rating of a district."""
    from mirt.estimation import fit_mfrm
    from mirt.models import Facet, PolytomousMFRM

    slot = frame.groupby("district").cumcount().to_numpy()
    shape = (frame["district"].max() + 1, slot.max() + 1)
    rating, rater, criterion = np.full(shape, -1), np.zeros(shape, int), np.zeros(shape, int)
    for array, values in ((rating, frame["rating"] - 1), (rater, frame["rater"]), (criterion, frame["criterion"])):
        array[frame["district"], slot] = values
    model = PolytomousMFRM(frame["criterion"].max() + 1, 4, [Facet("rater", frame["rater"].max() + 1)])
    return fit_mfrm(model, rating, {"rater": rater}, item_indices=criterion)


def best(job: Callable[[], object], runs: int = 3) -> tuple[float, float]:
    """Return the shortest wall time and processor time of a few runs."""
    times = []
    for _ in range(runs):
        wall, processor = time.perf_counter(), time.process_time()
        job()
        times.append((time.perf_counter() - wall, time.process_time() - processor))
    return min(each[0] for each in times), min(each[1] for each in times)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a line for each design: errors of raters who differ, coverage, and false alarms."""
    lines = []
    for name, part in rows.groupby("bed", sort=False):
        deep, flat = part[part["nested"]], part[~part["nested"]]
        rmse, rival = (np.sqrt(each.loc[~each["alike"], "square"].mean()) for each in (deep, flat))
        line = {"design": name, "samples": len(deep), "rmse": rmse, "rmse one-level": rival, "ratio": rmse / rival}
        line |= {"coverage": deep["held"].mean(), "coverage one-level": flat.loc[~flat["alike"], "held"].mean()}
        line |= {f"alarms: {check}": deep[check].mean() for check in (*CHECKS, "drifting") if check in deep}
        lines.append(line | {"nesting found": deep["one_level_rejected"].mean()})
    return pd.DataFrame(lines)


def page(table: pd.DataFrame, found: pd.DataFrame, times: pd.DataFrame) -> str:
    """Lay the tables out beside what was to be reached."""
    packages = ", ".join(f"{name} {_version(name)}" for name in ("numpy", "scipy", "pandas", "mirt"))
    of = table.set_index("design")
    large = of[of.index.str.startswith("100 x")]
    alarms = table.filter(like="alarms:")
    slow = times.loc[times["data"] == "150,000 ratings"].iloc[0]
    return "\n".join(
        [
            "# rubric.calibrate: severity beside the one-level facets model",
            "",
            f"{date.today()}; Python {platform.python_version()}, {packages}; {os.cpu_count()} cores.",
            "",
            "| what | reach | measured |",
            "|---|---|---|",
            f"| RMSE against the one-level model, 100 districts | <= .75 | {_range(large['ratio'])} |",
            f"| coverage of 95% intervals, by design | .93-.97 | {_range(table['coverage'])} |",
            f"| false alarms of a flag, any rater, by design | <= .05 | {_range(alarms.stack())} |",
            f"| the same, mean over designs | <= .05 | {_range(alarms.mean())} |",
            f"| 150,000 ratings, one thread | <= 6 s | {slow['seconds']:.1f} s "
            f"({slow['processor_seconds']:.1f} s of processor time) |",
            "",
            "Districts x criteria, raters of a district; districts N(0, 1.2), criteria within them N(0, 0.8);",
            "severities even from -1 to 1 in half of the samples and all 0 in the other. RMSE, and the coverage of the",
            "one-level model, are of raters who differ. Alarms: share of samples in which any rater got a flag that",
            "none should have; severity means harsh or lenient, in samples with raters alike.",
            "",
            _markdown(table.round(3)),
            "",
            "## A planted habit of one rater in eight (50 x 32, 3 of 8)",
            "",
            _markdown(found.round(2)),
            "",
            "## Seconds",
            "",
            _markdown(times.round(2)),
            "",
        ]
    )


def _range(values: pd.Series) -> str:
    known = values.dropna()
    return f"{known.min():.2f}-{known.max():.2f} (mean {known.mean():.3f})"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ABSENT


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1], *table.astype(object).fillna("").to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _kept(name: str) -> pd.DataFrame:
    path = RESULTS / f"severity_{name}.csv"
    return pd.read_csv(path) if path.exists() else pd.DataFrame({"design": []})


def main(chosen: list[str]) -> None:
    everything = not chosen
    kept = _kept("errors")
    fresh = [summary(errors(name, bed)) for name, bed in BEDS.items() if everything or name in chosen]
    table = pd.concat([kept[~kept["design"].isin([each["design"].iloc[0] for each in fresh])], *fresh])
    order = list(BEDS)
    table = table.sort_values("design", key=lambda names: names.map(order.index)).reset_index(drop=True)
    found = power() if everything or "power" in chosen else _kept("power")
    times = seconds() if everything or "seconds" in chosen else _kept("seconds")
    for name, each in {"errors": table, "power": found, "seconds": times}.items():
        each.round(4).to_csv(RESULTS / f"severity_{name}.csv", index=False)
    if len(times) and "seconds" in times:
        (RESULTS / "severity_study.md").write_text(page(table, found, times), encoding="utf-8")
    print(table.round(3).to_string(), found, times, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
