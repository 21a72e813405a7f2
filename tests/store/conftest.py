"""Empty stores, in SQLite and in PostgreSQL."""

import pytest

from cbe_lib import store
from cbe_lib.store.people import join
from tests.postgres import new_place


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """Give the address of a store that is not there yet."""
    if request.param == "sqlite":
        return str(tmp_path / "visits.db")
    return new_place(request.getfixturevalue("postgres_server"))


@pytest.fixture
def db(place):
    opened = store.connect(place)
    yield opened
    opened.close()


@pytest.fixture
def local(tmp_path):
    opened = store.connect(tmp_path / "local.db")
    yield opened
    opened.close()


@pytest.fixture
def team(db):
    """Give a session of unknown size with two raters: (session, Ana, Ben)."""
    session = store.open_session(db, "Alder (made up)", lead="Lee", wave="spring 2026").session
    return session, join(db, session, "Ana", "teacher").rater, join(db, session, "Ben").rater
