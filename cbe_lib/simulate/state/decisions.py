"""The decision log in words, the processes behind it, and the hybrid proposals."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.chain import LEVELS, Log
from cbe_lib.simulate.state.columns import dates, flags, later, numbered, pick, school_start
from cbe_lib.simulate.state.purpose import PRINCIPLES
from cbe_lib.simulate.state.setting import Setting

DECIDERS = ("teacher team", "school council", "leadership team", "board")
ABOVE = ("school", "district", "board", "state")
ABOVE_DECIDERS = ("principal", "superintendent", "board chair", "state department")
INSTEAD = (
    "grade chair",
    "principal",
    "superintendent",
    "board chair",
)  # decide at the planned level, but not as planned
TOPICS = ("budget", "schedule", "reporting", "discipline", "staffing", "curriculum", "space")
SUBJECTS = (
    ("buy sets of readers", "fund the summer weeks", "share the travel money"),
    ("move the late start", "open the building earlier", "lengthen workshop blocks"),
    ("change the report to families", "name the levels anew", "send reports more often"),
    ("handle phones in class", "revise the hallway rules", "set up a repair circle"),
    ("hire a reading coach", "cover for visits", "assign advisors"),
    ("choose the writing units", "place science topics", "add an evidence task"),
    ("reopen the workshop room", "share the library", "use the old gym"),
)
ROLES = ("teacher", "student", "family", "principal")
INVITED = (("teacher",), ("teacher", "family"), ("teacher", "student"), ("teacher", "student", "family", "principal"))
TEAMS = ("elementary", "middle", "high", "office")
HYBRIDS = (
    "keep letter grades beside levels",
    "keep seat time for honors",
    "average old and new scores",
    "pace by birthday",
)
HYBRID_SHARE = 0.07
WINDOWS = (5, 10, 15, 30)


def decisions(setting: Setting, log: Log) -> pd.DataFrame:
    """Lay the log out with processes, input, feedback and words."""
    rng, count = setting.rng("wording"), len(log.adopter)
    order = np.lexsort((log.raised, log.adopter))
    log = Log(**{name: cells[order] for name, cells in vars(log).items()})
    topic = rng.integers(0, len(TOPICS), count)
    words = [subject for each in SUBJECTS for subject in each]
    which = 3 * topic + rng.integers(0, 3, count)
    days = rng.integers(5, 60, count)
    decided = later(log.raised, days)
    school = np.where(log.level <= 1, rng.integers(1, 4, count), 0)
    frame = pd.DataFrame(
        {
            "decision_id": numbered("D", count, 6),
            "district_id": pick(setting.adopters["district_id"].tolist(), log.adopter),
            "date_raised": dates(log.raised),
            "date_decided": dates(decided, rng.random(count) > 0.02),
            "level": pick(LEVELS, log.level),
            "school_id": school_ids(setting, log.adopter, school),
            "topic": pick(TOPICS, topic),
            "text": pick(words, which),
            "proposer_role": pick(ROLES, rng.choice(4, count, p=[0.5, 0.1, 0.15, 0.25])),
            "proposer_team": pick(TEAMS, _teams(rng, setting, log)),
            "process_id": pick([f"{level}-{t}" for level in LEVELS for t in TOPICS], log.level * len(TOPICS) + topic),
            "decider_planned": pick(DECIDERS, log.level),
            "decider_actual": pick(
                [*DECIDERS, *INSTEAD, *ABOVE_DECIDERS],
                np.select([log.escalated, log.matched], [log.level + 8, log.level], log.level + 4),
            ),
        }
    )
    frame = frame.join(_input(rng, log, days)).join(_principles(rng, setting, log))
    frame["text"] = frame.pop("proposal").fillna(frame["text"])
    frame["escalated_to"] = pick(ABOVE, log.level).where(log.escalated)
    returned = rng.random(count) < 0.7
    frame["feedback_date"] = dates(later(decided, rng.integers(1, 60, count)), returned & frame["date_decided"].notna())
    frame["checker_id"] = pick(numbered("K", 4, 1), rng.integers(0, 4, count)).where(log.checked)
    frame["scope"] = pick(["whole", "team"], (rng.random(count) < 0.25).astype(int))
    return frame


def school_ids(setting: Setting, adopter: np.ndarray, school: np.ndarray) -> pd.Series:
    """Name the school of each row, held within the schools that the district has; 0 stands for the whole district."""
    frame = setting.adopters
    most = np.minimum(frame["schools"].to_numpy(), 3)[adopter]
    names = [f"{district}-{number:02d}" for district in frame["district_id"] for number in (1, 2, 3)]
    return pick(names, 3 * adopter + np.clip(school, 1, most) - 1).where(school > 0)


def _teams(rng: np.random.Generator, setting: Setting, log: Log) -> np.ndarray:
    """Let one team propose most of it in every third district."""
    even = rng.integers(0, len(TEAMS), len(log.adopter))
    return np.where((log.adopter % 3 == 1) & (rng.random(len(even)) < 0.5), 2, even)


def _input(rng: np.random.Generator, log: Log, days: np.ndarray) -> pd.DataFrame:
    """Invite, hear and use input; one window in eight opens only after the decision."""
    count = len(log.adopter)
    invited = rng.integers(0, len(INVITED), count)
    late = rng.random(count) < 0.125
    opened = later(log.raised, np.where(late, days + 3, 1))
    people = rng.poisson([12, 4, 5, 1], (count, len(ROLES)))
    heard = [
        "; ".join(f"{role}: {people[row, ROLES.index(role)]}" for role in INVITED[kind])
        for row, kind in enumerate(invited)
    ]
    student = np.where(invited >= 2, rng.choice(3, count, p=[0.3, 0.5, 0.2]), 0)
    return pd.DataFrame(
        {
            "input_roles_invited": pick(["; ".join(roles) for roles in INVITED], invited),
            "input_open": dates(opened),
            "input_close": dates(later(opened, np.maximum(days // 2, 2))),
            "input_by_role": pd.Series(heard, dtype="str"),
            "student_input": pick(["none", "heard", "vote"], student),
            "input_used": pick(["yes", "partly", "no"], np.where(log.used, 0, rng.integers(1, 3, count))),
        }
    )


def _principles(rng: np.random.Generator, setting: Setting, log: Log) -> pd.DataFrame:
    count = len(log.adopter)
    sets = [*combinations(PRINCIPLES, 1), *combinations(PRINCIPLES, 2)]
    usual = np.array([3.0 if "students-first" in each else 1.0 for each in sets])
    never = np.array([not {"open-doors", "time-varies"} & set(each) for each in sets]) * usual
    cited = rng.choice(len(sets), count, p=usual / usual.sum())
    few = rng.choice(len(sets), count, p=never / never.sum())
    cited = np.where(setting.story("orphans")[log.adopter], few, cited)
    hybrid = rng.random(count) < HYBRID_SHARE
    rated = rng.choice([-1, 0, 1], (count, len(PRINCIPLES)), p=[0.2, 0.4, 0.4])
    told = _hybrid_story(setting, log)
    hybrid[told], rated[told] = True, (1, 1, -1, 1, 1)
    written = [
        "; ".join(f"{name}: {value}" for name, value in zip(PRINCIPLES, row, strict=True)) if is_hybrid else None
        for row, is_hybrid in zip(rated, hybrid, strict=True)
    ]
    worst = rated.argmin(axis=1)
    return pd.DataFrame(
        {
            "principles_cited": pick(["; ".join(each) for each in sets], cited).where(log.cited),
            "conflict_principle": pick(PRINCIPLES, worst).where(hybrid & (rated.min(axis=1) < 0)),
            "hybrid": flags(hybrid),
            "hybrid_rating": pd.Series(written, dtype="str"),
            "proposal": pick(HYBRIDS, rng.integers(0, len(HYBRIDS), count)).where(hybrid),
        }
    )


def _hybrid_story(setting: Setting, log: Log) -> np.ndarray:
    """Return the place of the proposal that tells the story: the first of its district in the rollout year."""
    return np.flatnonzero(setting.story("hybrid")[log.adopter] & (log.year == 1))[:1]


def processes(setting: Setting) -> pd.DataFrame:
    """Write down how each kind of decision is made; one in eight has no decider, one in six is not designed yet."""
    rng, frame, kinds = setting.rng("processes"), setting.adopters, len(LEVELS) * len(TOPICS)
    adopter, kind = np.repeat(np.arange(len(frame)), kinds), np.tile(np.arange(kinds), len(frame))
    count, level = len(adopter), kind // len(TOPICS)
    kept = rng.random(count) < 0.5
    designed = rng.random(count) < 5 / 6
    start = later(school_start(setting.rollout[adopter] - 1), rng.integers(-300, 200, count))
    names = [f"{level}-{topic}" for level in LEVELS for topic in TOPICS]
    return pd.DataFrame(
        {
            "process_id": pick(names, kind),
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "decision_type": pick(TOPICS, kind % len(TOPICS)),
            "decider": pick(DECIDERS, level).where(rng.random(count) < 7 / 8),
            "input_roles": pick(["; ".join(roles) for roles in INVITED], rng.integers(0, len(INVITED), count)),
            "window_days": np.array(WINDOWS, dtype=float)[rng.integers(0, len(WINDOWS), count)],
            "version": "1",
            "approved_by": pick(["board", "superintendent"], rng.integers(0, 2, count)).where(designed),
            "effective_from": dates(start, designed),
            "feedback_date": dates(later(start, 200), designed & (rng.random(count) < 0.5)),
        }
    )[kept].reset_index(drop=True)
