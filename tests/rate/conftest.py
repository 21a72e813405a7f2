"""A served store with a session: its lead and two raters."""

from types import SimpleNamespace

import pytest

from cbe_lib import store
from tests.rate.visitor import Visitor, in_thread, open_session


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a store for all tests of a file: address and store."""
    db = store.connect(tmp_path_factory.mktemp("rate") / "visits.db")
    with in_thread(db) as address:
        yield SimpleNamespace(address=address, db=db)
    db.close()


@pytest.fixture
def team(served):
    """Open a session of unknown size, joined by Ana and Ben; paths begin with `here`."""
    lead, here, code = open_session(served.address)
    ana, ben = Visitor(served.address), Visitor(served.address)
    ana.join(code, "Ana")
    ben.join(code, "Ben")
    return SimpleNamespace(address=served.address, db=served.db, lead=lead, here=here, code=code, ana=ana, ben=ben)
