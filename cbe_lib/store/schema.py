"""The tables of a rating store. Rows are only ever added: what counts is the newest row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

LEVEL, NAME, LINE, TEXT = 100, 200, 400, 4_000
"""Most letters of a level, of a name, of a line and of a text."""


class Moment(sa.types.TypeDecorator[datetime]):
    """A point in time, always UTC; SQLite keeps no time zone of its own."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Turn any time with a zone into UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give the time its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()


def _id() -> sa.Column[int]:
    # SQLite numbers rows by itself only in a column that it calls INTEGER.
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True)


def _at() -> sa.Column[datetime]:
    return sa.Column("at", Moment, nullable=False)


def _of(table: str) -> sa.Column[int]:
    return sa.Column(f"{table}_id", sa.ForeignKey(f"{table}.id"), nullable=False, index=True)


def _text(name: str, letters: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(letters), nullable=False, server_default="")


schema_version = sa.Table(
    "schema_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    _at(),
)

session = sa.Table(
    "session",
    metadata,
    _id(),
    sa.Column("code", sa.String(40), nullable=False, unique=True),
    sa.Column("district_id", sa.String(NAME), nullable=False),
    _text("wave", NAME),
    sa.Column("lead", sa.String(NAME), nullable=False),
    sa.Column("lead_hash", sa.String(64), nullable=False),
    sa.Column("team_size", sa.Integer),
    sa.Column("rubric_version", sa.String(NAME), nullable=False),
    sa.Column("rubric", sa.Text, nullable=False),
    _at(),
    sqlite_autoincrement=True,
)

rater = sa.Table(
    "rater",
    metadata,
    _id(),
    _of("session"),
    sa.Column("name", sa.String(NAME), nullable=False),
    sa.Column("name_key", sa.String(NAME), nullable=False),
    _text("role", NAME),
    sa.Column("token_hash", sa.String(64), nullable=False, index=True),
    _at(),
    sa.UniqueConstraint("session_id", "name_key"),
    sqlite_autoincrement=True,
)

vote = sa.Table(
    "vote",
    metadata,
    _id(),
    _of("rater"),
    sa.Column("key", sa.String(NAME), nullable=False),
    sa.Column("criterion_id", sa.String(NAME), nullable=False),
    sa.Column("level", sa.String(LEVEL), nullable=False),
    _text("reason", TEXT),
    sa.Column("evidence_ids", sa.Text, nullable=False, server_default=""),
    sa.Column("blind", sa.Boolean, nullable=False),
    _text("source", NAME),
    _at(),
    sa.UniqueConstraint("rater_id", "key"),
    sqlite_autoincrement=True,
)

evidence = sa.Table(
    "evidence",
    metadata,
    _id(),
    _of("rater"),
    sa.Column("key", sa.String(NAME), nullable=False),
    sa.Column("evidence_id", sa.String(NAME), nullable=False),
    sa.Column("criterion_id", sa.String(NAME), nullable=False),
    sa.Column("date", sa.Date),
    sa.Column("kind", sa.String(NAME), nullable=False),
    _text("role_group", NAME),
    _text("school_id", NAME),
    _text("text", TEXT),
    sa.Column("supports", sa.String(1), nullable=False),
    sa.Column("since", sa.Date),
    _text("link", LINE),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    _at(),
    sa.UniqueConstraint("rater_id", "key"),
    sqlite_autoincrement=True,
)

draft = sa.Table(
    "draft",
    metadata,
    _id(),
    _of("rater"),
    sa.Column("criterion_id", sa.String(NAME), nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
    _at(),
    sqlite_autoincrement=True,
)

hand_in = sa.Table(
    "hand_in",
    metadata,
    sa.Column("rater_id", sa.ForeignKey("rater.id"), primary_key=True, autoincrement=False),
    _at(),
)

reveal = sa.Table(
    "reveal",
    metadata,
    sa.Column("session_id", sa.ForeignKey("session.id"), primary_key=True, autoincrement=False),
    sa.Column("author", sa.String(NAME), nullable=False),
    _at(),
)

consensus = sa.Table(
    "consensus",
    metadata,
    _id(),
    _of("session"),
    sa.Column("key", sa.String(NAME), nullable=False),
    sa.Column("criterion_id", sa.String(NAME), nullable=False),
    sa.Column("level", sa.String(LEVEL), nullable=False),
    _text("reason", TEXT),
    sa.Column("author", sa.String(NAME), nullable=False),
    _at(),
    sa.UniqueConstraint("session_id", "key"),
    sqlite_autoincrement=True,
)
