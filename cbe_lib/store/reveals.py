"""The moment from which a team sees its votes: when all are in, or when the lead says so; never before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cbe_lib.errors import CbeError
from cbe_lib.store import schema, words
from cbe_lib.store.database import Database, add_once
from cbe_lib.store.people import Rater, count_raters
from cbe_lib.store.sessions import Session


class HiddenError(CbeError):
    """Votes were asked for that may not be seen yet."""


class Reveal(NamedTuple):
    """When votes became visible, and who made it so."""

    author: str
    at: datetime


def hand_in(db: Database, rater: Rater) -> None:
    """Note that a rater has finished; show the votes if that was the last of a team of known size."""
    now = datetime.now(UTC)
    with db.writing() as connection:
        team_size = hold(connection, rater.session_id, alone=True).team_size
        add_once(connection, schema.hand_in, {"rater_id": rater.id, "at": now}, ["rater_id"])
        joined, finished = count_raters(connection, rater.session_id), _finished(connection, rater.session_id)
        if team_size is not None and finished == joined >= team_size:
            _reveal(connection, rater.session_id, "all raters had handed in", now)


def _finished(connection: Connection, session_id: int) -> int:
    many = sa.select(sa.func.count()).join_from(schema.hand_in, schema.rater)
    return connection.scalar(many.where(schema.rater.c.session_id == session_id)) or 0


def reveal(db: Database, session: Session, author: str) -> Reveal:
    """Since when, and by whose decision, may the team see each other's votes? From now on, if not before.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib.store import connect, open_session
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     db = connect(folder + "/visits.db")
    ...     session = open_session(db, "Alder Creek (made up)", lead="Ana").session
    ...     print(reveal(db, session, "Ana").author, reveal(db, session, "Ben").author)
    ...     db.close()
    Ana Ana
    """
    with db.writing() as connection:
        hold(connection, session.id, alone=True)
        _reveal(connection, session.id, words.line(author, "The name", needed=True), datetime.now(UTC))
        return find_reveal(connection, session.id)  # pyright: ignore[reportReturnType]


def _reveal(connection: Connection, session_id: int, author: str, at: datetime) -> None:
    add_once(connection, schema.reveal, {"session_id": session_id, "author": author, "at": at}, ["session_id"])


def revealed(db: Database, session: Session) -> Reveal | None:
    """Tell since when the votes may be seen, and by whose decision; None: they may not."""
    with db.reading() as connection:
        return find_reveal(connection, session.id)


def find_reveal(connection: Connection, session_id: int) -> Reveal | None:
    """Return when the votes of a session became visible; None: they are hidden."""
    wanted = sa.select(schema.reveal.c.author, schema.reveal.c.at).where(schema.reveal.c.session_id == session_id)
    row = connection.execute(wanted).one_or_none()
    return Reveal(*row) if row else None


def require_reveal(connection: Connection, session: Session) -> Reveal:
    """Return the reveal; raise HiddenError, which tells nothing about the votes, if there was none."""
    found = find_reveal(connection, session.id)
    if found is None:
        raise HiddenError.build(
            "The votes of this session are still hidden",
            advice="They are shown once all have handed in, or when the lead shows them",
        )
    return found


def hold(connection: Connection, session_id: int, *, alone: bool) -> Any:
    """Lock the session's row, so that no vote slips in while its votes are being revealed; return the row."""
    wanted = sa.select(schema.session.c.team_size).where(schema.session.c.id == session_id)
    return connection.execute(wanted.with_for_update(read=not alone)).one()
