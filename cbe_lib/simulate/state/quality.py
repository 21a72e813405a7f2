"""Ratings by raters of known severity, and the evidence behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.columns import dates, flags, later, logistic, numbered, pick, school_start
from cbe_lib.simulate.state.decisions import school_ids
from cbe_lib.simulate.state.setting import Setting

LEVELS = ("Exploring", "Emerging", "Proficient", "Breakthrough")
THRESHOLDS = np.array([-3.5, 0.0, 3.5])
SPREAD = 2.8  # how far places differ beside the logistic noise of one rating
CRITERIA = tuple(f"D{dimension}.{number}" for dimension in range(1, 9) for number in range(1, 5))
WAVES_AFTER = (1, 3)  # years after the rollout year
RATERS = 8
TEAM = 3  # raters of a district in the second wave; one fewer in the first
LENIENT = -1.8
STRUCTURES = (2, 4, 6)  # dimensions that are mostly about what is set up
VALUES = (1, 3, 5)  # dimensions that are mostly about what people do and believe
NOT_RATED = 0.03
ROLES = ("outside reviewer", "principal", "teacher", "peer district")
KINDS = ("interview", "survey", "document", "observation", "data")
GROUPS = ("principal", "teacher", "student", "family", "board", "outside reviewer")
ABOUT = (
    "purpose in a decision", "who decides what", "families and ownership", "time set aside", "a mistake talked about",
    "moving on when shown", "who has a say", "the state and the neighbors",
)  # fmt: skip
SEEN = ("told us about", "answered about", "page on", "we saw", "counts of")


@dataclass(frozen=True)
class Quality:
    """Ratings and evidence, with the severities and levels that are behind them."""

    ratings: pd.DataFrame
    evidence: pd.DataFrame
    raters: pd.DataFrame
    levels: pd.DataFrame


def quality(setting: Setting) -> Quality:
    """Draw levels, let the raters rate them, and lay out the evidence."""
    logits = _logits(setting)
    severity = _severity(setting)
    raters = pd.DataFrame({"rater": numbered("rater ", len(severity), 2), "severity": severity.round(4)})
    return Quality(_ratings(setting, logits, severity), _evidence(setting, logits), raters, _levels(setting, logits))


def _severity(setting: Setting) -> np.ndarray:
    """Return the severity of the raters in logits, centered; positive is harsher. The first rater is lenient."""
    count = max(RATERS, RATERS * len(setting.adopters) // 16)
    draw = np.append(LENIENT, setting.rng("raters").normal(0.25, 0.6, count - 1))
    return draw - draw.mean()


def _logits(setting: Setting) -> np.ndarray:
    """Return where adopters x criteria x waves stand, in logits."""
    rng, count = setting.rng("levels"), len(setting.adopters)
    dimension = np.repeat(np.arange(1, 9), 4)
    place = rng.normal(-0.3, 0.7, (count, 1)) + rng.normal(0, 0.5, (count, 8))[:, dimension - 1]
    motions = np.where(np.isin(dimension, STRUCTURES), 1.3, np.where(np.isin(dimension, VALUES), -1.3, 0))
    place[setting.story("motions")] = motions
    place[setting.story("lenient")] = -0.4
    now = SPREAD * (place + rng.normal(0, 0.4, len(CRITERIA)) + rng.normal(0, 0.6, (count, len(CRITERIA))))
    return np.stack([now, now + 1.2], axis=2)


def _levels(setting: Setting, logits: np.ndarray) -> pd.DataFrame:
    adopter, criterion, wave = (each.ravel() for each in np.indices(logits.shape))
    return pd.DataFrame(
        {
            "district_id": pick(setting.adopters["district_id"].tolist(), adopter),
            "criterion_id": pick(CRITERIA, criterion),
            "wave": wave_names(setting.rollout[adopter] + np.array(WAVES_AFTER)[wave]),
            "logit": logits.ravel().round(4),
            "level": pick(LEVELS, np.searchsorted(THRESHOLDS, logits.ravel())),
        }
    )


def wave_names(year: np.ndarray) -> pd.Series:
    """Name waves by their spring year."""
    return pd.Series(year).astype("str")


def _pairs(setting: Setting, raters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say which rater visits which adopter in which wave; neighbors share raters, so that all are connected."""
    count = len(setting.adopters)
    alone = np.flatnonzero(setting.story("lenient"))
    adopter, wave, turn = (each.ravel() for each in np.indices((count, len(WAVES_AFTER), TEAM)))
    rater = (adopter + np.array([0, 1, 3])[turn]) % raters
    kept = ~((wave == 0) & (turn == TEAM - 1)) & ~np.isin(adopter, alone)
    visits = [np.concatenate([each[kept], extra]) for each, extra in (
        (adopter, np.repeat(alone, 2)), (wave, np.tile([0, 1], len(alone))),
        (rater, np.zeros(2 * len(alone), dtype=int)),
    )]  # fmt: skip
    return visits[0], visits[1], visits[2]


def _ratings(setting: Setting, logits: np.ndarray, severity: np.ndarray) -> pd.DataFrame:
    rng = setting.rng("ratings")
    visit = _pairs(setting, len(severity))
    adopter, wave, rater = (np.repeat(each, len(CRITERIA)) for each in visit)
    criterion = np.tile(np.arange(len(CRITERIA)), len(visit[0]))
    above = logistic(logits[adopter, criterion, wave][:, None] - severity[rater][:, None] - THRESHOLDS)
    level = (rng.random(len(adopter))[:, None] < above).sum(axis=1)
    level = np.where(rng.random(len(adopter)) < NOT_RATED, len(LEVELS), level)
    visits = pd.DataFrame({"adopter": adopter, "criterion": criterion, "wave": wave, "rater": rater, "level": level})
    together = _consensus(visits)
    both = pd.concat([visits, together], ignore_index=True)
    agreed = np.arange(len(both)) >= len(visits)
    year = setting.rollout[both["adopter"]] + np.array(WAVES_AFTER)[both["wave"]]
    names = [*numbered("rater ", len(severity), 2), "team"]
    table = pd.DataFrame(
        {
            "district_id": pick(setting.adopters["district_id"].tolist(), both["adopter"].to_numpy()),
            "criterion_id": pick(CRITERIA, both["criterion"].to_numpy()),
            "rater": pick(names, both["rater"].to_numpy()),
            "level": pick([*LEVELS, "NR"], both["level"].to_numpy()),
            "wave": wave_names(year),
            "date": dates(later(school_start(year), 240 + both["adopter"].to_numpy() % 9)),
            "role": pick([*ROLES, "team"], np.where(agreed, len(ROLES), both["rater"].to_numpy() % len(ROLES))),
            "blind": flags(~agreed),
            "consensus": flags(agreed),
        }
    )
    return table.sort_values(["district_id", "wave", "criterion_id", "consensus", "rater"], ignore_index=True)


def _consensus(visits: pd.DataFrame) -> pd.DataFrame:
    """Let teams agree on the median of their levels in the second wave, the lower one of two."""
    rated = visits[(visits["wave"] == 1) & (visits["level"] < len(LEVELS))]
    by = rated.groupby(["adopter", "criterion", "wave"])["level"]
    agreed = by.quantile(0.5, interpolation="lower").astype("int64")[by.size() > 1].reset_index()
    return agreed.assign(rater=visits["rater"].max() + 1)


def _evidence(setting: Setting, logits: np.ndarray) -> pd.DataFrame:
    """Lay out pieces of evidence: the higher the level, the more kinds and role groups."""
    rng = setting.rng("evidence")
    level = np.searchsorted(THRESHOLDS, logits[:, :, 1])
    pieces = np.where(setting.story("lenient")[:, None], 1, np.array([1, 1, 2, 3])[level])
    pieces = np.where(setting.story("contradiction")[:, None], 3, pieces)
    adopter, criterion = (np.repeat(each.ravel(), pieces.ravel()) for each in np.indices(level.shape))
    turn = np.concatenate([np.arange(n) for n in pieces.ravel()]) if pieces.size else adopter
    high = level[adopter, criterion]
    count = len(adopter)
    kind = np.where((turn > 0) | (high >= 2), 2 + (turn + rng.integers(0, 2, count)) % 3, rng.integers(0, 2, count))
    group = np.where((high == 3) & (turn == 2), 5, (turn * 2 + rng.integers(0, 2, count)) % 5)
    day = later(school_start(setting.rollout[adopter] + 3), rng.integers(110, 230, count))
    against = rng.random(count) < 0.04
    against |= setting.story("contradiction")[adopter] & (turn == 1) & (criterion % 2 == 0)
    words = [f"{seen} {about}" for seen in SEEN for about in ABOUT]
    return pd.DataFrame(
        {
            "evidence_id": numbered("E", count),
            "district_id": pick(setting.adopters["district_id"].tolist(), adopter),
            "criterion_id": pick(CRITERIA, criterion),
            "date": dates(day, rng.random(count) < 0.97),
            "kind": pick(KINDS, kind),
            "role_group": pick(GROUPS, group),
            "school_id": school_ids(setting, adopter, np.where((high < 2) & (kind == 3), 1 + turn, 0)),
            "rater": pick(numbered("rater ", RATERS, 2), adopter % RATERS),
            "text": pick(words, kind * len(ABOUT) + criterion // 4),
            "supports": pick(["+", "-"], against.astype(int)),
            "since": dates(later(day, -rng.integers(760, 1300, count)), high == 3),
        }
    )
