"""What all tables of a synthetic state share: districts, years, sizes of mechanisms, stories and random streams."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

STATE = "Norhaven (synthetic)"
STATE_ID = "00000"
NO_TEST = 2020
NEW_TEST = 2015
TESTS = ("first test", "second test")
LOG_YEARS = 4  # decisions are logged from the school year before the rollout on
WAVES = 3  # surveys in the spring before the rollout year, in it, and after it

STORIES = {
    "motions": "high structure, low values: going through the motions",
    "orphans": "two principles are never cited, and citation fades from a high start",
    "escalation": "escalation rises in the dip, then falls as decisions are taken as planned again",
    "bare_plan": "a plan without ramp-up: four categories missing, lines without owner, one overloaded month; "
    "attendance really rises, by 3 points, in the second school year",
    "hybrid": "a hybrid proposal rated well on average undermines a core principle",
    "lenient": "rated by one lenient rater alone, so the levels look high",
    "contradiction": "evidence for and against the same criteria",
    "tiny": "so few students and staff that nothing can be told",
}


@dataclass(frozen=True)
class Setting:
    """What every table needs to know.

    Attributes
    ----------
    districts, adopters : DataFrame
        All districts, and those with a rollout, with the traits that drive the mechanisms.
    years : array
        Spring years of the state's results.
    sizes : dict
        Size of every mechanism.
    seed, decisions, staff, students : int
        Seed; decisions a school year, staff answering a wave, and students followed in a school.
    """

    districts: pd.DataFrame
    adopters: pd.DataFrame
    years: np.ndarray
    sizes: dict[str, float]
    seed: int
    decisions: int
    staff: int
    students: int

    def rng(self, part: str) -> np.random.Generator:
        """Return the random stream of one part, so that changing one table leaves the others as they were."""
        return stream(self.seed, part)

    def story(self, name: str) -> np.ndarray:
        """Return which adopter tells the story, as one True at most."""
        return self.adopters["story"].to_numpy() == name

    @property
    def rollout(self) -> np.ndarray:
        """Rollout year of each adopter."""
        return self.adopters["rollout_year"].to_numpy(dtype="int64")

    @property
    def personalized(self) -> np.ndarray:
        """Whether each adopter started from personalized classrooms."""
        return (self.adopters["starting_point"] == "personalized").to_numpy()

    @property
    def one_year(self) -> np.ndarray:
        """Whether each adopter changed in one year."""
        return (self.adopters["strategy"] == "one year").to_numpy()


def stream(seed: int, part: str) -> np.random.Generator:
    """Return a random stream that depends on the seed and the name of the part."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(part.encode())]))
