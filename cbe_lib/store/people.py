"""The people of a session: who has joined, and who has handed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from cbe_lib.errors import CbeError
from cbe_lib.store import schema, words
from cbe_lib.store.codes import hashed, new_token
from cbe_lib.store.database import Database
from cbe_lib.store.sessions import MOST_RATERS, Session


class TakenError(CbeError):
    """A name was chosen that another rater of the session has."""


class Rater(NamedTuple):
    """One person of a session."""

    id: int
    session_id: int
    name: str
    role: str


class Joined(NamedTuple):
    """A new rater and the secret that later proves it."""

    rater: Rater
    token: str


class Member(NamedTuple):
    """What everybody of a session may know about a rater before the reveal."""

    name: str
    role: str
    handed_in: datetime | None


def join(db: Database, session: Session, name: str, role: str = "") -> Joined:
    """Add a rater to a session; raise TakenError if the name is there already."""
    shown = words.line(name, "Your name", needed=True)
    row = {"session_id": session.id, "name": shown, "name_key": words.same_name(shown)}
    row |= {"role": words.line(role, "Your role"), "at": datetime.now(UTC)}
    token = new_token()
    with db.writing() as connection:
        joined = count_raters(connection, session.id)
        if joined >= MOST_RATERS:
            raise CbeError.build(f"This session is full: {joined} raters have joined")
        insert = sa.insert(schema.rater).values(**row, token_hash=hashed(token)).returning(schema.rater.c.id)
        try:
            number = connection.execute(insert).scalar_one()
        except IntegrityError:
            raise TakenError.build(
                f"Somebody named {shown} has joined this session already",
                advice="Add a letter to your name; or, if that was you, go on with your personal link",
            ) from None
    return Joined(Rater(number, session.id, shown, row["role"]), token)


def count_raters(connection: Connection, session_id: int) -> int:
    """Count who has joined."""
    many = sa.select(sa.func.count()).select_from(schema.rater).where(schema.rater.c.session_id == session_id)
    return connection.scalar(many) or 0


def rater_with(db: Database, session: Session, token: str) -> Rater | None:
    """Return the rater of this session who has this secret."""
    return _rater(db, session, schema.rater.c.token_hash == hashed(token))


def rater_named(db: Database, session: Session, name: str) -> Rater | None:
    """Return the rater of this session with this name."""
    return _rater(db, session, schema.rater.c.name_key == words.same_name(words.line(name, "The name")))


def _rater(db: Database, session: Session, which: sa.ColumnElement[bool]) -> Rater | None:
    wanted = sa.select(schema.rater).where(schema.rater.c.session_id == session.id, which)
    with db.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    return Rater(row.id, row.session_id, row.name, row.role) if row else None


def members(db: Database, session: Session) -> tuple[Member, ...]:
    """List who has joined and who has handed in, in the order of joining; nothing about their votes."""
    rater, done = schema.rater, schema.hand_in
    wanted = (
        sa.select(rater.c.name, rater.c.role, done.c.at)
        .join_from(rater, done, done.c.rater_id == rater.c.id, isouter=True)
        .where(rater.c.session_id == session.id)
        .order_by(rater.c.id)
    )
    with db.reading() as connection:
        return tuple(Member(*row) for row in connection.execute(wanted))
