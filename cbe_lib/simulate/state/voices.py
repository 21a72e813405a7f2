"""The survey in its long form, and the roster of those who could have answered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.answers import Answers, Form, fill
from cbe_lib.simulate.state.chain import Chain
from cbe_lib.simulate.state.columns import dates, later, normal_within, numbered, pick, school_start
from cbe_lib.simulate.state.decisions import school_ids
from cbe_lib.simulate.state.setting import Setting

SKIPPED = 0.005
LANGUAGES = ("English", "Spanish")
OTHERS = {"student": 0.4, "family": 0.4}  # respondents, as a share of the staff's
CODES = {"staff": "T", "student": "S", "family": "F"}
FAMILY_SCORES = {"purpose_clarity": 2.9, "confusion": 5.0}
GROUPS = ("Hispanic", "Black", "White", "other groups")
STAFF_MORE = 1.5  # staff on the roster, for each who answers


def survey(setting: Setting, chain: Chain) -> pd.DataFrame:
    """Lay out all answers of all forms, one row an answer."""
    forms = [_long(setting, chain.staff, chain.answers)]
    for name, share in OTHERS.items():
        each = np.where(setting.story("tiny"), 4, max(round(setting.staff * share), 1))
        form = Form.laid_out(name, each)
        answers = Answers.blank(setting, form)
        for wave in range(3):
            wanted = _scores(setting, answers, wave, name)
            fill(setting.rng(f"{name} {wave}"), form, answers, form.wave == wave, wanted)
        forms.append(_long(setting, form, answers))
    return pd.concat(forms, ignore_index=True)


def _scores(setting: Setting, answers: Answers, wave: int, name: str) -> dict[str, np.ndarray]:
    """Return the scores of students or families, by adopter; families see the purpose more clearly every year."""
    rng, count = setting.rng(f"{name} scores"), len(setting.adopters)
    scores = {scale: 3.2 + normal_within(rng, 0.25, 2, count) for scale in answers.means}
    scores |= {scale: np.full(count, mean) for scale, mean in FAMILY_SCORES.items() if scale in scores}
    if name == "family":
        scores["purpose_clarity"] = scores["purpose_clarity"] + setting.sizes["years_families"] * wave
    return scores


def _long(setting: Setting, form: Form, answers: Answers) -> pd.DataFrame:
    rng, people = setting.rng(f"{form.name} form"), len(form.adopter)
    names = [item.id for item in form.items]
    items = len(names)
    ids = setting.adopters["district_id"].tolist()
    year = setting.rollout[form.adopter] - 1 + form.wave
    leader = (form.number % 9 == 0) & (form.name == "staff")
    hasty = (answers.cells == answers.cells[:, :1]).all(axis=1)
    seconds = np.where(hasty, rng.integers(20, 60, people), rng.integers(25, 50, people) * items // 4)
    row = np.repeat(np.arange(people), items)
    kept = rng.random(people * items) >= SKIPPED
    school = school_ids(setting, form.adopter, form.number % 3 + 1)
    years_here = np.minimum(rng.geometric(0.15, people), 30)
    each = pd.DataFrame(
        {
            "respondent": pick(numbered(CODES[form.name], people, 4), np.arange(people)),
            "district_id": pick(ids, form.adopter),
            "school_id": school,
            "role": pick(["teacher" if form.name == "staff" else form.name, "principal"], leader.astype(int)),
            "wave": year.astype("str"),
            "years_here": years_here.astype(float),
            "seconds": seconds.astype(float),
        }
    ).take(row[kept])
    each.insert(5, "item_id", pick(names, np.tile(np.arange(items), people)[kept]).to_numpy())
    each.insert(6, "answer", answers.cells.ravel()[kept])
    return each.reset_index(drop=True)


def roster(setting: Setting) -> pd.DataFrame:
    """List staff, and some families, with the day on which they came; it is what response rates are counted against."""
    rng, frame = setting.rng("roster"), setting.adopters
    staff = np.where(setting.story("tiny"), 8, round(STAFF_MORE * setting.staff))
    each = staff + setting.staff
    adopter = np.repeat(np.arange(len(frame)), each)
    number = np.concatenate([np.arange(n) for n in each]) if len(each) else adopter
    family = number >= staff[adopter]
    role = np.where(family, 2, (number % 9 == 0).astype(int))
    start = later(school_start(setting.rollout[adopter] + 3), -365 * rng.integers(0, 11, len(adopter)))
    group = rng.choice(4, len(adopter), p=[0.15, 0.08, 0.7, 0.07])
    school = school_ids(setting, adopter, number % 3 + 1)
    gone = rng.random(len(adopter)) < 0.1
    return pd.DataFrame(
        {
            "person_id": pick(numbered("N", len(adopter)), np.arange(len(adopter))),
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "school_id": school,
            "role": pick(["teacher", "principal", "family"], role),
            "group": pick(GROUPS, group),
            "from_date": dates(start),
            "to_date": dates(later(start, 700), gone),
        }
    )
