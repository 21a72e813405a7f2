"""Agreement within groups (rwg) and differences between them (ICC), as grounds for a group mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import fdtrc

# James, Demaree and Wolf (1984): five answers that lean a little to agreement; other numbers of answers interpolate.
SLIGHT_SKEW = (0.05, 0.15, 0.20, 0.35, 0.25)


class Between(NamedTuple):
    """ICC(1), ICC(2) and the probability of groups this different if none differed; or why there is none."""

    icc1: float = float("nan")
    icc2: float = float("nan")
    p_value: float = float("nan")
    reason: str = ""


def uniform_variance(answers: int) -> float:
    """Return the variance of answers that are all equally likely."""
    return (answers**2 - 1) / 12


def skewed_variance(answers: int) -> float:
    """Return the variance of answers that lean a little to agreement."""
    edges = np.arange(answers + 1) / answers
    share = np.diff(np.interp(edges, np.arange(6) / 5, np.concatenate([[0.0], np.cumsum(SLIGHT_SKEW)])))
    place = np.arange(answers)
    return float(share @ place**2 - (share @ place) ** 2)


def rwg(items: np.ndarray, null_variance: float) -> float:
    """Return rwg(j) of one group's answers (members x items); 0 where members differ more than by chance.

    j is how many items a member answered on average: roles with other forms do not make a scale longer.
    """
    given = ~np.isnan(items)
    used = given.sum(axis=0) >= 2
    if not used.any():
        return float("nan")
    ratio = float(np.nanvar(items[:, used], axis=0, ddof=1).mean()) / null_variance
    agreed = given.sum(axis=1).mean() * max(1 - ratio, 0.0)
    return float(agreed / (agreed + ratio)) if agreed + ratio > 0 else 1.0


def between(score: np.ndarray, group: np.ndarray) -> Between:
    """Return ICC(1) and ICC(2) of scores by one-way analysis of variance, for groups of any size."""
    known = ~np.isnan(score) & (group >= 0)
    value = score[known]
    _, place = np.unique(group[known], return_inverse=True)
    size = np.bincount(place) if value.size else np.empty(0, dtype=int)
    groups, people = len(size), len(value)
    if groups < 2:
        return Between(reason="There is one group only, so whether groups differ cannot be told.")
    if people == groups:
        return Between(reason="No group has two members with a score.")
    value = value - value.mean()
    mean = np.bincount(place, weights=value) / size
    within = float(((value - mean[place]) ** 2).sum()) / (people - groups)
    among = float((size * mean**2).sum()) / (groups - 1)
    each = (people - (size**2).sum() / people) / (groups - 1)
    if among + (each - 1) * within <= 0:
        return Between(reason="Everyone has the same score, so there are no differences to divide.")
    icc1 = (among - within) / (among + (each - 1) * within)
    p_value = float(fdtrc(groups - 1, people - groups, among / within)) if within > 0 else 0.0
    return Between(icc1, (among - within) / among if among > 0 else float("-inf"), p_value)
