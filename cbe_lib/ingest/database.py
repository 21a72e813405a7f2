"""Tables in a database: one SELECT, in a transaction that cannot write."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from cbe_lib.errors import CbeError, closest, some
from cbe_lib.ingest.grid import Grid, gather

_QUERY = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_DRIVERS = {"postgresql": ("postgresql+psycopg", "psycopg[binary]")}


def shown_url(url: str) -> str:
    """Write the address without its password."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url.partition("://")[0] + "://..."


def read_database(url: str, query: str | None) -> Grid:
    """Read a table, or what one SELECT gives, into a grid; nothing is written, whatever the query says."""
    shown = shown_url(url)
    with read_only(url) as connection:
        statement = _statement(connection, query, shown)
        result = connection.execution_options(stream_results=True).execute(statement)
        headings = tuple(map(str, result.keys()))
        return Grid(query or str(statement), gather(_rows(result), shown), headings)


@contextlib.contextmanager
def read_only(url: str) -> Iterator[Connection]:
    """Open a database in a transaction that cannot write; what it refuses becomes a CbeError without the password."""
    shown = shown_url(url)
    engine = _engine(url, shown)
    try:
        with engine.connect() as connection:
            _forbid_writing(connection)
            yield connection
    except SQLAlchemyError as error:
        raise _refused(shown, str(getattr(error, "orig", None) or error)) from None
    finally:
        engine.dispose()


def _rows(result: sa.CursorResult[Any]) -> Iterator[Sequence[Any]]:
    for part in result.partitions(5_000):
        yield from ([float(cell) if isinstance(cell, float) else cell for cell in row] for row in part)


def _engine(url: str, shown: str) -> Engine:
    try:
        address = sa.make_url(url)
        if address.get_backend_name() not in ("sqlite", "postgresql"):
            raise ArgumentError("only SQLite and PostgreSQL are read, where writing can be ruled out")
        if address.drivername in _DRIVERS:
            address = address.set(drivername=_DRIVERS[address.drivername][0])
        return sa.create_engine(_existing(address))
    except (ArgumentError, NoSuchModuleError) as error:
        raise _refused(shown, str(error)) from None
    except ModuleNotFoundError as error:
        package = next((name for start, (_, name) in _DRIVERS.items() if url.startswith(start)), error.name)
        raise CbeError.build(
            f"{shown} cannot be opened",
            found=f"The driver {error.name!r} is not installed",
            advice=f'Install it with: pip install "{package}"',
        ) from None


def _existing(address: URL) -> URL:
    """Open a SQLite file for reading only, and do not make one that is not there."""
    if address.get_backend_name() != "sqlite" or not address.database or address.database.startswith("file:"):
        return address
    if not Path(address.database).is_file():
        raise CbeError.build(f"There is no file {address.database!r}", advice="Check the path in the address")
    uri = Path(address.database).resolve().as_uri()
    return address.set(database=uri).update_query_dict({"mode": "ro", "uri": "true"})


def _forbid_writing(connection: Connection) -> None:
    kind = connection.dialect.name
    if kind == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    else:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _statement(connection: Connection, query: str | None, shown: str) -> Any:
    if query and _QUERY.match(query):
        return sa.text(query.replace(":", r"\:"))
    names = _tables(connection)
    if query is None and len(names) == 1:
        query = names[0]
    if query not in names:
        near = closest(query, names) if query else None
        raise CbeError.build(
            f"{shown} has no table {query!r}" if query else f"{shown} holds {len(names)} tables",
            found=f"Did you mean {near!r}? " * bool(near) + f"Its tables: {some(names, 20) or 'none'}",
            advice="Name one with sheet=, or pass a SELECT there; nothing else is run",
        )
    schema, _, name = query.rpartition(".")
    return sa.select(sa.text("*")).select_from(sa.table(name, schema=schema or None))


def _tables(connection: Connection) -> list[str]:
    look = sa.inspect(connection)
    usual = [*look.get_table_names(), *look.get_view_names()]
    if connection.dialect.name != "postgresql":
        return usual
    others = [name for name in look.get_schema_names() if name not in ("information_schema", look.default_schema_name)]
    return usual + [f"{schema}.{name}" for schema in others for name in look.get_table_names(schema=schema)]


def _refused(shown: str, why: str) -> CbeError:
    return CbeError.build(
        f"{shown} could not be read",
        found=f"The database says: {' '.join(why.split())[:300]}",
        advice="Check the address, the name of the table and the SELECT; pass them as path and sheet=",
    )
