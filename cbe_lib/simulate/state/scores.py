"""Results year by year: levels, trends, noise, a new test, and the dips that were planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.simulate.curves import effect
from cbe_lib.simulate.state.columns import counts, normal_within, pick
from cbe_lib.simulate.state.places import NEEDS, SHORTEST
from cbe_lib.simulate.state.setting import NEW_TEST, NO_TEST, STATE_ID, TESTS, Setting
from cbe_lib.simulate.truth import planted_terms

DEEPEST = 11.0  # points, with the shortest ramp-up
SHALLOWEST = 0.5
TROUGH = 2.0  # years after the last unaffected result
CELLS = (("4", "mathematics"), ("4", "reading"), ("8", "mathematics"), ("8", "reading"))
OFFSETS = {"4 mathematics": 0, "4 reading": 2, "8 mathematics": -5, "8 reading": -1}
GAPS = {"low income": -8, "English learners": -18, "students with disabilities": -20}
GROUP_GAPS = {"Hispanic": -6, "Black": -7, "White": 4}
GRADES = 13
COLUMNS = (
    "district_id", "level", "year", "grade", "subject", "subgroup", "metric", "value", "n_tested", "participation",
    "test_regime", "rollout_year",
)  # fmt: skip
LOWEST, HIGHEST = 2.0, 98.0


def depths(setting: Setting, completion: np.ndarray) -> np.ndarray:
    """Plant how deep each adopter's dip is, given the share of people who completed reflections."""
    size, frame, rng = setting.sizes, setting.adopters, setting.rng("depth")
    mean = (
        DEEPEST
        + size["ramp_up_depth"] * (frame["ramp_up_months"] - SHORTEST)
        + size["enrollment_depth"] * np.log2(frame["enrollment"] / 1300)
        + size["start_depth"] * setting.personalized
        + size["strategy_depth"] * setting.one_year
        + size["reflection_depth"] * (completion - 0.6)
    )
    return np.maximum(mean.to_numpy() + normal_within(rng, 1.0, 2.0, len(frame)), SHALLOWEST)


def planted(setting: Setting, depth: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the effect (adopters x calendar years) and its five terms."""
    rng, count = setting.rng("curves"), len(depth)
    calendar = np.arange(setting.years[0], setting.years[-1] + 1)
    recovery, gain = rng.uniform(4.5, 7, count), rng.uniform(1, 4, count)
    curve = np.array(
        [
            effect("v", calendar - start + 1, depth=d, trough=TROUGH, recovery=r, gain=g)
            for start, d, r, g in zip(setting.rollout, depth, recovery, gain, strict=True)
        ]
    ).reshape(count, len(calendar))
    return curve, planted_terms(setting.adopters["district_id"].tolist(), calendar, curve, setting.rollout)


def outcomes(setting: Setting, curve: np.ndarray) -> pd.DataFrame:
    """Draw the rates of all students and of groups, and the state's totals."""
    years = setting.years[setting.years != NO_TEST]
    rate, tested = _expected(setting, curve, years)
    everyone = _all_students(setting, rate, tested, years)
    groups = _groups(setting, rate, tested, years)
    frame = pd.concat([_state_totals(everyone), everyone.drop(columns="proficient"), groups], ignore_index=True)
    frame["value"] = frame["value"].round(1)
    frame["test_regime"] = pick(TESTS, (frame["year"].to_numpy() >= NEW_TEST).astype(int))
    return frame[[*COLUMNS]]


def _expected(setting: Setting, curve: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected rate (districts x years) before subjects, and the students tested in a grade."""
    rng, frame, count = setting.rng("outcomes"), setting.districts, len(setting.districts)
    level = np.clip(rng.normal(60, 6, count) - 0.15 * (frame["lunch"] - 45), 44, 74).to_numpy()[:, None]
    trend = rng.normal(0.4, 0.15, (count, 1)) * (years - years.mean())
    shock = rng.normal(0, 0.6, len(years))
    noise = rng.normal(0, 0.8, (count, len(years)))
    noise[:, 1:] += 0.3 * noise[:, :-1]
    dip = np.zeros((count, len(years)))
    dip[frame["rollout_year"].notna().to_numpy()] = curve[:, years - setting.years[0]]
    new_test = np.where(years >= NEW_TEST, -10 + rng.normal(0, 0.8, (count, 1)), 0)
    cohort = frame["enrollment"].to_numpy()[:, None] / GRADES * np.exp(rng.normal(0, 0.03, (count, len(years))))
    return level + trend + shock + noise + dip + new_test, np.maximum(np.round(cohort), 4).astype("int64")


def _all_students(setting: Setting, rate: np.ndarray, tested: np.ndarray, years: np.ndarray) -> pd.DataFrame:
    rng = setting.rng("all students")
    offset = np.array([OFFSETS[f"{grade} {subject}"] for grade, subject in CELLS])
    wanted = rate[:, None, :] + offset[:, None] + rng.normal(0, 0.7, (len(rate), len(CELLS), len(years)))
    present = rng.binomial(tested[:, None, :], 0.97, wanted.shape)
    proficient = rng.binomial(present, np.clip(wanted, LOWEST, HIGHEST) / 100)
    frame = _long(setting, years, np.arange(len(CELLS)), np.zeros(len(CELLS), dtype=int), ["all students"])
    enrolled = np.broadcast_to(tested[:, None, :], wanted.shape)
    return _filled(frame, proficient, present, enrolled).assign(proficient=proficient.ravel())


def _groups(setting: Setting, rate: np.ndarray, tested: np.ndarray, years: np.ndarray) -> pd.DataFrame:
    """Draw the groups of grade 8 in mathematics; the small ones of small districts are there to be suppressed."""
    rng, districts = setting.rng("groups"), setting.districts
    gaps = GAPS | GROUP_GAPS
    share = np.column_stack([districts[NEEDS[each]] / 100 if each in NEEDS else districts[each] for each in gaps])
    offset = np.array(list(gaps.values())) + OFFSETS["8 mathematics"]
    wanted = rate[:, None, :] + offset[:, None] + rng.normal(0, 1.0, (len(rate), len(gaps), len(years)))
    enrolled = rng.binomial(tested[:, None, :], share[:, :, None])
    present = rng.binomial(enrolled, 0.97)
    proficient = rng.binomial(present, np.clip(wanted, LOWEST, HIGHEST) / 100)
    frame = _long(setting, years, np.full(len(gaps), CELLS.index(("8", "mathematics"))), np.arange(len(gaps)), [*gaps])
    return _filled(frame, proficient, present, enrolled)[present.ravel() > 0]


def _long(setting: Setting, years: np.ndarray, cell: np.ndarray, group: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Lay out districts x cells x years; `cell` and `group` say what each cell is about."""
    frame, each, block = setting.districts, len(years), len(cell) * len(years)
    district = np.repeat(np.arange(len(frame)), block)
    placed = np.tile(np.repeat(np.arange(len(cell)), each), len(frame))
    return pd.DataFrame(
        {
            "district_id": pick(frame["district_id"].tolist(), district),
            "level": "district",
            "year": np.tile(years, len(frame) * len(cell)),
            "grade": pick([grade for grade, _ in CELLS], cell[placed]),
            "subject": pick([subject for _, subject in CELLS], cell[placed]),
            "subgroup": pick(names, group[placed]),
            "metric": "percent proficient",
            "rollout_year": frame["rollout_year"].take(district).reset_index(drop=True),
        }
    )


def _filled(frame: pd.DataFrame, proficient: np.ndarray, present: np.ndarray, enrolled: np.ndarray) -> pd.DataFrame:
    value = 100 * proficient / np.maximum(present, 1)
    share = 100 * present / np.maximum(enrolled, 1)
    return frame.assign(value=value.ravel(), n_tested=counts(present.ravel()), participation=share.ravel().round(1))


def _state_totals(everyone: pd.DataFrame) -> pd.DataFrame:
    by = ["year", "grade", "subject", "subgroup", "metric"]
    total = everyone.groupby(by, as_index=False)[["proficient", "n_tested"]].sum()
    total["value"] = 100 * total["proficient"] / total["n_tested"].astype("int64")
    return total.drop(columns="proficient").assign(district_id=STATE_ID, level="state")
