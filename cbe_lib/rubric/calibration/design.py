"""Ratings as the likelihood reads them: which parameters each rating depends on, grouped by criterion and district."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.linalg import block_diag, helmert
from scipy.sparse import csr_array, hstack

RUN = 16_000  # ratings


@dataclass(frozen=True)
class Facets:
    """Ratings by number, one entry a rating.

    Attributes
    ----------
    district, criterion, rater : array
        Who was rated, on what, by whom; numbered from 0 without gaps.
    level : array
        Position on the declared scale, 0 the lowest.
    time : array or None
        When, less the mean; None if severity does not change.
    fixed_rater : int or None
        The rater whose severity is 0 by definition (the consensus); None if severities are centred on zero.
    """

    district: np.ndarray
    criterion: np.ndarray
    rater: np.ndarray
    level: np.ndarray
    time: np.ndarray | None = None
    fixed_rater: int | None = None

    def part(self, keep: np.ndarray) -> Facets:
        """Return the ratings where `keep` holds; numbers stay as they are."""
        time = None if self.time is None else self.time[keep]
        return Facets(
            self.district[keep], self.criterion[keep], self.rater[keep], self.level[keep], time, self.fixed_rater
        )


class Design:
    """What the likelihood needs to know about the ratings, apart from the parameters.

    Raw parameters are all severities, all difficulties, all slopes over time (if any) and the heights of the used
    levels above the lowest used one; `contrast` gives them from the free ones, which obey the constraints.

    Attributes
    ----------
    facets : Facets
        The ratings in order of district, criterion and rater.
    loading : sparse array
        Cells (combinations of rater, criterion and time) by location parameters: what moves the place of its levels.
    scores : array
        Positions of the used levels on the declared scale.
    blocks : list of Block
        Runs of whole districts, small enough for the processor's cache.
    """

    def __init__(self, facets: Facets, slopes: Iterable[int] = ()) -> None:
        self.facets = facets.part(np.lexsort((facets.rater, facets.criterion, facets.district)))
        self.raters, self.criteria = int(facets.rater.max()) + 1, int(facets.criterion.max()) + 1
        self.slopes = np.array(list(slopes), dtype=int)
        self.scores, place = np.unique(self.facets.level, return_inverse=True)
        self.loading, cell = self._cells()
        self.contrast = self._contrast()
        target = self.facets.district * self.criteria + self.facets.criterion
        self.blocks = [
            Block(self, self.facets.rater[run], cell[run], place[run], self.facets.district[run], target[run])
            for run in _runs(self.facets.district)
        ]

    @property
    def locations(self) -> int:
        """Number of raw parameters that move the place of a cell's levels."""
        return self.loading.shape[1]

    @property
    def cells(self) -> int:
        """Number of combinations of rater, criterion and time."""
        return self.loading.shape[0]

    def thinned(self, ratings: int) -> Design | None:
        """Return the design of every so many districts, down to some `ratings`; None if that would not be much less."""
        every = len(self.facets.level) // ratings
        if every < 3:
            return None
        thin = Design(self.facets.part(self.facets.district % every == 0), self.slopes)
        return thin if thin.contrast.shape == self.contrast.shape else None

    def _cells(self) -> tuple[csr_array, np.ndarray]:
        facets = self.facets
        key = facets.rater * self.criteria + facets.criterion
        if len(self.slopes):
            moments, moment = np.unique(np.asarray(facets.time), return_inverse=True)
            key = key * len(moments) + moment
        _, first, cell = np.unique(key, return_index=True, return_inverse=True)
        rater, criterion = facets.rater[first], facets.criterion[first]
        loading = [_indicators(rater, self.raters), _indicators(criterion, self.criteria)]
        if len(self.slopes):
            loading.append(csr_array(loading[0][:, self.slopes] * np.asarray(facets.time)[first][:, None]))
        return csr_array(hstack(loading)), cell

    def _contrast(self) -> np.ndarray:
        held, raters = self.facets.fixed_rater, np.eye(self.raters)
        severity = centered(self.raters) if held is None else np.delete(raters, held, axis=1)
        slope = centered(len(self.slopes)) if held is None else np.eye(len(self.slopes))
        return block_diag(severity, centered(self.criteria), slope, np.eye(len(self.scores) - 1))


class Block:
    """A run of whole districts.

    Attributes
    ----------
    rater, cell, place : array
        For each rating: who gave it, its cell, and its position among the used levels.
    first_rating, size : array
        For each target (district and criterion): where its ratings start, and how many they are.
    district_of, first_target : array
        The district of each target, numbered from 0, and where each district's targets start.
    """

    def __init__(
        self,
        design: Design,
        rater: np.ndarray,
        cell: np.ndarray,
        place: np.ndarray,
        district: np.ndarray,
        target: np.ndarray,
    ) -> None:
        self.design, self.rater, self.cell, self.place = design, rater, cell, place
        self.first_rating = np.flatnonzero(np.diff(target, prepend=-1))
        self.size = np.diff(self.first_rating, append=len(cell))
        self.first_target = np.flatnonzero(np.diff(district[self.first_rating], prepend=-1))
        inside = np.diff(self.first_target, append=len(self.first_rating))
        self.district_of = np.repeat(np.arange(len(self.first_target)), inside)

    @property
    def districts(self) -> int:
        """Number of districts."""
        return len(self.first_target)

    @cached_property
    def target(self) -> np.ndarray:
        """The target of each rating."""
        return np.repeat(np.arange(len(self.size)), self.size)

    @cached_property
    def district(self) -> np.ndarray:
        """The district of each rating."""
        return self.district_of[self.target]

    @cached_property
    def by_target(self) -> csr_array:
        """Targets by (cell, used level): 1 where a rating stands."""
        return self._counts(self.target, len(self.size))

    @cached_property
    def by_district(self) -> csr_array:
        """Districts by (cell, used level): number of ratings."""
        return self._counts(self.district, self.districts)

    def _counts(self, row: np.ndarray, rows: int) -> csr_array:
        levels = len(self.design.scores)
        shape = (rows, self.design.cells * levels)
        return csr_array((np.ones(len(row)), (row, self.cell * levels + self.place)), shape=shape)


def centered(size: int) -> np.ndarray:
    """Return a matrix that turns size - 1 free numbers into `size` numbers with sum zero, treating all alike."""
    if size == 0:
        return np.zeros((0, 0))
    return helmert(size).T


def _indicators(member: np.ndarray, kinds: int) -> csr_array:
    return csr_array((np.ones(len(member)), (np.arange(len(member)), member)), shape=(len(member), kinds))


def _runs(district: np.ndarray) -> list[slice]:
    """Cut ratings, sorted by district, into runs of whole districts with about `RUN` ratings."""
    starts = np.flatnonzero(np.diff(district, prepend=-1))
    run = starts // RUN
    edges = [*starts[np.flatnonzero(np.diff(run, prepend=-1))].tolist(), len(district)]
    return [slice(low, high) for low, high in pairwise(edges)]
