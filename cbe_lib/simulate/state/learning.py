"""The learning organization: messages, corrections, early signs, reflections, commitments and preparations."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.chain import Chain
from cbe_lib.simulate.state.columns import (
    SCHOOL_DAYS,
    counts,
    dates,
    flags,
    group_share,
    later,
    logistic,
    numbered,
    pick,
    school_start,
)
from cbe_lib.simulate.state.setting import WAVES, Setting

MESSAGES = 9  # a school year
CORRECTIONS = 9
USUAL_DAYS = 60.0  # to a change, where safety is 3.1
REFLECTIONS = 4
REFLECTING = ("teacher", "student", "family")
THEMES = ("time", "clarity", "workload", "student progress", "voice")
SAME_THEME = 0.75
INDICATORS = ("work returned within a week", "attendance", "office referrals")
UNITS = ("percent", "percent", "per 100 students")
MONTHS = 10
JUMP = 3.0  # percent points: the one real change in attendance
PREPARATIONS = ("board commitment", "communication plan", "teacher time", "early measures", "work on values")


def messages(setting: Setting) -> tuple[pd.DataFrame, np.ndarray]:
    """Write the messages of three school years; return them and the share that names a horizon, by adopter and wave."""
    rng, count = setting.rng("messages"), len(setting.adopters)
    adopter = np.repeat(np.arange(count), WAVES * MESSAGES)
    year = np.tile(np.repeat(np.arange(WAVES), MESSAGES), count)
    habit = rng.uniform(0.1, 0.9, count)
    named = rng.random(len(adopter)) < habit[adopter]
    day = later(school_start(setting.rollout[adopter] - 1 + year), rng.integers(0, SCHOOL_DAYS, len(adopter)))
    share = group_share(named, adopter * WAVES + year, count * WAVES).reshape(count, WAVES)
    years = rng.integers(3, 7, len(adopter))
    said = ["what changes this month", "dates for conferences", "why we started", "where to ask"]
    texts = [*said, *(f"this takes {n} years, and the first may be rough" for n in range(3, 7))]
    frame = pd.DataFrame(
        {
            "message_id": numbered("M", len(adopter)),
            "district_id": pick(setting.adopters["district_id"].tolist(), adopter),
            "date": dates(day),
            "audience": pick(["families", "staff", "board", "students"], rng.integers(0, 4, len(adopter))),
            "channel": pick(["letter", "meeting", "web page"], rng.integers(0, 3, len(adopter))),
            "text": pick(texts, np.where(named, years + 1, rng.integers(0, 4, len(adopter)))),
            "horizon_years": np.where(named, years, np.nan),
        }
    )
    return frame, share


def corrections(setting: Setting, chain: Chain) -> pd.DataFrame:
    """Note problems from the rollout year on; safety speeds the change up, ownership keeps blame down."""
    rng, count, pull = setting.rng("corrections"), len(setting.adopters), setting.sizes
    each = np.where(setting.story("tiny"), 2, CORRECTIONS)
    adopter = np.repeat(np.arange(count), WAVES * each)
    wave = np.concatenate([np.repeat(np.arange(WAVES), n) for n in each]) if count else adopter
    noted = later(school_start(setting.rollout[adopter] + wave), rng.integers(0, SCHOOL_DAYS, len(adopter)))
    hazard = pull["safety_latency"] * (chain.score("safety")[adopter, wave] - 3.1)
    hazard += pull["strategy_latency"] * setting.one_year[adopter]
    days = np.ceil(rng.exponential(USUAL_DAYS * np.exp(-hazard))).astype("int64")
    end = later(school_start(setting.rollout[adopter] + 3), -46)
    blaming = -1.0 + pull["ownership_blame"] * (chain.score("ownership")[adopter, wave] - 3.1)
    blaming += pull["acceptance_blame"] * (chain.score("acceptance")[adopter, wave] - 3.4)
    blame = rng.random(len(adopter)) < logistic(blaming)
    topics = ("reports to families", "pacing", "tasks without evidence", "room changes", "levels disagree")
    topic = rng.integers(0, len(topics), len(adopter))
    frame = pd.DataFrame(
        {
            "correction_id": numbered("X", len(adopter)),
            "district_id": pick(setting.adopters["district_id"].tolist(), adopter),
            "date_noted": dates(noted),
            "date_changed": dates(later(noted, days), later(noted, days) <= end),
            "topic": pick(topics, topic),
            "noted_by": pick(["teacher", "family", "student", "principal"], rng.integers(0, 4, len(adopter))),
            "blame": flags(blame),
            "text": pick(
                [f"{t}: {x}" for t in topics for x in ("we did not see it coming", "they never told us")],
                2 * topic + blame,
            ),
        }
    )
    return frame


def indicators(setting: Setting, chain: Chain) -> pd.DataFrame:
    """Track three signs by month in the rollout year and the year after; one district's attendance really jumps."""
    rng, count, kinds = setting.rng("indicators"), len(setting.adopters), len(INDICATORS)
    shape = (count, 2, MONTHS, kinds)
    adopter, year, month, kind = (each.ravel() for each in np.indices(shape))
    time = chain.score("learning_time")[adopter, year] - 2.9
    slope = np.array([setting.sizes["time_wins"], setting.sizes["time_attendance"], 0.0])[kind]
    value = (
        np.array([62.0, 90.0, 6.0])[kind] + slope * time + rng.normal(size=len(kind)) * np.array([4, 1.2, 1.5])[kind]
    )
    value += JUMP * (setting.story("bare_plan")[adopter] & (kind == 1) & (year == 1))
    return pd.DataFrame(
        {
            "district_id": pick(setting.adopters["district_id"].tolist(), adopter),
            "indicator": pick(INDICATORS, kind),
            "date": dates(later(school_start(setting.rollout[adopter] + year), 16 + 28 * month)),
            "value": np.clip(value, 0, np.where(kind == 2, np.inf, 100)).round(1),
            "unit": pick(UNITS, kind),
            "better": pick(["up", "up", "down"], kind),
        }
    )


def reflections(setting: Setting) -> tuple[pd.DataFrame, np.ndarray]:
    """Ask all roles to reflect, twice a year; return the rounds, coded by two people, and each adopter's completion."""
    rng, count = setting.rng("reflections"), len(setting.adopters)
    shape = (count, REFLECTIONS, len(REFLECTING))
    adopter, round_, role = (each.ravel() for each in np.indices(shape))
    invited = np.array([25, 60, 40])[role]
    habit = rng.uniform(0.25, 0.9, count)
    completed = rng.binomial(invited, habit[adopter])
    share = group_share(completed, adopter, count) / group_share(invited, adopter, count)
    theme = rng.integers(0, len(THEMES), len(adopter))
    other = np.where(rng.random(len(adopter)) < SAME_THEME, theme, rng.integers(0, len(THEMES), len(adopter)))
    day = later(school_start(setting.rollout[adopter] + round_ // 2), 60 + 150 * (round_ % 2))
    frame = pd.DataFrame(
        {
            "reflection_id": numbered("R", len(adopter)),
            "district_id": pick(setting.adopters["district_id"].tolist(), adopter),
            "date": dates(day),
            "role": pick(REFLECTING, role),
            "invited": counts(invited),
            "completed": counts(completed),
        }
    )
    coded = [frame.assign(coder=name, theme=pick(THEMES, code)) for name, code in (("A", theme), ("B", other))]
    return pd.concat(coded).sort_values(["reflection_id", "coder"], kind="stable", ignore_index=True), share


def commitments(setting: Setting) -> pd.DataFrame:
    """Record votes, policies, budgets and changes of superintendent; one board in six lets its commitment end."""
    rng, count = setting.rng("commitments"), len(setting.adopters)
    kinds = ("board vote", "policy", "budget", "board election", "new superintendent", "board vote")
    said = (
        "board votes for the change", "policy on levels adopted", "money set aside for three years",
        "two new board members", "new superintendent arrives", "board votes on going on",
    )  # fmt: skip
    adopter, event = np.repeat(np.arange(count), len(kinds)), np.tile(np.arange(len(kinds)), count)
    start = school_start(setting.rollout[adopter] - 1)
    day = later(start, np.array([-200, -60, 30, 500, 700, 1000])[event] + rng.integers(0, 90, len(event)))
    ends = (adopter % 6 == 5) & (event == 5)
    weak = (event == 4) & (rng.random(len(event)) < 0.3)
    effect = np.select([event <= 2, ends, weak, event == 5], [0, 3, 2, 1], 4)
    kept = (event < 3) | (event == 5) | (rng.random(len(event)) < 0.6)
    frame = pd.DataFrame(
        {
            "district_id": pick(setting.adopters["district_id"].tolist(), adopter),
            "date": dates(day),
            "kind": pick(kinds, event),
            "effect": pick(["makes", "renews", "weakens", "ends", "none"], effect),
            "text": pick(said, event),
        }
    )[kept].reset_index(drop=True)
    frame.insert(0, "commitment_id", numbered("B", len(frame)))
    return frame


def preparations(setting: Setting) -> pd.DataFrame:
    """Say which preparations were in place: more of them after a longer ramp-up."""
    rng, frame, kinds = setting.rng("preparations"), setting.adopters, len(PREPARATIONS)
    adopter, kind = np.repeat(np.arange(len(frame)), kinds), np.tile(np.arange(kinds), len(frame))
    chance = 0.25 + setting.sizes["ramp_up_prepared"] * frame["ramp_up_months"].to_numpy()
    ready = rng.random(len(adopter)) < chance[adopter]
    day = later(school_start(setting.rollout[adopter]), -rng.integers(20, 400, len(adopter)))
    shown = ("minutes", "written plan", "timetable", "list of measures", "notes of meetings")
    return pd.DataFrame(
        {
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "preparation": pick(PREPARATIONS, kind),
            "date": dates(day, ready),
            "evidence": pick(shown, kind).where(ready),
        }
    )
