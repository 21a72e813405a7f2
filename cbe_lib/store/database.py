"""Where the ratings are kept: a SQLite file by default, PostgreSQL where a team shares a server."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from cbe_lib.errors import CbeError
from cbe_lib.store.migrations import migrate

R = TypeVar("R")
PLACE = "cbe_ratings.db"
PATIENCE = 5  # seconds that one writer waits for another
_POSTGRES = "postgresql+psycopg"


class StoreError(CbeError):
    """The database did not do its work: nobody's input is to blame."""


class Database:
    """An opened store; give it to the other functions of this package.

    Attributes
    ----------
    place : str
        Its address, without the password.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.place = engine.url.render_as_string(hide_password=True)
        self.local = engine.dialect.name == "sqlite"
        # SQLite takes one writer at a time, and makes others wait longer than needed when they find it busy.
        self._turn: contextlib.AbstractContextManager[Any] = (
            threading.Lock() if self.local else contextlib.nullcontext()
        )
        self._waiting: deque[tuple[Callable[[Connection], Any], Future[Any]]] = deque()

    def __repr__(self) -> str:
        return f"Database({self.place!r})"

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment of the store."""
        with self._explained(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is on the disk when this block ends without an error."""
        with self._explained(), self._turn, self._engine.connect() as connection, _writes(connection):
            yield connection

    def write(self, work: Callable[[Connection], R]) -> R:
        """Do `work` in a transaction; when this returns, it is on the disk.

        Syncing the disk takes longer than anything else, so in SQLite, whoever has waited for a turn shares one commit.
        """
        if not self.local:
            with self.writing() as connection:
                return work(connection)
        mine: Future[R] = Future()
        self._waiting.append((work, mine))
        with self._turn:
            if not mine.done():
                self._write_waiting()
        return mine.result()

    def _write_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._explained(), self._engine.connect() as connection, _writes(connection):
                answers = [_done(connection, work, future) for work, future in batch]
        except BaseException as problem:
            # Not committed: nobody may believe that it is stored.
            for _, future in batch:
                future.set_exception(problem)
            return
        for future, value, problem in answers:
            if problem is None:
                future.set_result(value)
            else:
                future.set_exception(problem)

    def close(self) -> None:
        """Let go of the file or the server."""
        self._engine.dispose()

    def sound(self) -> bool:
        """Ask the database to check itself; True if it finds nothing wrong."""
        with self.reading() as connection:
            if self.local:
                return connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            return connection.exec_driver_sql("SELECT count(*) FROM vote").scalar() is not None

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreError.build(
                f"The database {self.place} did not do what was asked of it",
                found=f"It says: {' '.join(str(error.orig).split())[:300]}",
                advice="Nothing of this step was stored; try again, and check the disk and the address if it persists",
            ) from error


def connect(place: str | PathLike[str] = PLACE) -> Database:
    """Where are the ratings of our teams?

    Opens the store, makes it if there is none, and brings one of an earlier version up to date.

    Parameters
    ----------
    place : str or path
        A file for SQLite ("visits.db"), or a database address ("postgresql://user@server/visits").

    Returns
    -------
    Database
        To be given to the other functions of `cbe_lib.store`.

    Raises
    ------
    CbeError
        If it cannot be opened, is another kind of file, or was made by a newer version of cbe_lib.

    Notes
    -----
    An acknowledged row survives a killed program: SQLite runs with a write-ahead log and syncs every commit to the
    disk. Triggers refuse every UPDATE and DELETE.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     db = connect(folder + "/visits.db")
    ...     print(db.sound())
    ...     db.close()
    True
    """
    engine = _engine(place)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection, _writes(connection):
            migrate(connection)
    except SQLAlchemyError as error:
        engine.dispose()
        raise _refused(shown, str(getattr(error, "orig", None) or error)) from None
    except CbeError:
        engine.dispose()
        raise
    return Database(engine)


def _engine(place: str | PathLike[str]) -> Engine:
    text = str(place)
    try:
        url = sa.make_url(text) if "://" in text else sa.URL.create("sqlite", database=str(Path(text)))
        if url.get_backend_name() == "sqlite":
            return _sqlite(url)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername=_POSTGRES)
        if url.drivername != _POSTGRES:
            raise _refused(url.render_as_string(hide_password=True), f"No ratings are kept in {url.drivername}")
        return sa.create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise _refused(text.partition("@")[0].partition("://")[0], str(error)) from None
    except ModuleNotFoundError:
        raise CbeError.build(
            "PostgreSQL cannot be reached",
            found="Its driver is not installed",
            advice='pip install "cbe-lib[postgres]"',
        ) from None


def _sqlite(url: sa.URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise _refused("sqlite://", "Ratings in memory would be lost")
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    # None: this module says itself where a transaction begins, so that schema changes are part of it.
    connection.isolation_level = None
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _done(
    connection: Connection, work: Callable[[Connection], Any], future: Future[Any]
) -> tuple[Future[Any], Any, BaseException | None]:
    """Do one work of several; what a user got wrong undoes that work only, a failing disk undoes all."""
    try:
        with connection.begin_nested():
            return future, work(connection), None
    except CbeError as problem:
        return future, None, problem


def _writes(connection: Connection) -> contextlib.AbstractContextManager[Any]:
    return connection.execution_options(cbe_writes=True).begin()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("cbe_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refused(shown: str, why: str) -> CbeError:
    return CbeError.build(
        f"No store of ratings can be opened at {shown}",
        found=f"{' '.join(why.split())[:300]}",
        advice="Give the path of a file, such as visits.db, or an address such as postgresql://user@server/visits",
    )


def add_once(connection: Connection, table: sa.Table, row: dict[str, Any], key: Sequence[str]) -> bool:
    """Add a row unless one with its key is there; True if it was added."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert
    added = connection.execute(insert(table).values(row).on_conflict_do_nothing(index_elements=list(key)))
    return added.rowcount == 1
