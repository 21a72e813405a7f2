"""A session as the tables `ratings` and `evidence`, for scoring, agreement and calibration."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from cbe_lib.store.agreed import agreed
from cbe_lib.store.database import Database
from cbe_lib.store.sessions import Session, find_session
from cbe_lib.store.votes import evidence_of, votes
from cbe_lib.tables.spec import DTYPES, known

TEAM = "team"


def ratings(db: Database, session: Session | str) -> pd.DataFrame:
    """Who gave which criterion which level, and what did the team agree on?

    Parameters
    ----------
    db : Database
        From `connect`.
    session : str or Session
        The session's code.

    Returns
    -------
    DataFrame
        The table `ratings` (`tables.describe("ratings")`): district_id, criterion_id, rater, level, wave, date, role,
        blind, consensus, reason. The newest vote of each rater counts; the team's levels stand beside them, with
        rater "team" and consensus true. Raters are named as they named themselves: they are visitors who sign what
        they give, but the table is personal data, to be passed on with their consent only.

    Raises
    ------
    CbeError
        Before the votes are revealed, and for an unknown code.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib.store import connect, open_session, reveal
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     db = connect(folder + "/visits.db")
    ...     opened = open_session(db, "Alder Creek (made up)", lead="Ana")
    ...     found = reveal(db, opened.session, "Ana")
    ...     print(list(ratings(db, opened.session.code).columns[:4]))
    ...     db.close()
    ['district_id', 'criterion_id', 'rater', 'level']
    """
    session = find_session(db, session) if isinstance(session, str) else session
    about = {"district_id": session.district_id, "wave": session.wave or None}
    given = [
        {"rater": vote.rater, "role": vote.role or None, "blind": vote.blind, "consensus": False}
        | {"criterion_id": vote.criterion_id, "level": vote.level, "reason": vote.reason or None, "date": day(vote.at)}
        for vote in votes(db, session)
    ]
    together = [
        {"rater": TEAM, "role": None, "blind": False, "consensus": True}
        | {"criterion_id": one.criterion_id, "level": one.level, "reason": one.reason or None, "date": day(one.at)}
        for one in agreed(db, session).values()
    ]
    return _typed([about | row for row in given + together], "ratings")


def evidence(db: Database, session: Session | str) -> pd.DataFrame:
    """What did the team see, read or hear?

    Parameters
    ----------
    db : Database
        From `connect`.
    session : str or Session
        The session's code.

    Returns
    -------
    DataFrame
        The table `evidence` (`tables.describe("evidence")`): evidence_id, district_id, criterion_id, date, kind,
        role_group, school_id, rater, text, supports, since, link. Pieces that were taken back are left out.

    Raises
    ------
    CbeError
        Before the votes are revealed, and for an unknown code.

    Examples
    --------
    >>> import tempfile
    >>> from cbe_lib.store import connect, open_session, reveal
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     db = connect(folder + "/visits.db")
    ...     opened = open_session(db, "Alder Creek (made up)", lead="Ana")
    ...     found = reveal(db, opened.session, "Ana")
    ...     print(len(evidence(db, opened.session.code)))
    ...     db.close()
    0
    """
    session = find_session(db, session) if isinstance(session, str) else session
    rows = [
        {column.name: getattr(piece, column.name, None) or None for column in known("evidence").columns}
        | {"district_id": session.district_id, "rater": rater}
        for rater, piece in evidence_of(db, session)
    ]
    return _typed(rows, "evidence")


def day(at: datetime) -> Any:
    """Return the day of a moment, on this machine's calendar."""
    return at.astimezone().date()


def _typed(rows: list[dict[str, Any]], table: str) -> pd.DataFrame:
    columns = known(table).columns
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return frame.astype({column.name: DTYPES[column.kind] for column in columns})
