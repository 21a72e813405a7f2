"""What the team agreed on after the reveal: beside the votes, never over them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from cbe_lib.errors import unknown_name
from cbe_lib.store import schema, words
from cbe_lib.store.database import Database, add_once
from cbe_lib.store.reveals import require_reveal
from cbe_lib.store.sessions import Session
from cbe_lib.store.votes import NOT_RATED


class Consensus(NamedTuple):
    """The level that a team agreed on for one criterion."""

    criterion_id: str
    level: str
    reason: str
    author: str
    at: datetime


def agree(db: Database, session: Session, criterion_id: str, level: str, *, reason: str, author: str, key: str) -> None:
    """Add the team's level for a criterion; raise HiddenError before the reveal."""
    session.rubric.criterion(criterion_id)
    if level not in (*session.rubric.levels, NOT_RATED):
        raise unknown_name("level", level, (*session.rubric.levels, NOT_RATED))
    row = {
        "session_id": session.id,
        "key": words.line(key, "The key of the form", needed=True),
        "criterion_id": criterion_id,
        "level": level,
        "reason": words.text(reason, "The reason"),
        "author": words.line(author, "The name", needed=True),
        "at": datetime.now(UTC),
    }
    with db.writing() as connection:
        require_reveal(connection, session)
        add_once(connection, schema.consensus, row, ["session_id", "key"])


def agreed(db: Database, session: Session) -> dict[str, Consensus]:
    """Return the present consensus by criterion; raise HiddenError before the reveal."""
    table = schema.consensus
    wanted = sa.select(*(table.c[name] for name in Consensus._fields)).where(table.c.session_id == session.id)
    with db.reading() as connection:
        require_reveal(connection, session)
        return {row.criterion_id: Consensus(*row) for row in connection.execute(wanted.order_by(table.c.id))}
