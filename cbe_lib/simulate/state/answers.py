"""The survey: who answers which form in which wave, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cbe_lib.framework import SurveyItem, read_survey
from cbe_lib.simulate.state.columns import group_share, normal_within, whole_answers
from cbe_lib.simulate.state.setting import WAVES, Setting

PERSON, SCALE, ITEM, MOST = 0.25, 0.45, 0.15, 2.2  # spreads on the 1 to 5 scale, and standard deviations at most
WIDER = 2.6  # times as wide on the 0 to 10 scale
STEADY = {
    # usual score of staff, spread between districts
    "purpose_clarity": (3.4, 0.3),
    "purpose_used": (3.0, 0.3),
    "decision_rights": (3.2, 0.3),
    "ownership": (3.1, 0.5),
    "acceptance": (3.4, 0.4),
    "autonomy_clarity": (3.1, 0.35),
    "safety": (3.1, 0.5),
    "trust_community": (3.2, 0.3),
    "compliance_motive": (2.9, 0.3),
    "learning_time": (2.9, 0.5),
}
VALUES_OF_MOTIONS = {"purpose_used": -0.8, "ownership": -0.7, "safety": -0.5, "compliance_motive": 1.1}
CONFUSION_BY_WAVE = (4.6, 5.9, 5.2)
HASTY = 0.008  # share of staff who give the same answer to everything


@cache
def form_items(form: str) -> tuple[SurveyItem, ...]:
    """Read which items a form carries."""
    return tuple(item for item in read_survey().items if form in item.forms)


@dataclass(frozen=True)
class Form:
    """Who answers one form: an entry a respondent, with adopter, wave and number within the district."""

    name: str
    adopter: np.ndarray
    wave: np.ndarray
    number: np.ndarray

    @property
    def items(self) -> tuple[SurveyItem, ...]:
        """Items that the form carries."""
        return form_items(self.name)

    @classmethod
    def of_staff(cls, setting: Setting) -> Form:
        """Lay out the staff form: few people where the district is tiny."""
        each = np.where(setting.story("tiny"), 6, setting.staff)
        return cls.laid_out("staff", each)

    @classmethod
    def laid_out(cls, name: str, each: np.ndarray) -> Form:
        """Lay out `each` respondents of every adopter, wave after wave."""
        adopters = np.repeat(np.arange(len(each)), each)
        number = np.concatenate([np.arange(n) for n in each]) if len(each) else np.array([], dtype="int64")
        wave = np.repeat(np.arange(WAVES), len(adopters))
        return cls(name, np.tile(adopters, WAVES), wave, np.tile(number, WAVES))


@dataclass(frozen=True)
class Answers:
    """Answers (respondents x items), and mean scores by scale, adopter and wave."""

    cells: np.ndarray
    means: dict[str, np.ndarray]

    @classmethod
    def blank(cls, setting: Setting, form: Form) -> Answers:
        """Make room for the answers of a form."""
        scales = {item.scale for item in form.items}
        means = {scale: np.zeros((len(setting.adopters), WAVES)) for scale in sorted(scales)}
        return cls(np.zeros((len(form.adopter), len(form.items))), means)


def draw(
    setting: Setting,
    form: Form,
    answers: Answers,
    wave: int,
    *,
    match: np.ndarray,
    used: np.ndarray,
    seats: np.ndarray,
    horizon: np.ndarray,
) -> None:
    """Fill in one wave of the staff form, from what the log and the messages of its school year hold."""
    pull = setting.sizes
    wanted = steady_scores(setting)
    wanted["trust_school"] = 3.2 + pull["match_trust"] * (match - 0.65) + pull["seats_trust"] * (seats - 0.2)
    wanted["process_followed"] = 3.1 + pull["match_followed"] * (match - 0.65)
    wanted["input_counted"] = 3.0 + pull["used_counted"] * (used - 0.5)
    wanted["grading_grasp"] = 2.8 + pull["start_grading"] * setting.personalized
    wanted["confusion"] = (
        CONFUSION_BY_WAVE[wave]
        + pull["start_confusion"] * (setting.personalized - 0.4)
        + pull["horizon_confusion"] * (horizon - 0.5)
    )
    now = form.wave == wave
    fill(setting.rng(f"staff answers {wave}"), form, answers, now, wanted)
    _hasten(setting.rng(f"haste {wave}"), answers, now)
    _score(answers, form, now, wave)


def steady_scores(setting: Setting) -> dict[str, np.ndarray]:
    """Draw the scores that stay from wave to wave, by adopter."""
    rng, count = setting.rng("scores"), len(setting.adopters)
    scores = {name: mean + normal_within(rng, spread, 1.8, count) for name, (mean, spread) in STEADY.items()}
    for name, shift in VALUES_OF_MOTIONS.items():
        scores[name] = np.where(setting.story("motions"), STEADY[name][0] + shift, scores[name])
    return scores


def fill(
    rng: np.random.Generator, form: Form, answers: Answers, now: np.ndarray, wanted: dict[str, np.ndarray]
) -> None:
    """Draw the answers of the respondents `now` around the scores `wanted` of their districts."""
    who, count = form.adopter[now], int(now.sum())
    person = normal_within(rng, PERSON, MOST, count)
    own = {scale: person + normal_within(rng, SCALE, MOST, count) for scale in sorted(wanted)}
    for place, item in enumerate(form.items):
        width = WIDER if item.high == 10 else 1
        direction = -1 if item.reverse else 1
        score = wanted[item.scale][who] + width * (own[item.scale] + normal_within(rng, ITEM, 2, count))
        turned = score if direction == 1 else item.low + item.high - score
        answers.cells[now, place] = whole_answers(rng, turned, item.low, item.high)


def _hasten(rng: np.random.Generator, answers: Answers, now: np.ndarray) -> None:
    """Let a few give one answer to everything."""
    hasty = np.flatnonzero(now)[rng.random(int(now.sum())) < HASTY]
    answers.cells[hasty] = 3


def _score(answers: Answers, form: Form, now: np.ndarray, wave: int) -> None:
    """Keep the mean score of every scale: items turned, averaged by respondent, then by district."""
    items = form.items
    for scale, means in answers.means.items():
        columns = [place for place, item in enumerate(items) if item.scale == scale]
        turned = [
            items[i].low + items[i].high - answers.cells[now, i] if items[i].reverse else answers.cells[now, i]
            for i in columns
        ]
        means[:, wave] = group_share(np.mean(turned, axis=0), form.adopter[now], len(means))
