"""The principles that districts, schools and classrooms wrote down."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.simulate.state.columns import dates, flags, later, pick, school_start
from cbe_lib.simulate.state.setting import Setting

PRINCIPLES = ("students-first", "errors-teach", "common-purpose", "time-varies", "open-doors")
CORE = 3  # the first principles, which nothing may undermine
TEXTS = (
    "What students need comes before what adults are used to",
    "A mistake is something to learn from, for students and for adults",
    "We work together for one purpose, not each for our own room",
    "Students vary in their ways and time",
    "Families and neighbors come in, and we answer their questions",
)
SCHOOL_TEXTS = (
    "In this school we ask first what the student needs",
    "Here we show our drafts and our slips",
    "Teams share students, rooms and time",
    "You move on when you have shown it",
    "Our door is open on Thursdays",
)
CLASS_TEXTS = (
    "We listen when somebody is stuck",
    "Wrong answers help us all",
    "We help each other to get there",
    "Take the time you need",
    "Guests are welcome",
)
SCHOOLS, CLASSROOMS = 2, 2


def principles(setting: Setting) -> pd.DataFrame:
    """Write the three levels of texts; some schools and classrooms leave a principle out."""
    rng, frame = setting.rng("principles"), setting.adopters
    blocks = 1 + SCHOOLS + CLASSROOMS
    each = len(PRINCIPLES) * blocks
    adopter = np.repeat(np.arange(len(frame)), each)
    block = np.tile(np.repeat(np.arange(blocks), len(PRINCIPLES)), len(frame))
    principle = np.tile(np.arange(len(PRINCIPLES)), blocks * len(frame))
    level = np.select([block == 0, block <= SCHOOLS], [0, 1], 2)
    school = np.where(block > SCHOOLS, block - SCHOOLS, block)
    present = (level == 0) | (rng.random(len(adopter)) < np.where(principle < CORE, 0.85, 0.55))
    present &= school <= np.minimum(frame["schools"].to_numpy(), SCHOOLS)[adopter]
    confirmed = rng.random(len(adopter)) < 0.8
    adopted = later(school_start(setting.rollout[adopter] - 1), rng.integers(-600, -100, len(adopter)) + 200 * level)
    ids = frame["district_id"].to_numpy()[adopter]
    schools = pd.Series([f"{d}-{s:02d}" for d, s in zip(ids, school, strict=True)], dtype="str")
    names = [name if at == 0 else f"{'sc'[at - 1]}-{name}" for at in range(3) for name in PRINCIPLES]
    return pd.DataFrame(
        {
            "district_id": pick(frame["district_id"].tolist(), adopter),
            "level": pick(["district", "school", "classroom"], level),
            "school_id": schools.where(level > 0),
            "classroom_id": (schools + "-A").where(level == 2),
            "principle_id": pick(names, level * len(PRINCIPLES) + principle),
            "text": pick([*TEXTS, *SCHOOL_TEXTS, *CLASS_TEXTS], level * len(PRINCIPLES) + principle),
            "core": flags(principle < CORE),
            "links": pick(PRINCIPLES, principle).where((level > 0) & confirmed),
            "adopted": dates(adopted),
            "revised": dates(later(adopted, rng.integers(300, 1200, len(adopted))), rng.random(len(adopted)) < 0.4),
        }
    )[present].reset_index(drop=True)
