"""What `rubric.score`, `rubric.change` and `rubric.ordering` return."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cbe_lib.framework import Rubric
from cbe_lib.results import Result


@dataclass(frozen=True, repr=False)
class Scores(Result):
    """Levels with their uncertainty and what the evidence allows: see `cbe_lib.rubric.score`.

    Attributes
    ----------
    dimensions : DataFrame
        district, wave, dimension, name, median, lowest, highest, weakest, n_rated, n_criteria, position, conf_low,
        conf_high, status, why: a row for each dimension, never a mean over dimensions.
    caps : DataFrame
        district, wave, criterion_id, cap, uncapped, allowed, decisive, reason, evidence: each rule that held a level
        down, with the ids of the supporting evidence that it looked at.
    contradictions : DataFrame
        district, wave, criterion_id, evidence_id, date, kind, role_group, text, level: evidence against the practice.
    agreement : DataFrame
        criterion_id, units, alpha, conf_low, conf_high, basis, status, reason: how far raters agree on each criterion.
    votes : DataFrame
        district, wave, criterion_id, rater, level, position: what each rater gave, before any consensus.
    rubric : Rubric
        The instrument.
    level : float
        Coverage that the intervals aim at.
    """

    dimensions: pd.DataFrame
    caps: pd.DataFrame
    contradictions: pd.DataFrame
    agreement: pd.DataFrame
    votes: pd.DataFrame
    rubric: Rubric
    level: float


@dataclass(frozen=True, repr=False)
class Change(Result):
    """What moved between two waves: see `cbe_lib.rubric.change`.

    Attributes
    ----------
    dimensions : DataFrame
        district, dimension, earlier, later, change, conf_low, conf_high, n_criteria, finding.
    level : float
        Coverage that the intervals aim at.
    """

    dimensions: pd.DataFrame
    level: float


@dataclass(frozen=True, repr=False)
class Ordering(Result):
    """How far an order of districts hangs on the weights: see `cbe_lib.rubric.ordering`.

    Attributes
    ----------
    order_changes : float
        Share of weightings under which the whole order is not the one of equal weights; nan for one district.
    """

    order_changes: float
