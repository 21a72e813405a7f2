"""Students' progress: levels in mathematics beside their age, and catching up in reading."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.columns import DAYS_A_YEAR, dates, later, normal_within, pick, school_start
from cbe_lib.simulate.state.plans import SERVICES
from cbe_lib.simulate.state.setting import Setting

SCHOOLS = 3  # followed in a district, where it has so many
READING_SHARE = 0.4  # of the students in mathematics
READING_LEVELS = 4  # rows of a student in reading
USUAL_GAP = -0.1  # levels above the age grade
SHARES = (0.5, 0.27, 0.1, 0.13)
SUBGROUPS = ("none of these", "low income", "English learners", "students with disabilities")


def share_above(sizes: Mapping[str, float]) -> float:
    """Return the share of students a level or more above their age that follows from the planted sizes."""
    spread = math.sqrt(sum(sizes[f"{part}_variance"] for part in ("district", "school", "student")))
    means = (USUAL_GAP, USUAL_GAP + sizes["disability_level"])
    above = [0.5 * math.erfc((1 - mean) / max(spread, 1e-9) / math.sqrt(2)) for mean in means]
    return round((1 - SHARES[-1]) * above[0] + SHARES[-1] * above[1], 4)


def progress(setting: Setting) -> pd.DataFrame:
    """Follow students of up to three schools a district: two levels each in mathematics, four in reading."""
    frame = setting.adopters
    schools = np.minimum(frame["schools"].to_numpy(), SCHOOLS)
    adopter = np.repeat(np.arange(len(frame)), schools)
    number = np.concatenate([np.arange(1, n + 1) for n in schools]) if len(schools) else adopter
    table = pd.concat(
        [_mathematics(setting, adopter, number), _reading(setting, adopter, number)], ignore_index=True
    ).sort_values(["district_id", "student_hash", "level"], kind="stable", ignore_index=True)
    return table


def _pupils(setting: Setting, adopter: np.ndarray, number: np.ndarray, each: int, first: int) -> pd.DataFrame:
    """Lay out `each` students of every school."""
    school = np.repeat(np.arange(len(adopter)), each)
    ids = setting.adopters["district_id"].to_numpy()
    # Multiplying by an odd number mixes the numbers up and keeps them apart.
    codes = (np.arange(first, first + len(school), dtype="uint64") * np.uint64(2654435761)) % np.uint64(2**32)
    return pd.DataFrame(
        {
            "adopter": adopter[school],
            "school": school,
            "student_hash": pd.array([f"{code:08x}" for code in codes.tolist()], dtype="str"),
            "district_id": pick(list(ids), adopter[school]),
            "school_id": pick([f"{ids[a]}-{n:02d}" for a, n in zip(adopter, number, strict=True)], school),
        }
    )


def _mathematics(setting: Setting, adopter: np.ndarray, number: np.ndarray) -> pd.DataFrame:
    rng, pull = setting.rng("mathematics"), setting.sizes
    pupils = _pupils(setting, adopter, number, setting.students, 1)
    count, group = len(pupils), rng.choice(4, len(pupils), p=SHARES)
    gap = (
        USUAL_GAP
        + pull["disability_level"] * (group == 3)
        + np.sqrt(pull["district_variance"]) * rng.normal(size=len(setting.adopters))[pupils["adopter"]]
        + np.sqrt(pull["school_variance"]) * rng.normal(size=len(adopter))[pupils["school"]]
        + np.sqrt(pull["student_variance"]) * rng.normal(size=count)
    )
    level = rng.integers(5, 10, count)
    age = np.clip(level - gap, 0, 13)
    reached = later(school_start(setting.rollout[pupils["adopter"]] + 4), -rng.integers(60, 330, count))
    took = rng.uniform(0.7, 1.4, count)
    has_cap = rng.random(count) < 0.6
    stuck = rng.random(count) < pull["cap_share"]
    cap = np.where(stuck, level, level + rng.integers(1, 4, count))
    waited = np.maximum(np.round(np.exp(2.4 + pull["cap_wait"] * (has_cap & stuck) + rng.normal(0, 0.6, count))), 1)
    still = rng.random(count) < 0.15
    before = later(reached, -np.round(took * DAYS_A_YEAR).astype("int64"))
    shared = {
        "subject": "mathematics",
        "subgroup": pick(SUBGROUPS, group),
        "course_cap": np.where(has_cap, cap, np.nan),
    }
    last = pupils.assign(
        **shared,
        age_grade=age,
        level=level.astype(float),
        date_reached=dates(reached),
        date_moved=dates(later(reached, waited.astype("int64")), ~still),
    )
    first = pupils.assign(
        **shared,
        age_grade=np.clip(age - took, 0, 13),
        level=level - 1.0,
        date_reached=dates(before),
        date_moved=dates(later(before, rng.integers(1, 30, count))),
    )
    first["course_cap"] = np.nan
    return _tidied(pd.concat([first, last], ignore_index=True))


def _reading(setting: Setting, adopter: np.ndarray, number: np.ndarray) -> pd.DataFrame:
    """Let students who entered behind gain levels, faster with more hours of service."""
    rng, pull = setting.rng("reading"), setting.sizes
    each = max(round(READING_SHARE * setting.students), 1)
    pupils = _pupils(setting, adopter, number, each, 1 + setting.students * len(adopter))
    count, behind = len(pupils), rng.uniform(0.5, 3.0, len(pupils))
    hours = np.where(rng.random(count) < 0.25, 0, rng.integers(10, 91, count))
    rate = 1.0 + pull["hours_catch_up"] * hours + normal_within(rng, 0.2, 2.5, count)
    start = later(school_start(setting.rollout[pupils["adopter"]] + 1), rng.integers(0, 60, count))
    entry, group = rng.integers(2, 7, count), rng.choice(4, count, p=[0.2, 0.35, 0.25, 0.2])
    service = pick(SERVICES, rng.integers(0, len(SERVICES), count)).where(hours > 0)
    rows = []
    for step in range(READING_LEVELS):
        years = step / np.maximum(rate, 0.2)
        reached = later(start, np.round(years * DAYS_A_YEAR).astype("int64"))
        rows.append(
            pupils.assign(
                subject="reading",
                subgroup=pick(SUBGROUPS, group),
                course_cap=np.nan,
                age_grade=np.clip(entry + behind + years, 0, 13),
                level=entry + float(step),
                date_reached=dates(reached),
                date_moved=dates(later(reached, rng.integers(1, 15, count))),
                services=service,
                service_hours=hours.astype(float),
            )
        )
    return _tidied(pd.concat(rows, ignore_index=True))


def _tidied(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=["adopter", "school"]).assign(age_grade=frame["age_grade"].round(2))
