"""Sessions: opened by a lead, found by their code."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from numbers import Integral
from typing import NamedTuple

import sqlalchemy as sa

from cbe_lib.errors import CbeError
from cbe_lib.framework import Rubric, read_rubric
from cbe_lib.store import schema, words
from cbe_lib.store.codes import hashed, new_code, new_token, tidy_code
from cbe_lib.store.database import Database
from cbe_lib.store.frozen import freeze, thaw

MOST_RATERS = 500


@dataclass(frozen=True)
class Session:
    """One team that rates one district once.

    Attributes
    ----------
    id : int
        Its number in this store.
    code : str
        What raters join with.
    district_id, wave, lead : str
        What is rated, in which round, and the name of who opened the session.
    team_size : int or None
        After so many raters have handed in, the votes are shown at once; None: when the lead says so.
    rubric : Rubric
        As it was when the session was opened.
    opened : datetime
        UTC.
    """

    id: int
    code: str
    district_id: str
    wave: str
    lead: str
    team_size: int | None
    rubric: Rubric
    opened: datetime


class Opened(NamedTuple):
    """A new session and the secret that makes its lead."""

    session: Session
    lead_token: str


def open_session(
    db: Database,
    district_id: str,
    *,
    lead: str,
    wave: str = "",
    team_size: int | None = None,
    rubric: Rubric | None = None,
) -> Opened:
    """Which code does a visit team join with, and which secret has its lead?

    Parameters
    ----------
    db : Database
        From `connect`.
    district_id, lead, wave : str
        What is rated, who leads, and the round of rating ("spring 2026"), as they shall appear in the ratings.
    team_size : int, optional
        Raters in the team, 1 to 500. The votes are shown as soon as so many have handed in; without it, when the lead
        says so.
    rubric : Rubric, optional
        The words that raters judge by; they are kept in the session.

    Returns
    -------
    Opened
        `.session`, whose `.code` is to be given to the team, and `.lead_token`, which is shown once and not stored.

    Raises
    ------
    CbeError
        For a missing or too long name, or another team size.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib.store import connect
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     db = connect(folder + "/visits.db")
    ...     session, lead_token = open_session(db, "Alder Creek (made up)", lead="Ana", team_size=5)
    ...     print(len(session.code.replace("-", "")), session.rubric.version)
    ...     db.close()
    13 1.0
    """
    if team_size is not None and (not isinstance(team_size, Integral) or not 1 <= team_size <= MOST_RATERS):
        raise CbeError.build(f"A team has 1 to {MOST_RATERS} raters", found=f"Found {team_size!r}")
    kept, token = rubric or read_rubric(), new_token()
    row = {
        "code": new_code(),
        "district_id": words.line(district_id, "The district", needed=True),
        "wave": words.line(wave, "The round of rating"),
        "lead": words.line(lead, "The name of the lead", needed=True),
        "lead_hash": hashed(token),
        "team_size": team_size,
        "rubric_version": kept.version,
        "rubric": freeze(kept),
        "at": datetime.now(UTC),
    }
    with db.writing() as connection:
        connection.execute(sa.insert(schema.session).values(row))
    return Opened(find_session(db, row["code"]), token)


def find_session(db: Database, code: str) -> Session:
    """Which session has this code, however it was typed? Raises CbeError if there is none.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib.store import connect
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     db = connect(folder + "/visits.db")
    ...     code = open_session(db, "Alder Creek (made up)", lead="Ana").session.code
    ...     print(find_session(db, code.upper().replace("-", " ")).district_id)
    ...     db.close()
    Alder Creek (made up)
    """
    found = _session(db, schema.session.c.code == tidy_code(code))
    if found is None:
        raise CbeError.build(
            "No session has this code", advice="Compare it letter by letter with the one you were given"
        )
    return found


def session_with(db: Database, number: int) -> Session | None:
    """Return the session with this number."""
    return _session(db, schema.session.c.id == number)


def _session(db: Database, which: sa.ColumnElement[bool]) -> Session | None:
    with db.reading() as connection:
        row = connection.execute(sa.select(schema.session).where(which)).one_or_none()
    if row is None:
        return None
    rubric = thaw(row.rubric)
    return Session(row.id, row.code, row.district_id, row.wave, row.lead, row.team_size, rubric, row.at)


def is_lead(db: Database, session: Session, token: str) -> bool:
    """Tell whether `token` is the secret of the session's lead."""
    with db.reading() as connection:
        kept = connection.scalar(sa.select(schema.session.c.lead_hash).where(schema.session.c.id == session.id))
    return hmac.compare_digest(kept or "", hashed(token))
