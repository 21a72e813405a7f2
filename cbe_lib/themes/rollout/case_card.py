"""A real district as a card of text: what is on record, and what the record cannot say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib.framework import claim
from cbe_lib.results import Result

POST = 'Sturgis, "Three Ways Districts Stumble in Implementation", CompetencyWorks (post A)'
CANOPY = "Canopy 2019"
COUNTS = "district size, to be checked with the state before it is quoted"
PITTSFIELD = (
    ("preparation", "prepared for long, and worked with its community, before classrooms changed", POST),
    ("strategy", "switched in one year", POST),
    ("first year", "a hard year, by the account of those who led it", POST),
    ("second year", "came back with one direction, and turned to refining", POST),
    ("protected time", "a late start every Wednesday gave teachers time to meet", POST),
    ("students", "take part in making policy", POST),
    ("later", "names itself competency-based, after 8 to 9 years, but not advancement on mastery", CANOPY),
    ("size", "541 to 589 students in 2012 to 2016, about 40 in a grade", COUNTS),
)
A_GRADE = 40


@dataclass(frozen=True, repr=False)
class CaseCard(Result):
    """A real district in words: see `case_card`."""


def case_card() -> CaseCard:
    """What is on record about Pittsfield, New Hampshire, and what can its record not say?

    Returns
    -------
    CaseCard
        `.table`: topic, record, source. Text only: no numbers of results stand for a real district here.

    Notes
    -----
    The smallest change between two years that would be seen in 4 of 5 cases is (z(.975) + z(.8)) sqrt(2 50^2 / n).

    Examples
    --------
    >>> case_card().table["topic"].tolist()[:2]
    ['preparation', 'strategy']
    """
    change = float((norm.ppf(0.975) + norm.ppf(0.8)) * np.sqrt(2 * 50**2 / A_GRADE))
    table = pd.DataFrame(PITTSFIELD, columns=["topic", "record", "source"])
    text = (
        "Pittsfield is told as a long preparation, a switch in one year, and a hard year that ended with one "
        f"direction. The account comes from those who led it. With about {A_GRADE} students in a grade, the share "
        f"proficient would have to move by about {change:.0f} points from one year to the next to stand out from "
        "chance, so results can neither confirm nor refute it."
    )
    notes = (
        claim("A05").label + ".",
        f"Would confirm it: {claim('A05').confirmed_by}",
        f"Would refute it: {claim('A05').refuted_by}",
    )
    return CaseCard(table, text, notes, None)
