"""What the verbs of this package return."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib.results import Result


@dataclass(frozen=True, repr=False)
class Reliability(Result):
    """How consistent the answers to the items of each scale are: see `cbe_lib.survey.reliability`.

    Attributes
    ----------
    level : float
        Coverage that the intervals aim at.
    """

    level: float


@dataclass(frozen=True, repr=False)
class Aggregation(Result):
    """Whether the members of a group agree enough for a group mean: see `cbe_lib.survey.aggregation`.

    Attributes
    ----------
    group : tuple of str
        Columns that name a group.
    """

    group: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Scores(Result):
    """Means of groups on each scale: see `cbe_lib.survey.scores`.

    Attributes
    ----------
    respondents : DataFrame
        scale, score, answered, asked and reason for each respondent, with what is known about the respondent. It is
        about persons: it is not to be passed on.
    level : float
        Coverage that the intervals aim at.
    """

    respondents: pd.DataFrame
    level: float


@dataclass(frozen=True, repr=False)
class Flags(Result):
    """Answers that need a second look: see `cbe_lib.survey.flags`."""


@dataclass(frozen=True, repr=False)
class ResponseRate(Result):
    """Who answered, of those who were asked: see `cbe_lib.survey.response_rate`.

    Attributes
    ----------
    representativeness : DataFrame
        characteristic, value, roster_share, respondent_share, standardized_difference, p_value, reason.
    level : float
        Coverage that the intervals aim at.
    """

    representativeness: pd.DataFrame
    level: float
