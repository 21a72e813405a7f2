"""Scoring: do intervals of levels, dimensions and changes hold the truth when truth and rater error are known?

Run by `make bench`, about six minutes.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from cbe_lib import rubric
from cbe_lib.framework import Rubric, Rules

RESULTS = Path(__file__).parent / "results"
SEED = 4200
RATERS = (2, 3, 4, 6)
# Districts in the file, and how many files are drawn.
FILES = {1: 16, 20: 2}
# Standard deviation of a vote around the practice, and of a rater's own severity, in levels.
ERRORS = {"small": (0.35, 0.0), "small, unequal raters": (0.35, 0.35), "large": (0.7, 0.0), "unequal": (0.6, 0.35)}
WORLDS = ("between levels", "on the levels", "unequal criteria")


def drawn(
    rng: np.random.Generator, districts: int, raters: int, world: str, error: tuple[float, float], instrument: Rubric
) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw ratings of two waves, and true levels (district x criterion x wave), which half the time move by a level.

    Raters differ from district to district and stay from wave to wave. "between levels": practices stand anywhere on
    the scale, and the true level is the nearest; "on the levels": exactly on one; "unequal criteria": anywhere, and
    raters err twice as much on some criteria as on others.
    """
    criteria, top = len(instrument.criteria), len(instrument.levels)
    start = 2.1 + rng.normal(0, 0.7, (districts, 1)) + rng.normal(0, 0.6, (districts, criteria))
    moved = rng.choice([0.0, 0.0, 1.0, 1.0, -1.0], (districts, criteria))
    practice = np.clip(np.stack([start, start + moved], axis=2), 0.51, top + 0.49)
    truth = np.rint(practice).astype(int)
    spread = error[0] * (rng.choice([0.7, 1.4], (1, criteria, 1, 1)) if world == "unequal criteria" else 1)
    severity = rng.normal(0, error[1], (districts, 1, 1, raters))
    seen = (truth if world == "on the levels" else practice)[..., None] + severity
    vote = np.clip(np.rint(seen + spread * rng.normal(size=(*practice.shape, raters))), 1, top).astype(int)
    district, criterion, wave, rater = (each.ravel() for each in np.indices(vote.shape))
    ids = np.array([each.id for each in instrument.criteria])
    frame = pd.DataFrame(
        {
            "district_id": np.char.mod("d%03d", district),
            "criterion_id": ids[criterion],
            "wave": wave,
            "rater": np.char.mod("r%d", rater),
            "level": np.array(instrument.levels)[vote.ravel() - 1],
        }
    )
    return frame, truth


def held(table: pd.DataFrame, truth: np.ndarray) -> dict[str, float]:
    """Share of intervals that hold the truth, and their mean width in levels."""
    low, high = (table[name].to_numpy(dtype=int) for name in ("conf_low", "conf_high"))
    return {"held": float(((low <= truth) & (truth <= high)).mean()), "levels": float((high - low + 1).mean())}


def lower_median(levels: np.ndarray) -> np.ndarray:
    """Median over criteria (axis 1) of each dimension's four, the lower of the middle two."""
    districts, criteria = levels.shape[:2]
    by_dimension = np.sort(levels.reshape(districts, criteria // 4, 4, -1), axis=2)
    return by_dimension[:, :, 1]


def one_file(rng: np.random.Generator, where: dict, instrument: Rubric) -> list[dict]:
    """Score one file and look whether levels, dimensions and changes are held."""
    frame, truth = drawn(rng, where["districts"], where["raters"], where["world"], ERRORS[where["error"]], instrument)
    scores = rubric.score(frame, rubric=instrument)
    change = rubric.change(scores, earlier=0, later=1)
    middle = lower_median(truth)
    true_change, gap = truth[..., 1] - truth[..., 0], middle[..., 1] - middle[..., 0]
    sure = change.table["finding"].isin(["up", "down"])
    false = sure & (true_change.ravel() == 0)
    up = true_change.ravel() > 0
    return [
        where | {"what": "level"} | held(scores.table, truth.transpose(0, 2, 1).ravel()),
        where | {"what": "dimension"} | held(scores.dimensions, middle.transpose(0, 2, 1).ravel()),
        where
        | {"what": "change"}
        | held(change.table, true_change.ravel())
        | {"false": float(false[true_change.ravel() == 0].mean())}
        | {"power": float(sure[up].mean())},
        where | {"what": "change of dimension"} | held(change.dimensions, gap.ravel()),
    ]


def study() -> pd.DataFrame:
    """Coverage by what is estimated, raters, districts, world and error."""
    # Without rules, so that criteria on which raters agree too little are counted too.
    instrument, rows = replace(rubric.load(), rules=Rules()), []
    for world, error, districts, raters in product(WORLDS, ERRORS, FILES, RATERS):
        where = {"world": world, "error": error, "districts": districts, "raters": raters}
        rng = np.random.default_rng([SEED, WORLDS.index(world), list(ERRORS).index(error), districts, raters])
        each = [row for _ in range(FILES[districts]) for row in one_file(rng, where, instrument)]
        rows.append(pd.DataFrame(each).groupby([*where, "what"], as_index=False).mean())
    return pd.concat(rows, ignore_index=True)


def seconds() -> float:
    """Processor seconds for 1,000 districts x 32 criteria x 4 raters with five pieces of evidence each, best of two."""
    instrument, rng = rubric.load(), np.random.default_rng(SEED)
    frame, _ = drawn(rng, 1000, 4, "between levels", (0.5, 0.0), instrument)
    frame = frame[frame["wave"] == 0].drop(columns="wave")
    pieces = frame[["district_id", "criterion_id"]].drop_duplicates()
    pieces = pieces.loc[pieces.index.repeat(5)].reset_index(drop=True)
    count = len(pieces)
    pieces = pieces.assign(
        evidence_id=np.char.mod("E%d", np.arange(count)),
        date=pd.Timestamp("2022-09-01") + pd.to_timedelta(rng.integers(0, 900, count), unit="D"),
        kind=rng.choice(["interview", "document", "survey", "observation"], count),
        role_group=rng.choice(["teacher", "student", "board", "outside reviewer"], count),
        school_id=rng.choice(["s1", "s2", "s3"], count),
        supports=rng.choice(["+", "-"], count, p=[0.9, 0.1]),
    )
    schools, times = dict.fromkeys(frame["district_id"].unique(), 3), []
    for _ in range(2):
        start = time.process_time()
        rubric.score(frame, pieces, schools=schools)
        times.append(time.process_time() - start)
    return min(times)


def page(found: pd.DataFrame, taken: float) -> str:
    """Lay the tables out beside what was to be reached."""
    level = found[found["what"] == "level"]
    cells = level.groupby(["world", "raters"])["held"].mean()
    change = found[found["what"] == "change"]
    parts = [
        found.pivot_table(index="what", columns=by, values="held").round(3).reset_index()
        for by in ("raters", "districts", "error", "world")
    ]
    wide = found.pivot_table(index="what", columns="raters", values="levels").round(2).reset_index()
    moved = change.groupby("raters")[["false", "power"]].mean().round(3).reset_index()
    return "\n".join(
        [
            "# rubric.score and rubric.change: do the intervals hold the truth?",
            "",
            f"{date.today()}. Four levels, 32 criteria; {', '.join(map(str, FILES))} districts a file; 95% intervals.",
            "",
            "| what | reach | measured |",
            "|---|---|---|",
            f"| coverage of the interval of a level, 2-6 raters, mean | .93-.99 | {level['held'].mean():.3f} |",
            f"| the same, practices between levels: lowest, highest by raters | .93-.99 | {_range(cells, WORLDS[0])} |",
            f"| the same, practices exactly on levels | .93-.99 | {_range(cells, WORLDS[1])} |",
            f"| the same, raters err more on some criteria | .93-.99 | {_range(cells, WORLDS[2])} |",
            f"| lowest single cell of the study | - | {level['held'].min():.3f} |",
            f"| false 'up' or 'down' where nothing moved | <= .05 | {change['false'].mean():.3f} |",
            f"| 1,000 districts x 32 criteria x 4 raters x 5 pieces, processor time | <= 5 s | {taken:.1f} s |",
            "",
            "Levels are steps: an interval of one level that holds less than 95% must become two, so that intervals",
            "hold the truth more often than they promise, most of all where practices stand exactly on a level and",
            "raters are many. Intervals of dimensions are wider still: they allow for errors of a rater that run the",
            "same way on every criterion. Raters who are harsh together cannot be told from a weak district.",
            "",
            *["## Coverage\n", *[_markdown(part) + "\n" for part in parts]],
            *["## Mean width, in levels (1 = one level, no doubt)\n", _markdown(wide) + "\n"],
            *["## Changes: called though there is none, and found where the truth is a level up\n", _markdown(moved)],
            "",
        ]
    )


def _range(cells: pd.Series, world: str) -> str:
    return f"{cells.loc[world].min():.3f}, {cells.loc[world].max():.3f}"


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    taken, found = seconds(), study()
    found.round(4).to_csv(RESULTS / "score_coverage.csv", index=False)
    (RESULTS / "score_study.md").write_text(page(found, taken), encoding="utf-8")
    print(page(found, taken))


if __name__ == "__main__":
    main()
