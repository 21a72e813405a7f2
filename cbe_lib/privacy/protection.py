"""Which further cells to hide until no small group can be worked out: goals, and moves that prove each is met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from cbe_lib.privacy.cells import Cells
from cbe_lib.privacy.slack import FAR, NEAR, Slack

ROUNDS = 12
BETWEEN = 6
EFFORT = 40_000  # numbers times programs that may go into showing cells again


@dataclass(frozen=True)
class Goal:
    """One number must be able to move by one of these steps, unnoticed."""

    number: int
    steps: tuple[float, ...]

    def met(self, move: np.ndarray) -> bool:
        """Whether this move reaches one of the steps."""
        here = move[self.number]
        return any(here >= step - NEAR if step > 0 else here <= step + NEAR for step in self.steps)


def goals(cells: Cells, hidden: np.ndarray, small: np.ndarray, min_n: int, *, rates: bool) -> list[Goal]:
    """List what every hidden cell needs.

    A small group must look like anything from 1 (or one for each of its parts that is not 0) to min_n - 1, so that a
    reader learns no more than that it may be small. Any other hidden row must have at least two possible counts; a
    hidden rate must be neither certainly 0 nor certainly 100%, unless a larger published group says so of all its
    students.
    """
    needed, least = [], np.maximum(cells.least, 1)
    for place in np.flatnonzero(hidden & (small | cells.listed)).tolist():
        count = cells.counts[place]
        if small[place]:
            steps = (min(least[place] - count, 0), min_n - 1 - count)
            needed += [Goal(place, (step,)) for step in steps if step and count < min_n]
        if not small[place] or count >= min_n:
            needed.append(Goal(place, (1.0, -1.0)))
    return needed + (_rate_goals(cells, hidden, small) if rates else [])


def _rate_goals(cells: Cells, hidden: np.ndarray, small: np.ndarray) -> list[Goal]:
    size, needed = len(cells.counts), []
    for rate in range(cells.numerators.shape[1]):
        reach = cells.numerators[:, rate]
        for side, number in enumerate((reach, cells.counts - reach)):
            open_question = hidden & (small | cells.listed) & (cells.counts > 0) & ~np.isnan(reach)
            open_question &= ~said(cells, hidden, number)
            start = size * (1 + 2 * rate + side)
            needed += [Goal(start + place, (1.0, -1.0)) for place in np.flatnonzero(open_question).tolist()]
    return needed


def said(cells: Cells, hidden: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Find cells of which a published cell that holds them all says that nobody is of this kind."""
    known = ~hidden & (number == 0)
    while True:
        totals = (cells.sums < 0) @ known
        more = known | (((cells.sums > 0).T @ totals) > 0)
        if (more == known).all():
            return known
        known = more


@dataclass
class Protection:
    """Hides cells until every goal is met, then shows again what was hidden for nothing.

    Attributes
    ----------
    hidden : array of bool
        Cells that no reader sees.
    proofs : dict
        For each goal a move that meets it.
    failed : set
        Goals that no hiding can meet, because what gives them away is known elsewhere.
    """

    slack: Slack
    price: np.ndarray
    hidden: np.ndarray
    proofs: dict[Goal, np.ndarray] = field(default_factory=dict)
    failed: set[Goal] = field(default_factory=set)
    trials: int = 0

    def reach(self, wanted: Iterable[Goal]) -> None:
        """Hide the cheapest further cells until all goals are met."""
        unmet = self._unmet(wanted)
        self._together(unmet, self.hidden, self.proofs)
        since = 0
        for goal in sorted(self._unmet(unmet), key=lambda goal: (-max(map(abs, goal.steps)), goal.number)):
            if goal in self.proofs or self._alone(goal, unmet, self.hidden, self.proofs):
                continue
            since += self._hide_for(goal)
            if since >= BETWEEN:
                self._together(self._unmet(unmet), self.hidden, self.proofs)
                since = 0

    def _unmet(self, wanted: Iterable[Goal]) -> list[Goal]:
        return [goal for goal in wanted if goal not in self.proofs and goal not in self.failed]

    def _hide_for(self, goal: Goal) -> int:
        ways = [self.slack.cheapest(goal.number, step, self.hidden, self.price) for step in goal.steps]
        possible = [way for way in ways if way is not None]
        if not possible:
            self.failed.add(goal)
            return 0
        cells, move = min(possible, key=lambda way: float(self.price[way[0]].sum()))
        self.hidden[cells] = True
        self.proofs[goal] = move
        return len(cells)

    def _together(self, wanted: list[Goal], hidden: np.ndarray, proofs: dict[Goal, np.ndarray]) -> int:
        """Meet as many goals as possible with few moves, without hiding anything; return how many were tried."""
        unmet = [goal for goal in wanted if goal not in proofs]
        for turn in range(ROUNDS):
            if not unmet:
                return turn
            move = self._one_move(unmet, hidden, turn)
            met = [goal for goal in unmet if goal.met(move)]
            proofs.update((goal, move) for goal in met)
            if not met and turn % 2:
                return turn + 1
            unmet = [goal for goal in unmet if goal not in proofs]
        return ROUNDS

    def _one_move(self, unmet: list[Goal], hidden: np.ndarray, turn: int) -> np.ndarray:
        gain, most = np.zeros(len(self.slack.room)), np.full(len(self.slack.room), FAR)
        for goal in unmet[:: 1 if turn % 4 < 2 else -1]:
            step = goal.steps[turn % len(goal.steps)]
            if (step > 0) == (turn % 2 == 0) or len(goal.steps) > 1:
                # Unlike gains, so that goals which exclude each other are met in turn.
                gain[goal.number] = np.sign(step) / (1 + (goal.number % 7) / 50)
                most[goal.number] = step if step > 0 else FAR
        move = self.slack.moved(gain, hidden, most)
        return np.zeros(len(gain)) if move is None else move

    def _alone(self, goal: Goal, wanted: list[Goal], hidden: np.ndarray, proofs: dict[Goal, np.ndarray]) -> bool:
        """Meet one goal without hiding anything, and whichever others its move meets."""
        for step in goal.steps:
            gain, most = np.zeros(len(self.slack.room)), np.full(len(self.slack.room), FAR)
            gain[goal.number] = np.sign(step)
            most[goal.number] = max(step, 0.0)
            self.trials += 1
            move = self.slack.moved(gain, hidden, most)
            if move is not None and goal.met(move):
                proofs.update((other, move) for other in wanted if other not in proofs and other.met(move))
                return True
        return False

    def show_needless(self, extra: np.ndarray, wanted: list[Goal]) -> None:
        """Show every further cell again, dearest first, without which all goals are still met."""
        self.trials = 0
        for cell in extra[np.argsort(-self.price[extra], kind="stable")]:
            hidden = self.hidden.copy()
            hidden[cell] = False
            if self.trials * len(self.slack.room) < EFFORT and not self._last_but_one(cell, hidden):
                others = [goal for goal in wanted if hidden[self.slack.cell[goal.number]]]
                self._try_to_show(cell, others, hidden)

    def _last_but_one(self, cell: int, hidden: np.ndarray) -> bool:
        """Whether showing this cell leaves a sum with one hidden number."""
        without = self.slack.size @ hidden[self.slack.cell]
        touched = self.slack.size @ (self.slack.cell == cell) > 0
        return bool((without[touched] == 1).any())

    def _try_to_show(self, cell: int, wanted: list[Goal], hidden: np.ndarray) -> None:
        mine = np.flatnonzero(self.slack.cell == cell)
        proven = [goal for goal in wanted if goal in self.proofs]
        broken = [goal for goal in proven if np.abs(self.proofs[goal][mine]).max() > NEAR]
        renewed: dict[Goal, np.ndarray] = {}
        self.trials += self._together(broken, hidden, renewed)
        if all(goal in renewed or self._alone(goal, broken, hidden, renewed) for goal in broken):
            self.hidden = hidden
            self.proofs.update(renewed)
