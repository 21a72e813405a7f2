"""The row of each criterion: its level after caps, its interval, and in plain words why it is not higher."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.errors import some
from cbe_lib.framework import Rubric
from cbe_lib.rubric.scoring.caps import Cap, Found
from cbe_lib.rubric.scoring.grid import Grid
from cbe_lib.rubric.scoring.levels import NO_LEVEL, Levels, middle_vote, vote_words

NO_RATING = "no rater gave a level"
NO_EVIDENCE = "no dated evidence"
NO_SECOND_RATER = "no criterion was rated by two raters, so the interval cannot be told"
NO_VOTES = "the votes behind the consensus were not kept, so the interval cannot be told"
BY_CONSENSUS = "level by consensus; the votes alone give {}"
CAPS = ["district", "wave", "criterion_id", "cap", "uncapped", "allowed", "decisive", "reason", "evidence"]
AGAINST = ["district", "wave", "criterion_id", "evidence_id", "date", "kind", "role_group", "text", "level"]


class Weighed(NamedTuple):
    """What the evidence allows: the counts (None without any evidence), the caps, and each cell's highest position."""

    found: Found | None
    caps: list[Cap]
    limit: np.ndarray


class Sheet:
    """Everything known of each cell, and the tables made of it."""

    def __init__(self, grid: Grid, levels: Levels, weighed: Weighed, agreement: pd.DataFrame, rubric: Rubric) -> None:
        self.grid, self.levels, self.weighed, self.rubric = grid, levels, weighed, rubric
        sites = np.repeat(np.arange(len(grid.sites)), grid.criteria)
        self.names = grid.sites[["district", "wave"]].iloc[sites].reset_index(drop=True)
        self.names["dimension"] = np.tile([each.dimension for each in rubric.criteria], len(grid.sites))
        self.names["criterion_id"] = np.tile([each.id for each in rubric.criteria], len(grid.sites))
        self.standing = np.tile(agreement["status"].to_numpy(), len(grid.sites))
        self.doubt = np.tile(agreement["reason"].to_numpy(), len(grid.sites))
        self.rated = levels.position != NO_LEVEL
        if weighed.found is not None:
            self.rated &= weighed.found.dated > 0
        self.position = np.minimum(levels.position, weighed.limit)
        self.held = self.rated & (self.position < levels.position)
        self.ids = self._evidence_ids()

    def table(self) -> pd.DataFrame:
        """Build the row of each cell."""
        levels, found = self.levels, self.weighed.found
        nothing = np.zeros(self.grid.size, dtype=int)
        low, high = (np.where(end == NO_LEVEL, NO_LEVEL, np.minimum(end, self.weighed.limit)) for end in levels[3:5])
        table = self.names.assign(
            level=self._named(self.position, self.rated),
            position=_whole(self.position, self.rated),
            uncapped=self._named(levels.position, levels.position != NO_LEVEL),
            allowed=self._named(self.weighed.limit, np.full(self.grid.size, found is not None)),
            conf_low=_whole(low, self.rated & (low != NO_LEVEL)),
            conf_high=_whole(high, self.rated & (high != NO_LEVEL)),
        )
        table["likely"] = self._span(low, high, self.rated & (low != NO_LEVEL))
        table["n_raters"], table["votes"] = levels.raters, vote_words(levels.counts, self.rubric.levels)
        table["n_evidence"] = nothing if found is None else found.dated
        table["cap"], table["why"] = self._decisive(), self._reasons()
        table["contradicted"] = nothing if found is None else found.against
        return table.assign(status=self._status())

    def caps(self) -> pd.DataFrame:
        """List each rule that held a level down, with the supporting evidence that it looked at."""
        parts = []
        for cap in self.weighed.caps:
            cells = np.flatnonzero(self._held_by(cap)).tolist()
            part = self.names.iloc[cells].assign(
                cap=cap.name,
                uncapped=self._named(self.levels.position[cells], np.ones(len(cells), dtype=bool)),
                allowed=self.rubric.levels[cap.limit],
                decisive=cap.limit == self.position[cells],
                reason=[cap.why(cell) for cell in cells],
                evidence=["; ".join(self.ids[0].get(cell, ())) for cell in cells],
            )
            parts.append(part)
        if not parts:
            return pd.DataFrame(columns=CAPS)
        return pd.concat(parts)[CAPS].sort_index(kind="stable").reset_index(drop=True)

    def contradictions(self, table: pd.DataFrame) -> pd.DataFrame:
        """List evidence against a practice beside the level that stands."""
        if self.weighed.found is None:
            return pd.DataFrame(columns=AGAINST)
        rows = self.weighed.found.rows
        rows = rows[~rows["favors"]]
        beside = table.iloc[rows["cell"]].reset_index(drop=True)
        own = rows[["evidence_id", "date", "kind", "role_group", "text"]].reset_index(drop=True)
        return pd.concat([beside[["district", "wave", "criterion_id", "level"]], own], axis=1)[AGAINST]

    def _named(self, position: np.ndarray, shown: np.ndarray) -> np.ndarray:
        return np.array([*self.rubric.levels, ""], dtype=object)[np.where(shown, position, -1)]

    def _span(self, low: np.ndarray, high: np.ndarray, shown: np.ndarray) -> np.ndarray:
        first, last = self._named(low, shown), self._named(high, shown)
        return np.where(low == high, first, np.where(shown, first + " to " + last, ""))

    def _status(self) -> np.ndarray:
        plain = "ratings only" if self.weighed.found is None else "scored"
        unreported = self.standing == "do not report"
        tentative = (self.standing == "tentative") & (self.weighed.found is not None)
        return np.select([~self.rated, unreported, tentative], ["not rated", "do not report", "tentative"], plain)

    def _held_by(self, cap: Cap) -> np.ndarray:
        return self.rated & cap.holds & (self.levels.position > cap.limit)

    def _decisive(self) -> np.ndarray:
        names = np.full(self.grid.size, "", dtype=object)
        for cap in self.weighed.caps:
            here = self._held_by(cap) & (cap.limit == self.position)
            names[here] = np.where(names[here] == "", cap.name, names[here] + "; " + cap.name)
        return names

    def _reasons(self) -> list[str]:
        parts: list[list[str]] = [[] for _ in range(self.grid.size)]
        self._say_unrated(parts)
        for cap in self.weighed.caps:
            for cell in np.flatnonzero(self._held_by(cap)).tolist():
                parts[cell].append(self._cap_words(cap, cell))
        self._say_of_votes(parts)
        for cell in np.flatnonzero(self.rated & (self.standing != "")).tolist():
            parts[cell].append(self.doubt[cell])
        if self.weighed.found is not None:
            for cell in np.flatnonzero(self.weighed.found.against).tolist():
                parts[cell].append(f"evidence against it: {some(self.ids[1][cell])}")
        return ["; ".join(part) for part in parts]

    def _cap_words(self, cap: Cap, cell: int) -> str:
        ids = self.ids[0].get(cell)
        behind = f" ({some(ids)})" if ids else ""
        return f"held at {self.rubric.levels[cap.limit]}: {cap.why(cell)}{behind}"

    def _say_unrated(self, parts: list[list[str]]) -> None:
        found = self.weighed.found
        for cell in np.flatnonzero(~self.rated).tolist():
            if self.levels.position[cell] == NO_LEVEL:
                parts[cell].append(NO_RATING)
            if found is not None and not found.dated[cell]:
                undated = f" ({found.undated[cell]} undated, which does not count)" if found.undated[cell] else ""
                parts[cell].append(NO_EVIDENCE + undated)

    def _say_of_votes(self, parts: list[list[str]]) -> None:
        levels = self.levels
        middle = middle_vote(levels.counts)
        for cell in np.flatnonzero(
            self.rated & levels.agreed & (middle != levels.position) & (middle != NO_LEVEL)
        ).tolist():
            parts[cell].append(BY_CONSENSUS.format(self.rubric.levels[middle[cell]]))
        for cell in np.flatnonzero(self.rated & (levels.low == NO_LEVEL)).tolist():
            parts[cell].append(NO_SECOND_RATER if levels.raters[cell] else NO_VOTES)

    def _evidence_ids(self) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
        """Ids of the dated supporting evidence of each cell, and of all evidence against it."""
        favor: dict[int, list[str]] = {}
        against: dict[int, list[str]] = {}
        if self.weighed.found is not None:
            rows = self.weighed.found.rows
            for cell, name, good, dated in zip(
                *(rows[each].tolist() for each in ("cell", "evidence_id", "favors", "dated")), strict=True
            ):
                if dated or not good:
                    (favor if good else against).setdefault(cell, []).append(name)
        return favor, against


def _whole(position: np.ndarray, shown: np.ndarray) -> pd.arrays.IntegerArray:
    """Positions from 1 as whole numbers, missing where not shown."""
    return pd.arrays.IntegerArray((position + 1).astype("int64"), ~shown)
