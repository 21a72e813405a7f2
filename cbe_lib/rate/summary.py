"""What a team sees once its votes are shown: side by side, how far they agree, and what to talk about first."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.framework import Criterion
from cbe_lib.store.agreed import Consensus, agreed
from cbe_lib.store.database import Database
from cbe_lib.store.frames import ratings
from cbe_lib.store.people import Member, members
from cbe_lib.store.reveals import Reveal, revealed
from cbe_lib.store.sessions import Session
from cbe_lib.store.votes import NOT_RATED, Piece, Stored, evidence_of, votes

COEFFICIENTS = {
    "percent_agreement": "Agreement, near misses counted in part",
    "gwet_ac": "Agreement beyond chance (Gwet's AC)",
    "krippendorff_alpha": "Agreement beyond chance (Krippendorff's alpha)",
}


@dataclass(frozen=True)
class Row:
    """One criterion after the reveal.

    Attributes
    ----------
    criterion : Criterion
        What was judged.
    by_level : dict
        The votes on each level, lowest first, those not seen last.
    apart : int
        Levels between the lowest and the highest vote.
    consensus : Consensus or None
        What the team agreed on.
    pieces : list of (rater, Piece)
        Evidence of all raters.
    """

    criterion: Criterion
    by_level: dict[str, list[Stored]]
    apart: int
    consensus: Consensus | None
    pieces: list[tuple[str, Piece]]

    @property
    def talk(self) -> str:
        """Say why the team should talk about this; empty if it need not."""
        given = [level for level, there in self.by_level.items() if there and level != NOT_RATED]
        if self.apart >= 1:
            steps = f"{self.apart} level{'s' if self.apart > 1 else ''} apart"
            return f"{steps}: from {given[0]} to {given[-1]}"
        if given and self.by_level[NOT_RATED]:
            unseen = len(self.by_level[NOT_RATED])
            return f"{given[0]} for some, not seen by {unseen}"
        return ""


@dataclass(frozen=True)
class Summary:
    """Everything on the results page."""

    shown: Reveal
    people: tuple[Member, ...]
    rows: list[Row]
    agreement_text: str
    agreement: list[tuple[str, str, str]]
    severity_text: str
    severity: list[tuple[str, str, str]]
    late: int

    @property
    def talks(self) -> list[Row]:
        """Criteria to talk about, the largest differences first."""
        wanted = [row for row in self.rows if row.talk]
        return sorted(wanted, key=lambda row: (-row.apart, -_spread(row)))


def summarize(db: Database, session: Session) -> Summary:
    """Gather what may be seen after the reveal; raise HiddenError before it."""
    given = votes(db, session)
    found = evidence_of(db, session)
    together = agreed(db, session)
    rows = [_row(each, session, given, found, together) for each in session.rubric.criteria]
    frame = ratings(db, session)
    blind = frame[frame["blind"].eq(True) & ~frame["consensus"].eq(True) & frame["level"].ne(NOT_RATED)]
    text, table = _agreement(blind, session)
    severity_text, severity = _severity(blind, session)
    late = sum(not vote.blind for vote in given)
    shown = revealed(db, session)
    if shown is None:
        raise CbeError("The votes were shown and are hidden again: the database has been tampered with.")
    return Summary(shown, members(db, session), rows, text, table, severity_text, severity, late)


def _row(
    criterion: Criterion,
    session: Session,
    given: list[Stored],
    found: list[tuple[str, Piece]],
    together: dict[str, Consensus],
) -> Row:
    levels = session.rubric.levels
    here = [vote for vote in given if vote.criterion_id == criterion.id]
    by_level = {level: [vote for vote in here if vote.level == level] for level in (*levels, NOT_RATED)}
    places = [place for place, level in enumerate(levels) if by_level[level]]
    pieces = [(rater, piece) for rater, piece in found if piece.criterion_id == criterion.id]
    return Row(criterion, by_level, max(places) - min(places) if places else 0, together.get(criterion.id), pieces)


def _spread(row: Row) -> float:
    """Return the mean squared distance of two votes, so that one outlier comes after an even split."""
    counts = [len(there) for level, there in row.by_level.items() if level != NOT_RATED]
    total = sum(counts)
    if not total:
        return 0.0
    mean = sum(place * count for place, count in enumerate(counts)) / total
    return sum(count * (place - mean) ** 2 for place, count in enumerate(counts)) / total


def _agreement(blind: pd.DataFrame, session: Session) -> tuple[str, list[tuple[str, str, str]]]:
    # Not before it is needed: the server starts in half the time.
    from cbe_lib import rubric

    levels = list(session.rubric.levels)
    try:
        found = rubric.agreement(blind, unit="criterion_id", rater="rater", rating="level", levels=levels)
    except CbeError as problem:
        return f"Cannot tell how far the raters agree. {problem}", []
    known = {row["coefficient"]: row for row in found.table.to_dict("records")}
    return found.text, [_cells(label, known[name], ".2f") for name, label in COEFFICIENTS.items()]


def _severity(blind: pd.DataFrame, session: Session) -> tuple[str, list[tuple[str, str, str]]]:
    from cbe_lib import rubric

    try:
        found = rubric.calibrate(
            blind,
            district="district_id",
            criterion="criterion_id",
            rater="rater",
            rating="level",
            levels=list(session.rubric.levels),
        )
    except CbeError as problem:
        return f"Cannot tell who rates harshly. {problem}", []
    return found.text, [_cells(str(row["rater"]), row, "+.1f") for row in found.severity.to_dict("records")]


def _cells(label: str, row: Mapping[Hashable, Any], digits: str) -> tuple[str, str, str]:
    estimate, low, high = float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])
    if isnan(estimate) or (isnan(low) and isnan(high)):
        value = "cannot tell" if isnan(estimate) else format(estimate, digits)
        return label, value, str(row["reason"] or "")
    return label, format(estimate, digits), f"{_limit(low, digits)} to {_limit(high, digits)}"


def _limit(value: float, digits: str) -> str:
    return format(value, digits) if isfinite(value) else "no limit"
