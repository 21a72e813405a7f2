"""What can be compared at all: raters that the ratings link, and raters and criteria with a finite place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, hstack

from cbe_lib.errors import CbeError, some
from cbe_lib.rubric.calibration.design import Facets

SAME = 1e-7


class Kept(NamedTuple):
    """Which ratings have something to say, and which raters and criteria are off the scale.

    Attributes
    ----------
    ratings : array of bool
        Ratings to fit.
    raters, criteria : dict
        Number of those left out, with the level that they only ever had: "lowest" or "highest".
    """

    ratings: np.ndarray
    raters: dict[int, str]
    criteria: dict[int, str]


def require_links(facets: Facets, names: list, *, without: str = "") -> None:
    """Raise unless differences between all raters can be told from differences between what they rated."""
    present = np.unique(facets.rater)
    if len(present) < 2:
        return
    _, rows = undecided(facets)
    group = alike(rows[present])
    if group.max(initial=0) == 0:
        return
    labels = [*map(str, names), "the consensus of `anchors`"]
    listed = "; ".join(
        f"group {each + 1}: {some([labels[rater] for rater in present[group == each]], 12)}"
        for each in range(group.max() + 1)
    )
    raise CbeError.build(
        f"The raters fall into {group.max() + 1} groups that no shared district links{without}, so that a harsh group "
        "cannot be told from one that saw weaker districts",
        found=f"Found {listed}",
        advice="Let raters of different groups rate some of the same districts and criteria, or pass the consensus "
        "level of some that each group rated as anchors=",
    )


def undecided(facets: Facets, slopes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return, for slopes over time and for raters, how they enter what the ratings leave open, districts unknown.

    Two raters can be compared if their rows are alike: no direction that leaves all ratings unchanged parts them.
    """
    members = [_members(facets.rater), _members(facets.criterion)]
    moving = [] if slopes is None else [members[0][:, slopes] * np.asarray(facets.time)[:, None]]
    columns = csr_array(hstack([*members, *moving]))
    district = _members(facets.district)
    between = (district.T @ columns).toarray()
    inside = (columns.T @ columns).toarray()
    scale = np.sqrt(np.maximum(np.diag(inside), 1e-300))
    whole = inside - between.T @ (between / np.maximum(district.sum(axis=0), 1)[:, None])
    values, vectors = np.linalg.eigh(whole / np.outer(scale, scale))
    open_ends = vectors[:, values < SAME] / scale[:, None]
    raters, criteria = (each.shape[1] for each in members)
    return open_ends[raters + criteria :], open_ends[:raters]


def alike(rows: np.ndarray) -> np.ndarray:
    """Number the groups of rows that are alike, in order of first appearance."""
    group, found = np.full(len(rows), -1), 0
    while (group < 0).any():
        first = rows[np.argmin(group >= 0)]
        same = np.abs(rows - first).max(axis=1, initial=0) < np.sqrt(SAME)
        group[same & (group < 0)] = found
        found += 1
    return group


def informative(facets: Facets) -> Kept:
    """Leave out raters and criteria whose ratings all stand at one end of the scale, until none is left.

    Their place is beyond any bound, and there they say nothing about the others.
    """
    keep = np.ones(len(facets.level), dtype=bool)
    raters: dict[int, str] = {}
    criteria: dict[int, str] = {}
    while keep.any():
        ends = facets.level[keep].min(), facets.level[keep].max()
        lost = _at_one_end(facets.rater, facets.level, keep, ends)
        lost.pop(facets.fixed_rater, None)
        gone = _at_one_end(facets.criterion, facets.level, keep, ends)
        if not lost and not gone:
            break
        raters, criteria = raters | lost, criteria | gone
        keep &= ~np.isin(facets.rater, list(lost)) & ~np.isin(facets.criterion, list(gone))
    return Kept(keep, raters, criteria)


def compact(facets: Facets) -> tuple[Facets, np.ndarray, np.ndarray, np.ndarray]:
    """Number districts, criteria and raters without gaps; return also which of the old numbers each stands for."""
    (districts, district), (criteria, criterion), (raters, rater) = (
        np.unique(each, return_inverse=True) for each in (facets.district, facets.criterion, facets.rater)
    )
    held = next(iter(np.flatnonzero(raters == facets.fixed_rater).tolist()), None)
    packed = Facets(district, criterion, rater, facets.level, facets.time, held)
    return packed, districts, criteria, raters


def _at_one_end(member: np.ndarray, level: np.ndarray, keep: np.ndarray, ends: tuple[int, int]) -> dict:
    rated = np.bincount(member[keep])
    found = {}
    for end, name in zip(ends, ("lowest", "highest"), strict=True):
        there = np.bincount(member[keep], weights=level[keep] == end)
        found |= {int(each): name for each in np.flatnonzero((rated > 0) & (there == rated))}
    return found


def _members(member: np.ndarray) -> csr_array:
    return csr_array((np.ones(len(member)), (np.arange(len(member)), member)))
