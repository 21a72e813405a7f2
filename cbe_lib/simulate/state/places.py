"""Who and where the districts are: traits, names, groups of students, tests and rollouts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.columns import counts, dates, flags, later, pick, school_start
from cbe_lib.simulate.state.setting import NEW_TEST, NO_TEST, STATE, STORIES, TESTS, Setting, stream

FIRST = (
    "Arvel", "Belcan", "Corrim", "Dunsel", "Eskar", "Fenno", "Gralin", "Hathen", "Ivrel", "Jorvan", "Keldra", "Lumen",
    "Marrin", "Nethal", "Orvin", "Pelda", "Quillen", "Rosken", "Selvar", "Tarnel", "Ulmar", "Vessen", "Wendal",
    "Yarrin", "Zelko", "Brindel", "Cravel", "Dovren", "Elsin", "Farrow",
)  # fmt: skip
LAST = ("mere", "brook", "wick", "thorpe", "stead", "combe", "holt", "fen", "garth", "moor", "dale", "ness")
GROUPS = ("Hispanic", "Black", "White", "other groups")
NEEDS = {"low income": "lunch", "English learners": "english_learners", "students with disabilities": "disability"}
SHORTEST, LONGEST = 2, 24  # months of ramp-up
STUDENTS_A_SCHOOL = 450


def traits(count: int, adopting: int, years: np.ndarray, seed: int) -> pd.DataFrame:
    """Draw the traits of all districts; those of the rollout are blank where there is none."""
    rng = stream(seed, "places")
    frame = pd.DataFrame({"district_id": [f"{10 * i + 13:05d}" for i in range(count)], "name": _names(rng, count)})
    frame["enrollment"] = np.clip(np.exp(rng.normal(7.2, 1.0, count)), 150, 12_000).astype("int64")
    frame["lunch"] = rng.uniform(20, 75, count).round(1)
    frame["english_learners"] = rng.uniform(3, 25, count).round(1)
    frame["disability"] = rng.uniform(10, 18, count).round(1)
    for group, (low, high) in zip(GROUPS, ((0.2, 0.45), (0.05, 0.2), (0, 0), (0.03, 0.1)), strict=True):
        frame[group] = rng.uniform(low, high, count).round(3)
    frame["White"] = 1 - frame["Hispanic"] - frame["Black"] - frame["other groups"]
    frame["starting_point"] = pick(["standard", "personalized"], rng.permutation(np.arange(count) % 5 < 2).astype(int))
    adopter = np.sort(rng.permutation(count)[:adopting])
    frame = frame.join(_changes(rng, adopter, years))
    frame.loc[frame["story"] == "tiny", "enrollment"] = 160
    frame["schools"] = np.clip(np.ceil(frame["enrollment"] / STUDENTS_A_SCHOOL), 1, 24).astype("int64")
    return frame


def _names(rng: np.random.Generator, count: int) -> list[str]:
    order = rng.permutation(len(FIRST) * len(LAST))
    places = [FIRST[i // len(LAST)] + LAST[i % len(LAST)] for i in order]
    again = [f" {i // len(places) + 1}" if i >= len(places) else "" for i in range(count)]
    return [f"{places[i % len(places)]}{again[i]} (synthetic)" for i in range(count)]


def _changes(rng: np.random.Generator, adopter: np.ndarray, years: np.ndarray) -> pd.DataFrame:
    """Spread rollout years, strategies and ramp-up evenly over the adopters, in random order."""
    count = len(adopter)
    names = np.array(list(STORIES))
    story = np.where(np.arange(count) < len(names), names[np.arange(count) % len(names)], "")
    first, last = years[0] + 3, min(years[-1] - 4, NO_TEST - 3)
    frame = pd.DataFrame({"story": pd.array(rng.permutation(story), dtype="str")}, index=adopter)
    frame["rollout_year"] = counts(rng.permutation(first + np.arange(count) % (last - first + 1))).array
    frame["strategy"] = pick(["one year", "by cohort", "by school"], rng.permutation(np.arange(count) % 3)).to_numpy()
    months = rng.permutation(np.linspace(SHORTEST, LONGEST, count).round())
    for bare in np.flatnonzero(frame["story"] == "bare_plan"):
        shortest = months.argmin()
        months[[bare, shortest]] = months[[shortest, bare]]
    frame["ramp_up_months"] = months
    return frame


def districts(setting: Setting) -> pd.DataFrame:
    """Lay out the table of districts."""
    frame = setting.districts
    size = np.digitize(frame["enrollment"], [700, 2500, 6000])
    waited = setting.years[-1] - frame["rollout_year"].astype("float64")
    stage = np.select([waited.isna(), waited > 6], [0, 2], 1)
    return pd.DataFrame(
        {
            "district_id": frame["district_id"],
            "name": frame["name"],
            "state": STATE,
            "locale": pick(["rural", "town", "suburb", "city"], size),
            "enrollment": counts(frame["enrollment"].to_numpy()),
            **{name: frame[name] for name in ("lunch", "english_learners", "disability")},
            "schools": counts(frame["schools"].to_numpy()),
            "stage": pick(["none", "transitioning", "improving"], stage),
            "starting_point": frame["starting_point"],
            "strategy": frame["strategy"].fillna("none"),
            "rollout_year": frame["rollout_year"],
            "ramp_up_months": frame["ramp_up_months"],
            "synthetic": flags(np.ones(len(frame))),
        }
    )


def student_groups(setting: Setting) -> pd.DataFrame:
    """Count the students of each group, at the first and at the last year."""
    frame, years = setting.districts, setting.years[[0, -1]]
    shares = np.column_stack([*(frame[each] for each in GROUPS), *(frame[column] / 100 for column in NEEDS.values())])
    students = np.round(shares * frame["enrollment"].to_numpy()[:, None]).astype("int64")
    names = [*GROUPS, *NEEDS]
    return pd.DataFrame(
        {
            "district_id": pick(frame["district_id"].tolist(), np.repeat(np.arange(len(frame)), 2 * len(names))),
            "year": np.tile(np.repeat(years, len(names)), len(frame)),
            "group": pick(names, np.tile(np.arange(len(names)), 2 * len(frame))),
            "students": counts(np.repeat(students, 2, axis=0).ravel()),
        }
    )


def rollout(setting: Setting) -> pd.DataFrame:
    """Say when the change reached classrooms; every fourth adopter has a second source that names another day."""
    frame, place = setting.adopters, np.arange(len(setting.adopters))
    day, disputed = school_start(setting.rollout), place % 4 == 3
    grades = frame["strategy"].map({"one year": "K-12", "by cohort": "K-5 first", "by school": "K-12"})
    return pd.DataFrame(
        {
            "district_id": frame["district_id"],
            "rollout_year": setting.rollout,
            "event": "levels replace grades in class",
            "grades": grades,
            "date": dates(day),
            "date_precision": pick(["day", "month", "year"], place % 3),
            "source": pick(["board minutes", "local newspaper", "superintendent's report"], place % 3),
            "confidence": pick(["high", "medium"], disputed.astype(int)),
            "alternative_date": dates(later(day, -365), disputed),
        }
    )


def entity_history(setting: Setting) -> pd.DataFrame:
    """Record one merger: two small districts became the first one of the list."""
    merged = np.datetime64(f"{setting.years[0] - 1}-07-01")
    founded = np.datetime64("1990-07-01")
    successor, name = setting.districts.loc[0, ["district_id", "name"]]
    return pd.DataFrame(
        {
            "district_id": ["00004", "00005", successor],
            "name": ["Oldwick (synthetic)", "Nearholt (synthetic)", name],
            "alias": [None, "Nearholt Union (synthetic)", None],
            "state": STATE,
            "from_date": dates(np.array([founded, founded, merged])),
            "to_date": dates(later(np.array([merged, merged, merged]), -1), np.array([True, True, False])),
            "successor_ids": [successor, successor, None],
        }
    ).astype({"alias": "str", "successor_ids": "str"})


def regimes(setting: Setting) -> pd.DataFrame:
    """Say which test was given when: new cut scores in 2015, no test in 2020."""
    years, subjects = setting.years, ("mathematics", "reading")
    year = np.tile(years, len(subjects))
    return pd.DataFrame(
        {
            "state": STATE,
            "subject": pick(subjects, np.repeat(np.arange(len(subjects)), len(years))),
            "year": year,
            "test": pick(TESTS, (year >= NEW_TEST).astype(int)),
            "cut_change": flags(year == NEW_TEST),
            "season": "spring",
            "no_test": flags(year == NO_TEST),
        }
    )
