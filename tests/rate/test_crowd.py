"""Many raters at once, and servers that are killed while they save; benchmarks/rating_study.py does more of it."""

import time
from collections import Counter

import pytest
import sqlalchemy as sa

from cbe_lib import store
from cbe_lib.store import schema
from tests.postgres import new_place
from tests.rate.visitor import Process, Voter, open_session

CRITERIA = [f"D{dimension}.{number}" for dimension in (1, 2) for number in (1, 2, 3, 4)]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "visits.db")
    return new_place(request.getfixturevalue("postgres_server"))


def stored(place):
    db = store.connect(place)
    with db.reading() as connection:
        wanted = sa.select(schema.rater.c.name, schema.vote.c.criterion_id, schema.vote.c.level, schema.vote.c.key)
        rows = [tuple(row) for row in connection.execute(wanted.join_from(schema.vote, schema.rater))]
    sound = db.sound()
    db.close()
    return Counter(rows), sound


def vote_together(server, people, kills=0, **how):
    _, _, code = open_session(server.address)
    voters = [Voter(server.address, code, number, CRITERIA, **how) for number in range(people)]
    for voter in voters:
        voter.start()
    for _ in range(kills):
        time.sleep(0.5)
        server.kill()
        server.start()
    for voter in voters:
        voter.join(90)
    server.stop()
    return voters


def test_thirty_raters_at_once_lose_no_vote_and_store_none_twice(place):
    voters = vote_together(Process(place), 30)
    assert [problem for voter in voters for problem in voter.problems] == []
    acknowledged = [vote for voter in voters for vote in voter.acknowledged]
    assert len(acknowledged) == 30 * len(CRITERIA)
    assert stored(place) == (Counter(acknowledged), True)


def test_a_killed_server_loses_no_acknowledged_vote(place):
    voters = vote_together(Process(place), 6, kills=1, rounds=4, pause=0.05)
    acknowledged = [vote for voter in voters for vote in voter.acknowledged]
    assert sum(voter.sent_again for voter in voters) > 0  # the kill did cut connections
    assert len(acknowledged) == 6 * 4 * len(CRITERIA)
    assert stored(place) == (Counter(acknowledged), True)
