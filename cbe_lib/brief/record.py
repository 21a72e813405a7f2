"""All that the tables hold about one district, each table looked up once."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cbe_lib import privacy, rubric, tables
from cbe_lib.errors import CbeError, require_frame, some, unknown_name
from cbe_lib.privacy.release import ALL_STUDENTS
from cbe_lib.rubric.scoring.result import Scores
from cbe_lib.themes import learning

NEEDED = ("districts", "outcomes")
# All that a brief reads.
TABLES = (
    *NEEDED, "rollout", "entity_history", "ratings", "evidence", "survey", "seats", "student_groups", "principles",
    "decisions", "progress", "state_rules", "state_actions", "commitments",
)  # fmt: skip


@dataclass(frozen=True)
class Rollout:
    """When the change reached classrooms, as far as the tables say."""

    year: int
    words: str


class Record:
    """One district in its tables: rows of its own, and what several sections ask for."""

    def __init__(self, given: Mapping[str, pd.DataFrame], district: str, min_n: int = 10) -> None:
        self.tables = _checked(given)
        self.districts = tables.validate(self.tables["districts"], "districts", complete=True)
        self.outcomes = tables.validate(self.tables["outcomes"], "outcomes", complete=True)
        self.min_n = min_n
        self._settle(district)

    def _settle(self, district: str) -> None:
        self._own: dict[str, pd.DataFrame] = {}
        self.id = find(self.districts, district)
        self.place: dict[Any, Any] = self.districts.set_index("district_id").loc[self.id].to_dict()
        self.name = str(self.place["name"])

    def of(self, district: str) -> Record:
        """Return the record of another district in the same tables, which are neither checked nor scored again."""
        other = copy(self)
        for name in ("released", "rollout", "wave", "recognition"):
            other.__dict__.pop(name, None)
        other._settle(district)
        return other

    def whole(self, table: str) -> pd.DataFrame:
        """Return a table as it was given; empty if it was not."""
        return self.tables.get(table, pd.DataFrame())

    def own(self, table: str) -> pd.DataFrame:
        """Return the rows of a table that are about this district; empty if there are none."""
        if table not in self._own:
            frame = self.whole(table)
            rows = frame[frame["district_id"] == self.id] if "district_id" in frame else frame.iloc[:0]
            self._own[table] = rows
        return self._own[table]

    def of_state(self, table: str) -> pd.DataFrame:
        """Return the rows of a table that are about the district's state."""
        frame, state = self.whole(table), self.place["state"]
        return frame.iloc[:0] if "state" not in frame or pd.isna(state) else frame[frame["state"] == state]

    @cached_property
    def released(self) -> pd.DataFrame:
        """Results of this district that may be shown: everything printed about outcomes comes from here."""
        rows = self.outcomes[(self.outcomes["district_id"] == self.id) & is_district(self.outcomes)]
        return privacy.for_release(rows, "outcomes", min_n=self.min_n).table if len(rows) else rows

    @cached_property
    def rollouts(self) -> pd.Series:
        """Rollout year by district, from whichever table has it; missing where nobody adopted."""
        found = [frame.set_index("district_id")["rollout_year"] for frame in self._dated() if len(frame)]
        years = pd.concat(found).dropna() if found else pd.Series(dtype="Int64")
        return years.groupby(level=0).min()

    def _dated(self) -> list[pd.DataFrame]:
        frames = [self.whole("rollout"), self.districts, self.outcomes]
        return [frame[["district_id", "rollout_year"]] for frame in frames if "rollout_year" in frame]

    @cached_property
    def rollout(self) -> Rollout | None:
        """Return when the change reached classrooms here, with source and doubt."""
        year = self.rollouts.get(self.id)
        return None if year is None else Rollout(int(year), _rollout_words(self.own("rollout"), int(year)))

    @cached_property
    def scores(self) -> Scores | None:
        """Score every district of the file: how far raters differ is learned from all of them."""
        return scores(self.tables)

    @cached_property
    def recognition(self) -> learning.Recognition | None:
        """What the leaders of the district's state did, held to account or made room; None if no list was given."""
        actions = self.of_state("state_actions")
        return learning.recognition(actions) if len(actions) else None

    @cached_property
    def wave(self) -> str | None:
        """Return the last visit on which this district was rated with evidence; None if it never was."""
        if self.scores is None:
            return None
        known = self.scores.dimensions
        waves = known.loc[(known["district"] == self.id) & (known["n_rated"] > 0), "wave"]
        return None if waves.empty else str(waves.max())

    def at_wave(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of this district and its last rated visit."""
        return table[(table["district"] == self.id) & (table["wave"] == self.wave)]


def find(districts: pd.DataFrame, wanted: str) -> str:
    """Return the district_id of a district that is named by id or by exact name."""
    ids = districts["district_id"]
    if wanted in set(ids):
        return wanted
    named = ids[districts["name"] == wanted].tolist()
    if len(named) > 1:
        raise CbeError.build(
            f"{len(named)} districts are named {wanted!r}",
            found=f"Their ids: {some(named)}",
            advice="Name one by its id",
        )
    if not named:
        raise unknown_name("district", wanted, [*districts["name"].dropna(), *ids])
    return str(named[0])


def scores(given: Mapping[str, pd.DataFrame]) -> Scores | None:
    """Score all ratings with all evidence, each district with its number of schools; None without ratings."""
    ratings, evidence = (given.get(name) for name in ("ratings", "evidence"))
    if ratings is None or not len(ratings):
        return None
    places = given["districts"].reindex(columns=["district_id", "schools"]).dropna()
    places = places[places["district_id"].isin(set(ratings["district_id"])) & (places["schools"].astype(float) > 0)]
    schools = dict(zip(places["district_id"], places["schools"].astype(int), strict=True))
    with_evidence = evidence is not None and len(evidence) > 0
    return rubric.score(ratings, evidence if with_evidence else None, schools=schools if with_evidence else None)


def is_district(outcomes: pd.DataFrame) -> pd.Series:
    """Say which rows are about districts: a level that nobody filled in is one."""
    return outcomes["level"].fillna("district") == "district"


def is_everyone(outcomes: pd.DataFrame) -> pd.Series:
    """Say which rows are about all students."""
    return outcomes["subgroup"].isna() | outcomes["subgroup"].str.casefold().isin(ALL_STUDENTS)


def _checked(given: object) -> dict[str, pd.DataFrame]:
    if not isinstance(given, Mapping):
        raise CbeError.build(
            "`tables` must hold tables by name", found=f"Found {type(given).__name__}", advice="Pass samples.state()"
        )
    missing = [name for name in NEEDED if name not in given]
    if missing:
        raise CbeError.build(
            f"A brief needs the table{'s' if len(missing) > 1 else ''} {some(missing)}",
            found=f"Found {some(map(str, given), 12) or 'none'}",
            advice="districts: district_id and name; outcomes: district_id, year and value",
        )
    return {str(name): require_frame(frame, str(name)) for name, frame in given.items()}


def _rollout_words(rows: pd.DataFrame, year: int) -> str:
    """Say which source dates the rollout how exactly, and which other day was named."""
    words = f"first results that the change can have affected: spring {year}"
    if rows.empty:
        return f"{words} (no source given)"
    row = rows.sort_values("rollout_year").iloc[0].to_dict()
    day = _day(row.get("date"), row.get("date_precision"))
    source = row.get("source")
    words += f"; began {day}" if day else ""
    sure = f", confidence {row['confidence']}" if isinstance(row.get("confidence"), str) else ""
    words += f" (source: {source}{sure})" if isinstance(source, str) else " (no source given)"
    other = _day(row.get("alternative_date"), "month")
    words += f"; another source says {other}" if other else ""
    return words + (f"; {len(rows)} events in all" if len(rows) > 1 else "")


def _day(day: Any, precision: Any) -> str:
    if day is None or pd.isna(day):
        return ""
    day = pd.Timestamp(day)
    if precision == "year":
        return f"{day.year}"
    return f"{day:%B %Y}" if precision == "month" else f"{day:%B} {day.day}, {day.year}"
