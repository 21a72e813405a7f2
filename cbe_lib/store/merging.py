"""Filled workbooks taken in: each row once, nothing that is stored is replaced without saying so."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import IO, Any, NamedTuple

from openpyxl import load_workbook

from cbe_lib.errors import CbeError
from cbe_lib.store import words
from cbe_lib.store.codes import tidy_code
from cbe_lib.store.database import Database
from cbe_lib.store.people import Rater, join, rater_named
from cbe_lib.store.reveals import revealed
from cbe_lib.store.sessions import Session
from cbe_lib.store.votes import Piece, Stored, Vote, own_evidence, own_votes, record
from cbe_lib.store.workbooks import ABOUT, BOOK, CODE, NAME, NOT_RATED, PIECE_COLUMNS, PIECES, ROLE, VOTES

MOST_PACKED, MOST_UNPACKED = 2 * 2**20, 50 * 2**20  # bytes
MOST_ROWS, MOST_COLUMNS = 2_000, 60


class Merged(NamedTuple):
    """What came of a workbook.

    Attributes
    ----------
    rater : str
        Whose it is.
    votes, pieces : int
        Votes and pieces of evidence that were added.
    same : int
        Rows that were stored already.
    conflicts : tuple of str
        Rows that contradict what is stored; what is stored was kept.
    """

    rater: str
    votes: int
    pieces: int
    same: int
    conflicts: tuple[str, ...]

    def __str__(self) -> str:
        added = (
            f"{self.rater}: {self.votes} votes and {self.pieces} pieces of evidence added, {self.same} known already."
        )
        if not self.conflicts:
            return added
        lines = "".join(f"\n  {line}" for line in self.conflicts)
        return f"{added} {len(self.conflicts)} not taken, because something else is stored:{lines}"


class Filled(NamedTuple):
    """A workbook as it was read: facts about it, when it was last saved, and its rows."""

    facts: dict[str, str]
    saved: str
    votes: list[dict[str, Any]]
    pieces: list[dict[str, Any]]

    @property
    def source(self) -> str:
        """Name the workbook and its age, as stored beside what came from it."""
        return f"workbook {self.facts[BOOK]}@{self.saved}"


def merge(db: Database, session: Session, stream: IO[bytes], rater: Rater | None = None) -> Merged:
    """Take in a filled workbook: for `rater`, or for whom it names, who joins the session if need be.

    A workbook that comes twice adds nothing; one that was changed and saved since adds what has changed. A row that
    contradicts a vote from the pages, or from a later copy, is reported and not taken.
    """
    filled = _read(stream)
    if tidy_code(filled.facts[CODE]) != session.code:
        raise CbeError.build("This workbook belongs to another session", advice="Compare the codes on its first sheet")
    rater = _whose(db, session, filled, rater)
    votes, same, conflicts = _votes(db, session, filled, rater)
    pieces, known = _pieces(db, filled, rater)
    record(db, session, rater, votes=votes, pieces=pieces)
    return Merged(rater.name, len(votes), len(pieces), same + known, tuple(conflicts))


def _whose(db: Database, session: Session, filled: Filled, rater: Rater | None) -> Rater:
    name = words.line(filled.facts[NAME], "Your name on the first sheet", needed=rater is None)
    if rater is None:
        return rater_named(db, session, name) or join(db, session, name, filled.facts[ROLE]).rater
    if name and words.same_name(name) != words.same_name(rater.name):
        raise CbeError.build("This workbook is not yours", found=f"Its first sheet says {name!r}")
    return rater


def _votes(db: Database, session: Session, filled: Filled, rater: Rater) -> tuple[list[Vote], int, list[str]]:
    mine, shown = own_votes(db, rater), revealed(db, session)
    votes, same, conflicts = [], 0, []
    by_name = {level.casefold(): level for level in (*session.rubric.levels, NOT_RATED)}
    for row in filled.votes:
        given = words.line(_text(row["level"]), "The level")
        if not given:
            continue
        criterion, reason = _text(row["criterion_id"]).strip(), words.text(_text(row["reason"]), "The reason")
        level = by_name.get(given.casefold(), given)
        stored = mine.get(criterion)
        if stored and (stored.level, stored.reason) == (level, reason):
            same += 1
        elif stored and (shown or not _replaces(filled, stored)):
            conflicts.append(f"{criterion}: stored is {stored.level}, the workbook says {level}")
        else:
            votes.append(Vote(criterion, level, reason, f"{filled.source}:{criterion}", filled.source))
    return votes, same, conflicts


def _replaces(filled: Filled, stored: Stored) -> bool:
    """Tell whether this is a later copy of the workbook that the stored vote came from."""
    book, _, saved = stored.source.partition("@")
    return book == f"workbook {filled.facts[BOOK]}" and saved < filled.saved


def _pieces(db: Database, filled: Filled, rater: Rater) -> tuple[list[Piece], int]:
    mine = {piece.evidence_id: piece for piece in own_evidence(db, rater)}
    pieces, known = [], 0
    for row in filled.pieces:
        if not _text(row["text"]).strip() and not _text(row["link"]).strip():
            continue
        identity = f"{rater.id}-{filled.facts[BOOK]}-{_text(row['number']).strip()}"
        piece = _piece(row, identity, f"{filled.source}:{identity}")
        stored = mine.get(identity)
        if stored and (replace(stored, key=piece.key) == piece or stored.key >= piece.key):
            known += 1
        else:
            pieces.append(piece)
    return pieces, known


def _piece(row: dict[str, Any], identity: str, key: str) -> Piece:
    given: dict[str, Any] = {name: _text(row[name]).strip() for name in PIECE_COLUMNS}
    given["text"] = words.text(given["text"], "The evidence")
    given["supports"] = given["supports"] or "+"
    given |= {name: _day(row[name], row["number"]) for name in ("date", "since")}
    return Piece(evidence_id=identity, key=key, **given)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _day(value: Any, number: Any) -> date | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise CbeError.build(
            f"Row {_text(number)} of the sheet 'evidence' has no proper day",
            found=f"Found {str(value)[:40]!r}",
            advice="Write it as 2026-05-04",
        ) from None


def _read(stream: IO[bytes]) -> Filled:
    _refuse_size(stream)
    try:
        # Values only: formulas in it are neither run nor taken.
        book = load_workbook(stream, read_only=True, data_only=True)
        facts = {_text(row[0]): _text(row[1]) for row in _cells(book[ABOUT]) if len(row) > 1 and row[0]}
        saved = book.properties.modified or datetime(2000, 1, 1)
        votes = _records(book[VOTES], ("criterion_id", "level", "reason"))
        pieces = _records(book[PIECES], ("number", *PIECE_COLUMNS))
        missing = {CODE, NAME, ROLE, BOOK} - set(facts)
    except CbeError:
        raise
    except Exception as error:  # whatever a damaged file makes the reader raise
        raise _unreadable(f"{type(error).__name__}: {error}") from None
    if missing:
        raise _unreadable(f"its first sheet has no line {', '.join(sorted(missing))}")
    return Filled(facts, saved.replace(tzinfo=UTC).isoformat(), votes, pieces)


def _refuse_size(stream: IO[bytes]) -> None:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > MOST_PACKED or not zipfile.is_zipfile(stream):
        raise _unreadable("it is too large, or not a workbook (.xlsx)")
    stream.seek(0)
    with zipfile.ZipFile(stream) as parts:
        # What is unpacked later stops at the size that is stated here.
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise _unreadable("it is too large")
    stream.seek(0)


def _records(sheet: Any, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = _cells(sheet)
    headings = [_text(cell).strip() for cell in next(rows, ())]
    missing = [name for name in needed if name not in headings]
    if missing:
        raise _unreadable(f"its sheet {sheet.title!r} has no column {', '.join(missing)}")
    places = {name: headings.index(name) for name in needed}
    return [{name: row[place] if place < len(row) else None for name, place in places.items()} for row in rows]


def _cells(sheet: Any) -> Iterator[tuple[Any, ...]]:
    return sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)


def _unreadable(why: str) -> CbeError:
    return CbeError.build(
        "This workbook cannot be taken in",
        found=" ".join(why.split())[:200],
        advice="Fill in the one that was downloaded for this session, and save it as .xlsx",
    )
