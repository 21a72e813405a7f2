"""How far hidden numbers can move while everything that is published stays true: linear programs over the hidden."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csc_array, csr_array, eye_array, hstack, vstack

from cbe_lib.privacy.cells import Cells

NEAR = 1e-6
FAR = 1e7
NODES = 2000


@dataclass(frozen=True)
class Slack:
    """Moves of hidden numbers that no reader could notice: `sums @ move == 0` and `move >= -room`.

    Attributes
    ----------
    sums : sparse array
        A row for each published sum, a column for each number.
    room : array
        How far each number can fall before it is impossible.
    cell : array
        The cell that each number belongs to.
    """

    sums: csc_array
    room: np.ndarray
    cell: np.ndarray

    @cached_property
    def size(self) -> csr_array:
        """Mark the numbers that enter each sum."""
        return csr_array(abs(self.sums))

    def moved(self, gain: np.ndarray, hidden: np.ndarray, most: np.ndarray) -> np.ndarray | None:
        """Move hidden numbers to raise `gain @ move`, none by more than `most`; whole steps only."""
        return self._solve(-gain, *self._limits(hidden, most))

    def farthest(self, number: int, sign: int, hidden: np.ndarray) -> float:
        """Return how far one number can move, in whole steps."""
        gain = np.zeros(len(self.room))
        gain[number] = sign
        move = self.moved(gain, hidden, np.full(len(gain), FAR))
        return 0.0 if move is None else float(sign * move[number])

    def cheapest(
        self, number: int, step: float, hidden: np.ndarray, price: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Find the cells to hide so that one number can move by `step`, and the move; None where nothing helps.

        `price` is what hiding each cell costs, infinite where it cannot be hidden.
        """
        best, least, scale = None, np.inf, np.maximum(np.abs(step), 1.0)
        price = np.where(hidden, 0.0, price)
        weight = price / np.minimum(scale, self._least_room(len(price)))
        for _ in range(3):
            move = self._flow(number, step, hidden, weight)
            if move is None:
                break
            new = self._touched(move, hidden)
            cost = float(price[new].sum())
            if cost < least - NEAR:
                best, least = (new, move), cost
            if len(new) <= 1:
                break
            weight = price / np.maximum(self._largest(move, len(price)), NEAR**0.5)
            weight = np.where(np.isfinite(price), np.minimum(weight, price / NEAR**0.5), np.inf)
        return best

    def _least_room(self, size: int) -> np.ndarray:
        room = np.full(size, np.inf)
        np.minimum.at(room, self.cell, np.where(self.room > 0, self.room, np.inf))
        return np.maximum(np.where(np.isfinite(room), room, 1.0), 1.0)

    def _largest(self, move: np.ndarray, size: int) -> np.ndarray:
        largest = np.zeros(size)
        np.maximum.at(largest, self.cell, np.abs(move))
        return largest

    def _touched(self, move: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        cells = np.unique(self.cell[np.abs(move) > NEAR])
        return cells[~hidden[cells]]

    def _limits(self, hidden: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        free = hidden[self.cell]
        return np.where(free, -self.room, 0.0), np.where(free, most, 0.0)

    def _flow(self, number: int, step: float, hidden: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
        """Split each move into up and down, each at the price of its cell."""
        allowed = hidden | np.isfinite(weight)
        low, high = self._limits(allowed, np.full(len(self.room), FAR))
        if step < low[number]:
            return None
        low[number] = high[number] = step
        price = np.where(np.isfinite(weight), weight, 0.0)[self.cell]
        free, paid = np.flatnonzero(allowed[self.cell] & (price == 0)), np.flatnonzero(allowed[self.cell] & (price > 0))
        sums = hstack([self.sums[:, free], self.sums[:, paid], -self.sums[:, paid]], format="csc")
        costs = np.concatenate([np.zeros(len(free)), price[paid], price[paid]])
        none = np.zeros(len(paid))
        lows = np.concatenate([low[free], np.maximum(low[paid], 0), np.maximum(-high[paid], 0)])
        highs = np.concatenate([high[free], np.maximum(high[paid], none), np.maximum(-low[paid], none)])
        found = whole(costs, sums, lows, highs)
        if found is None:
            return None
        move = np.zeros(len(self.room))
        move[free] = found[: len(free)]
        move[paid] = found[len(free) : len(free) + len(paid)] - found[len(free) + len(paid) :]
        return move

    def _solve(self, cost: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray | None:
        free = np.flatnonzero(high > low)
        move = np.zeros(len(cost))
        if len(free):
            found = whole(cost[free], self.sums[:, free], low[free], high[free])
            if found is None:
                return None
            move[free] = found
        return move


def whole(
    cost: np.ndarray, sums: csc_array, low: np.ndarray, high: np.ndarray, equal: np.ndarray | None = None
) -> np.ndarray | None:
    """Solve a linear program in whole numbers; the relaxation nearly always is whole already."""
    equal = np.zeros(sums.shape[0]) if equal is None else equal
    limits, rows = Bounds(low, high), LinearConstraint(sums, equal, equal)  # pyright: ignore[reportArgumentType]
    found = milp(cost, bounds=limits, constraints=rows).x
    if found is not None and np.abs(found - np.rint(found)).max(initial=0) > NEAR:
        each = np.ones(len(cost), dtype=np.int64)
        found = milp(cost, integrality=each, bounds=limits, constraints=rows, options={"node_limit": NODES}).x
    return None if found is None else np.rint(found)


def counts_only(cells: Cells) -> Slack:
    """Allow for what sums of students give away."""
    return Slack(csc_array(cells.sums), np.maximum(cells.counts - cells.least, 0), np.arange(len(cells.counts)))


def with_rates(cells: Cells) -> Slack:
    """Allow also for sums of the students who reach a rate and of those who do not.

    The numbers are the counts of all cells, and then for each rate those who reach it and those who do not.
    """
    told = ~np.isnan(cells.numerators)
    room = [np.maximum(cells.counts - cells.least, 0)]
    for rate in range(told.shape[1]):
        reach = np.where(told[:, rate], cells.numerators[:, rate], np.inf)
        room += [reach, np.where(told[:, rate], cells.counts - reach, np.inf)]
    each = np.tile(np.arange(len(cells.counts)), len(room))
    return Slack(sums_of_rates(cells.sums, told), np.minimum(np.concatenate(room), FAR), each)


def sums_of_rates(sums: csr_array, told: np.ndarray) -> csc_array:
    """Repeat the sums for those who reach each rate and those who do not, who together are the count."""
    size, rates = told.shape
    blocks, balance, each = [csc_array(sums)], [], eye_array(size, format="csc")
    for rate in range(rates):
        known = csc_array(sums[abs(sums) @ (~told[:, rate]).astype(float) == 0])
        blocks += [known, known]
        before, after = csc_array((size, 2 * size * rate)), csc_array((size, 2 * size * (rates - rate - 1)))
        balance.append(hstack([-each, before, each, each, after]))
    return csc_array(vstack([block_diag(blocks), *balance]))
