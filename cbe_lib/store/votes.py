"""What one rater stores: votes, evidence and drafts. What was acknowledged stays; the newest row counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.store import schema, words
from cbe_lib.store.codes import new_token
from cbe_lib.store.database import Database, add_once
from cbe_lib.store.people import Rater
from cbe_lib.store.reveals import Reveal, find_reveal, hold, require_reveal
from cbe_lib.store.sessions import Session
from cbe_lib.tables.spec import known

NOT_RATED = "NR"
KINDS = next(column.choices for column in known("evidence").columns if column.name == "kind")
MOST_PIECES = 200  # per rater and criterion
MOST_DRAFT = 20_000


class RepeatedKeyError(CbeError):
    """A form that was stored once came again with other content."""


class ShownError(CbeError):
    """A vote came that would replace one which the others have seen."""


@dataclass(frozen=True)
class Vote:
    """One rater's level for one criterion.

    `key` names the attempt to store it: a vote that is sent twice with one key is stored once.
    """

    criterion_id: str
    level: str
    reason: str = ""
    key: str = field(default_factory=new_token)
    source: str = ""


@dataclass(frozen=True)
class Piece:
    """One piece of evidence of one rater; a later piece with the same `evidence_id` takes its place."""

    criterion_id: str
    kind: str
    text: str
    supports: str = "+"
    date: date | None = None
    role_group: str = ""
    school_id: str = ""
    since: date | None = None
    link: str = ""
    evidence_id: str = ""
    withdrawn: bool = False
    key: str = field(default_factory=new_token)


@dataclass(frozen=True)
class Stored:
    """A vote as it stands in the store."""

    rater: str
    role: str
    criterion_id: str
    level: str
    reason: str
    evidence_ids: tuple[str, ...]
    blind: bool
    source: str
    at: datetime


class Draft(NamedTuple):
    """What was typed on a page, and when it was kept."""

    fields: dict[str, str]
    at: datetime


class Own(NamedTuple):
    """What a rater's page of one criterion is made of."""

    votes: dict[str, Stored]
    draft: Draft | None
    pieces: list[Piece]
    shown: Reveal | None


def record(
    db: Database, session: Session, rater: Rater, *, votes: Sequence[Vote] = (), pieces: Sequence[Piece] = ()
) -> None:
    """Store votes and evidence, all or nothing; when this returns, they are on the disk."""
    checked_votes = [_checked_vote(vote, session) for vote in votes]
    checked_pieces = [_checked_piece(piece, session, rater) for piece in pieces]

    def add(connection: Connection) -> None:
        hold(connection, session.id, alone=False)
        now, shown = datetime.now(UTC), find_reveal(connection, session.id)
        for piece in checked_pieces:
            _add_piece(connection, rater, piece, now)
        for vote in checked_votes:
            _add_vote(connection, rater, vote, now, blind=shown is None)

    db.write(add)


def _checked_vote(vote: Vote, session: Session) -> Vote:
    session.rubric.criterion(vote.criterion_id)
    if vote.level not in (*session.rubric.levels, NOT_RATED):
        raise unknown_name("level", vote.level, (*session.rubric.levels, NOT_RATED))
    key = words.line(vote.key, "The key of the form", needed=True)
    return replace(vote, reason=words.text(vote.reason, "The reason"), key=key)


def _checked_piece(piece: Piece, session: Session, rater: Rater) -> Piece:
    session.rubric.criterion(piece.criterion_id)
    if piece.kind not in KINDS:
        raise unknown_name("kind of evidence", piece.kind, KINDS)
    if piece.supports not in ("+", "-"):
        raise unknown_name("direction of evidence", piece.supports, ("+", "-"))
    _check_days(piece)
    own = f"{rater.id}-"  # so that nobody can replace another's evidence
    identity = words.line(piece.evidence_id, "The number of the evidence") or own + new_token()[:12]
    if not identity.startswith(own):
        raise CbeError.build("This piece of evidence is not yours")
    return replace(
        piece,
        evidence_id=identity,
        key=words.line(piece.key, "The key of the form", needed=True),
        text=words.text(piece.text, "The evidence"),
        role_group=words.line(piece.role_group, "The group it comes from"),
        school_id=words.line(piece.school_id, "The school"),
        link=words.line(piece.link, "The link", schema.LINE),
    )


def _check_days(piece: Piece) -> None:
    tomorrow = date.today() + timedelta(days=1)  # somewhere it is tomorrow already
    for what, day in (("The day of the evidence", piece.date), ("The day since when", piece.since)):
        if day and not date(1950, 1, 1) <= day <= tomorrow:
            raise CbeError.build(f"{what} cannot be right", found=f"Found {day}", advice="Give a day up to today")
    if piece.date and piece.since and piece.since > piece.date:
        raise CbeError.build(
            "The practice cannot have begun after it was seen", found=f"Seen {piece.date}, running since {piece.since}"
        )


def _add_vote(connection: Connection, rater: Rater, vote: Vote, now: datetime, *, blind: bool) -> None:
    if not blind:
        _refuse_change(connection, rater, vote)
    row = {
        "rater_id": rater.id,
        "key": vote.key,
        "criterion_id": vote.criterion_id,
        "level": vote.level,
        "reason": vote.reason,
        "source": vote.source,
    }
    held = ";".join(each.evidence_id for each in _pieces(connection, rater, vote.criterion_id))
    if not add_once(
        connection, schema.vote, row | {"evidence_ids": held, "blind": blind, "at": now}, ["rater_id", "key"]
    ):
        _require_same(connection, row)


def _refuse_change(connection: Connection, rater: Rater, vote: Vote) -> None:
    of_it = schema.vote.c.rater_id == rater.id, schema.vote.c.criterion_id == vote.criterion_id
    keys = set(connection.scalars(sa.select(schema.vote.c.key).where(*of_it)))
    if keys and vote.key not in keys:
        raise ShownError.build(
            "Your vote on this criterion has been shown to the team and stays as it is",
            advice="Say in the talk what changed your mind; the lead records what the team agrees on",
        )


def _require_same(connection: Connection, row: dict[str, Any]) -> None:
    named = schema.vote.c.rater_id == row["rater_id"], schema.vote.c.key == row["key"]
    stored = connection.execute(sa.select(schema.vote).where(*named)).one()
    if any(getattr(stored, name) != value for name, value in row.items()):
        raise RepeatedKeyError.build(
            "This page was saved before with another answer, so this one has not been stored yet",
            advice="Look at it once more and save it again",
        )


def _add_piece(connection: Connection, rater: Rater, piece: Piece, now: datetime) -> None:
    if not piece.withdrawn and len(_pieces(connection, rater, piece.criterion_id)) >= MOST_PIECES:
        raise CbeError.build(f"{MOST_PIECES} pieces of evidence for one criterion are enough")
    row = {name: getattr(piece, name) for name in piece.__dataclass_fields__}
    add_once(connection, schema.evidence, row | {"rater_id": rater.id, "at": now}, ["rater_id", "key"])


def withdraw(db: Database, session: Session, rater: Rater, evidence_id: str) -> None:
    """Take back a piece of one's own evidence; it stays in the store, marked."""
    mine = [piece for piece in own_evidence(db, rater) if piece.evidence_id == evidence_id]
    if not mine:
        raise CbeError.build("There is no such piece of evidence of yours")
    record(db, session, rater, pieces=[replace(mine[0], withdrawn=True, key=f"withdrawn {evidence_id}")])


def own_votes(db: Database, rater: Rater) -> dict[str, Stored]:
    """Return a rater's present votes by criterion."""
    with db.reading() as connection:
        return {each.criterion_id: each for each in _latest_votes(connection, schema.rater.c.id == rater.id)}


def own_evidence(db: Database, rater: Rater, criterion_id: str | None = None) -> list[Piece]:
    """Return a rater's present evidence, oldest first."""
    with db.reading() as connection:
        return _pieces(connection, rater, criterion_id)


def save_draft(db: Database, session: Session, rater: Rater, criterion_id: str, fields: dict[str, str]) -> datetime:
    """Keep what a rater has typed and not yet saved, so that a closed tab loses nothing."""
    session.rubric.criterion(criterion_id)
    typed = json.dumps(fields)
    if len(typed) > MOST_DRAFT:
        raise CbeError.build("This is too long to be kept as a draft", advice="Shorten it")
    now = datetime.now(UTC)
    kept = own_draft(db, rater, criterion_id)
    if kept and kept.fields == fields:
        return kept.at
    row = {"rater_id": rater.id, "criterion_id": criterion_id, "fields": typed, "at": now}
    db.write(lambda connection: connection.execute(sa.insert(schema.draft).values(row)))
    return now


def own_draft(db: Database, rater: Rater, criterion_id: str) -> Draft | None:
    """Return what a rater last typed on a page and when; None if nothing is there."""
    with db.reading() as connection:
        return _draft(connection, rater, criterion_id)


def own_page(db: Database, session: Session, rater: Rater, criterion_id: str) -> Own:
    """Return all that a rater's page of one criterion shows, as of one moment."""
    with db.reading() as connection:
        mine = _latest_votes(connection, schema.rater.c.id == rater.id)
        return Own(
            {each.criterion_id: each for each in mine},
            _draft(connection, rater, criterion_id),
            _pieces(connection, rater, criterion_id),
            find_reveal(connection, session.id),
        )


def _draft(connection: Connection, rater: Rater, criterion_id: str) -> Draft | None:
    wanted = (
        sa.select(schema.draft.c.fields, schema.draft.c.at)
        .where(schema.draft.c.rater_id == rater.id, schema.draft.c.criterion_id == criterion_id)
        .order_by(schema.draft.c.id.desc())
    )
    row = connection.execute(wanted.limit(1)).one_or_none()
    return Draft(json.loads(row.fields), row.at) if row else None


def votes(db: Database, session: Session) -> list[Stored]:
    """Return everybody's present votes; raise HiddenError before the reveal."""
    with db.reading() as connection:
        require_reveal(connection, session)
        return _latest_votes(connection, schema.rater.c.session_id == session.id)


def evidence_of(db: Database, session: Session) -> list[tuple[str, Piece]]:
    """Return everybody's present evidence, each with its rater's name; raise HiddenError before the reveal."""
    with db.reading() as connection:
        require_reveal(connection, session)
        people = connection.execute(
            sa.select(schema.rater).where(schema.rater.c.session_id == session.id).order_by(schema.rater.c.id)
        ).all()
        raters = [Rater(row.id, row.session_id, row.name, row.role) for row in people]
        return [(each.name, piece) for each in raters for piece in _pieces(connection, each, None)]


def _latest_votes(connection: Connection, *which: sa.ColumnElement[bool]) -> list[Stored]:
    vote, rater = schema.vote, schema.rater
    newest = (
        sa.select(sa.func.max(vote.c.id))
        .join_from(vote, rater)
        .where(*which)
        .group_by(vote.c.rater_id, vote.c.criterion_id)
    )
    wanted = (
        sa.select(vote, rater.c.name, rater.c.role)
        .join_from(vote, rater)
        .where(vote.c.id.in_(newest))
        .order_by(rater.c.id, vote.c.criterion_id)
    )
    return [
        Stored(
            row.name,
            row.role,
            row.criterion_id,
            row.level,
            row.reason,
            tuple(filter(None, row.evidence_ids.split(";"))),
            row.blind,
            row.source,
            row.at,
        )
        for row in connection.execute(wanted)
    ]


def _pieces(connection: Connection, rater: Rater, criterion_id: str | None) -> list[Piece]:
    table = schema.evidence
    mine = [table.c.rater_id == rater.id, *([table.c.criterion_id == criterion_id] if criterion_id else [])]
    newest: dict[str, Piece] = {}
    for row in connection.execute(sa.select(table).where(*mine).order_by(table.c.id)):
        newest[row.evidence_id] = Piece(**{name: getattr(row, name) for name in Piece.__dataclass_fields__})
    return [piece for piece in newest.values() if not piece.withdrawn]
