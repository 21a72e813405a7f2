"""The yearly chain: decisions of a school year move the survey of its spring, which moves the next school year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbe_lib.simulate.state.answers import Answers, Form, draw
from cbe_lib.simulate.state.columns import (
    DAYS_A_YEAR,
    SCHOOL_DAYS,
    group_share,
    later,
    logistic,
    school_start,
)
from cbe_lib.simulate.state.setting import LOG_YEARS, WAVES, Setting

LEVELS = ("classroom", "school", "district", "board")
LEVEL_SHARES = (0.2, 0.35, 0.3, 0.15)
USUAL_TRUST = 3.2
USUAL_MATCH = 0.65
BUSY = {"escalation": 3, "orphans": 2, "tiny": 0.4}  # times as many decisions as elsewhere


@dataclass(frozen=True)
class Log:
    """Decisions, one entry each; year 0 of the log is the school year before the rollout."""

    adopter: np.ndarray
    year: np.ndarray
    raised: np.ndarray
    level: np.ndarray
    cited: np.ndarray
    checked: np.ndarray
    escalated: np.ndarray
    matched: np.ndarray
    used: np.ndarray


@dataclass(frozen=True)
class Chain:
    """The decision log, and the staff's answers in every wave."""

    log: Log
    staff: Form
    answers: Answers

    def score(self, scale: str) -> np.ndarray:
        """Return the mean score of a scale by adopter and wave, as an analyst computes it."""
        return self.answers.means[scale]


def yearly_chain(setting: Setting, seats: np.ndarray, horizon: np.ndarray) -> Chain:
    """Go through the years, given each adopter's Hispanic share of seats and its share of messages with a horizon."""
    log, chance = _calendar(setting)
    staff = Form.of_staff(setting)
    answers = Answers.blank(setting, staff)
    pull = setting.sizes
    for year in range(LOG_YEARS):
        now = np.flatnonzero(log.year == year)
        who = log.adopter[now]
        trust = answers.means["trust_school"][:, year - 1] if year else _usual_trust(setting)
        passed = (
            -1.4 + pull["trust_escalation"] * (trust[who] - USUAL_TRUST) + pull["cited_escalation"] * log.cited[now]
        )
        log.escalated[now] = chance[now, 0] < logistic(passed)
        followed = _integrity(setting)[who, year] + pull["checker_match"] * log.checked[now]
        log.matched[now] = ~log.escalated[now] & (chance[now, 1] < logistic(followed))
        if year < WAVES:
            match = group_share(log.matched[now], who, len(setting.adopters))
            used = group_share(log.used[now], who, len(setting.adopters))
            draw(setting, staff, answers, year, match=match, used=used, seats=seats, horizon=horizon[:, year])
    return Chain(log, staff, answers)


def _usual_trust(setting: Setting) -> np.ndarray:
    return np.where(setting.story("escalation"), USUAL_TRUST + 1, USUAL_TRUST)


def _integrity(setting: Setting) -> np.ndarray:
    """Return the log odds, by adopter and year of the log, that the planned decider decides where nobody checks."""
    count = len(setting.adopters)
    steady = setting.rng("integrity").normal(1.0, 0.8, (count, 1)) + np.zeros(LOG_YEARS)
    steady[setting.story("escalation")] = (-0.6, -0.9, 2.2, 2.8)
    steady[setting.story("motions")] = -0.3
    return steady


def _calendar(setting: Setting) -> tuple[Log, np.ndarray]:
    """Draw what does not depend on the years before, and the chances that decide the rest."""
    rng, count = setting.rng("decisions"), len(setting.adopters)
    busy = setting.adopters["story"].map(BUSY).fillna(1).to_numpy()
    each = np.maximum(np.round(setting.decisions * busy), 1).astype("int64")
    adopter = np.repeat(np.tile(np.arange(count), LOG_YEARS), np.tile(each, LOG_YEARS))
    year = np.repeat(np.arange(LOG_YEARS), each.sum())
    start = school_start(setting.rollout[adopter] - 1 + year)
    raised = later(start, rng.integers(0, SCHOOL_DAYS, len(adopter)))
    level = np.searchsorted(np.cumsum(LEVEL_SHARES)[:-1], rng.random(len(adopter)))
    months = (raised - school_start(setting.rollout - 1)[adopter]).astype("int64") / (DAYS_A_YEAR / 12)
    habit = rng.normal(0.8, 0.6, count)
    habit[setting.story("orphans")] = 1.6
    habit[setting.story("motions")] = -0.6
    pull = setting.sizes
    citing = (
        habit[adopter] + pull["month_citation"] * months + pull["board_citation"] * (level == LEVELS.index("board"))
    )
    undecided = np.zeros(len(adopter), dtype=bool)
    chance = rng.random((len(adopter), 5))
    listens = rng.uniform(0.2, 0.8, count)
    log = Log(
        adopter=adopter,
        year=year,
        raised=raised,
        level=level,
        cited=chance[:, 2] < logistic(citing),
        checked=chance[:, 3] < 0.5,
        escalated=undecided.copy(),
        matched=undecided.copy(),
        used=chance[:, 4] < listens[adopter],
    )
    return log, chance
