"""Ratings of visit teams: kept as events that are only ever added, hidden until the team is in."""

from cbe_lib.store.database import Database, connect
from cbe_lib.store.frames import evidence, ratings
from cbe_lib.store.reveals import reveal
from cbe_lib.store.sessions import Session, find_session, open_session

__all__ = ["Database", "Session", "connect", "evidence", "find_session", "open_session", "ratings", "reveal"]
