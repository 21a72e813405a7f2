"""Checks across rows of a table whose cells have been read: keys, tests, counts, slips, copies, places."""

from cbe_lib.ingest.crossrows.history import apply_history
from cbe_lib.ingest.crossrows.verb import check

__all__ = ["apply_history", "check"]
