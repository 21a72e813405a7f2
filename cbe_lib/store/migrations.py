"""Numbered steps that bring a database of any earlier version to the present one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cbe_lib.errors import CbeError
from cbe_lib.store.schema import metadata, schema_version

_ONE_AT_A_TIME = 7_204_611  # any number, the same in all programs that migrate


def _tables(connection: Connection) -> None:
    metadata.create_all(connection)


def _only_add(connection: Connection) -> None:
    """Let the database itself refuse to change or delete a row."""
    names = [table.name for table in metadata.sorted_tables]
    if connection.dialect.name == "sqlite":
        for name in names:
            for event in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name}_no_{event.lower()} BEFORE {event} ON {name} "
                    "BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END"
                )
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION cbe_only_add() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows are only ever added'; END $$"
    )
    for name in names:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_only_add BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION cbe_only_add()"
        )


# A step that has been released is never edited: what comes later is a step of its own.
STEPS: tuple[Callable[[Connection], None], ...] = (_tables, _only_add)


def migrate(connection: Connection, steps: tuple[Callable[[Connection], None], ...] = STEPS) -> int:
    """Run the steps that this database has not had, inside the open transaction; return the version reached."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    done = _version(connection)
    if done > len(steps):
        raise CbeError.build(
            "This database was made by a newer version of cbe_lib",
            found=f"It has schema version {done}; this one knows versions up to {len(steps)}",
            advice="Update cbe_lib; nothing has been changed in the database",
        )
    for number in range(done + 1, len(steps) + 1):
        steps[number - 1](connection)
        connection.execute(sa.insert(schema_version).values(version=number, at=datetime.now(UTC)))
    return len(steps)


def _version(connection: Connection) -> int:
    if not sa.inspect(connection).has_table(schema_version.name):
        return 0
    return connection.scalar(sa.select(sa.func.max(schema_version.c.version))) or 0
