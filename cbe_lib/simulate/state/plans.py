"""The plans: lines of work with hours, money and dates, and what services cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.columns import DAYS_A_YEAR, dates, flags, later, numbered, pick, school_start
from cbe_lib.simulate.state.setting import Setting


class Line(NamedTuple):
    """One line of the usual plan; it starts and lasts a share of the ramp-up (start below 0) or of the years after."""

    name: str
    phase: str
    category: str
    owner: str
    start: float
    length: float
    hours: float
    dollars: float
    after: tuple[int, ...] = ()


LINES = (
    Line("ask families what graduates should be able to do", "ramp", "vision", "superintendent", -1.0, 0.4, 160, 4000),
    Line("write the purpose together", "ramp", "vision", "design team", -0.6, 0.3, 140, 2500, (1,)),
    Line(
        "study why the present way leaves students behind", "ramp", "why_old_blocks", "principal", -1.0, 0.4, 120, 1500
    ),
    Line("leaders read and visit", "ramp", "leader_learning", "superintendent", -0.9, 0.6, 200, 12000),
    Line("agree who decides what", "ramp", "shared_leadership", "design team", -0.3, 0.2, 110, 1000, (2,)),
    Line("train those who check processes", "ramp", "shared_leadership", "design team", -0.1, 0.1, 60, 1500, (5,)),
    Line("evenings with families", "ramp", "community", "principal", -0.5, 0.5, 90, 3000),
    Line("board commits for several years", "ramp", "policy", "board chair", -0.4, 0.2, 40, 500),
    Line("write levels for mathematics and reading", "design", "curriculum", "coach", -0.3, 0.2, 300, 20000, (2,)),
    Line("write shared tasks", "design", "assessment", "coach", -0.1, 0.1, 260, 15000, (9,)),
    Line("choose software for levels", "design", "tech_data", "office", -0.3, 0.2, 60, 45000),
    Line("summer weeks for teachers", "design", "PD", "coach", -0.1, 0.1, 420, 38000, (9,)),
    Line("levels replace grades in class", "transition", "rollout", "principal", 0.0, 0.3, 380, 8000, (10,)),
    Line("weekly hour for staff", "transition", "PD", "principal", 0.0, 0.9, 500, 6000),
    Line("letters about what to expect", "transition", "communication", "office", 0.02, 0.5, 70, 2000),
    Line("score student work together", "transition", "assessment", "coach", 0.1, 0.6, 220, 5000, (10,)),
    Line("meetings after school with families", "transition", "community", "principal", 0.1, 0.4, 80, 1500),
    Line("look at results and surveys twice a year", "improve", "evaluation", "office", 0.4, 0.6, 90, 4000),
    Line("revise levels and tasks", "improve", "curriculum", "coach", 0.7, 0.2, 180, 9000, (16,)),
    Line("renew the purpose with new families", "improve", "vision", "design team", 0.7, 0.2, 60, 1500, (2,)),
)
AUDIENCES = ("staff", "families", "students", "leaders")
YEARS_AFTER = 3
BARE = ("vision", "why_old_blocks", "leader_learning", "shared_leadership")
SERVICES = ("tutoring", "summer weeks", "language support", "co-teaching")
CHANGE = 12  # place of the line that changes classrooms


def plan(setting: Setting) -> pd.DataFrame:
    """Lay out every adopter's plan: its ramp-up lasts as long as `ramp_up_months` says."""
    rng, frame = setting.rng("plan"), setting.adopters
    adopter, line = np.repeat(np.arange(len(frame)), len(LINES)), np.tile(np.arange(len(LINES)), len(frame))
    months = frame["ramp_up_months"].to_numpy()[adopter]
    begin, end = _days(rng, setting, adopter, line, months)
    base = np.array([(each.hours, each.dollars) for each in LINES])[line]
    size = (frame["enrollment"].to_numpy()[adopter] / 1300) ** 0.4
    ramp = np.array([each.phase == "ramp" for each in LINES])[line]
    scale = size * np.where(ramp, months / 12, 1) * np.exp(rng.normal(0, 0.25, len(line)))
    bare = setting.story("bare_plan")[adopter]
    begin, end, hours = _overload(setting, adopter, line, begin, end, np.round(base[:, 0] * scale))
    owner = pick([each.owner for each in LINES], line)
    table = pd.DataFrame(
        {
            "task_id": pick(numbered("T", len(LINES), 2), line),
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "name": pick([each.name for each in LINES], line),
            "phase": pick([each.phase for each in LINES], line),
            "category": pick([each.category for each in LINES], line),
            "owner_role": owner.where((rng.random(len(line)) < 0.92) & ~(bare & (line % 3 == 1))),
            "start": dates(begin),
            "end": dates(end),
            "person_hours": hours,
            "dollars": np.round(base[:, 1] * scale, -1),
            "audience": pick(AUDIENCES, line % len(AUDIENCES)),
            "predecessor_ids": pick(["; ".join(f"T{i:02d}" for i in each.after) or None for each in LINES], line),
            "done_evidence": pick(["minutes", "list of names", "documents"], line % 3).where(
                rng.random(len(line)) < 0.8
            ),
            "status": pick(
                ["done", "under way"], np.array([each.phase == "improve" for each in LINES])[line].astype(int)
            ),
            "classroom_change": flags(line == CHANGE),
        }
    )
    dropped = bare & table["category"].isin(BARE).to_numpy()
    table.loc[bare, "predecessor_ids"] = None
    return table[~dropped].reset_index(drop=True)


def _days(
    rng: np.random.Generator, setting: Setting, adopter: np.ndarray, line: np.ndarray, months: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    change = school_start(setting.rollout[adopter])
    ramp, after = months * DAYS_A_YEAR / 12, YEARS_AFTER * DAYS_A_YEAR
    start, length = (np.array([getattr(each, name) for each in LINES])[line] for name in ("start", "length"))
    unit = np.where(start < 0, ramp, after)
    begin = later(change, np.round(start * unit).astype("int64"))
    return begin, np.maximum(later(change, np.round((start + length) * unit).astype("int64") - 1), begin)


def _overload(
    setting: Setting, adopter: np.ndarray, line: np.ndarray, begin: np.ndarray, end: np.ndarray, hours: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put the design work of the bare plan into the first month of school, twice as much as usual."""
    phase = np.array([each.phase == "design" for each in LINES])[line]
    crammed = setting.story("bare_plan")[adopter] & phase
    first = school_start(setting.rollout[adopter])
    begin = np.where(crammed, first, begin)
    end = np.where(crammed, later(first, 29), end)
    hours = np.where(crammed, 2 * hours, hours)
    ramp = setting.story("bare_plan")[adopter] & np.array([each.phase == "ramp" for each in LINES])[line]
    return begin, end, np.where(ramp, 0, hours)


def costs(setting: Setting) -> pd.DataFrame:
    """State what services cost; the hours for one level agree with `hours_catch_up`."""
    rng, frame = setting.rng("costs"), setting.adopters
    adopter, service = np.repeat(np.arange(len(frame)), len(SERVICES)), np.tile(np.arange(len(SERVICES)), len(frame))
    cost = (np.array([42, 24, 48, 55])[service] * np.exp(rng.normal(0, 0.1, len(service)))).round(2)
    rate = max(setting.sizes["hours_catch_up"], 0.001)
    hours = np.full(len(service), np.round(1 / rate))
    return pd.DataFrame(
        {
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "service": pick(SERVICES, service),
            "unit": "student hour",
            "cost": cost,
            "low": (0.8 * cost).round(2),
            "high": (1.4 * cost).round(2),
            "hours_per_level": hours,
            "hours_low": np.round(0.7 * hours),
            "hours_high": np.round(1.5 * hours),
        }
    )
