"""Votes, evidence, drafts, the reveal and the consensus."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from cbe_lib import rubric, store, tables
from cbe_lib.errors import CbeError
from cbe_lib.store import schema
from cbe_lib.store.agreed import agree, agreed
from cbe_lib.store.people import TakenError, join, members, rater_with
from cbe_lib.store.reveals import HiddenError, hand_in, revealed
from cbe_lib.store.sessions import is_lead
from cbe_lib.store.votes import (
    Piece,
    RepeatedKeyError,
    ShownError,
    Vote,
    evidence_of,
    own_draft,
    own_evidence,
    own_votes,
    record,
    save_draft,
    votes,
    withdraw,
)

NASTY = ["<script>alert(1)</script>", '"; DROP TABLE vote; --', "#set page", "x" * 200]


def rows(db, table):
    with db.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def test_the_newest_vote_counts_and_the_older_one_stays(db, team):
    session, ana, _ = team
    for level in ("Emerging", "Proficient"):
        record(db, session, ana, votes=[Vote("D1.1", level, "seen")])
    assert own_votes(db, ana)["D1.1"].level == "Proficient"
    assert rows(db, schema.vote) == 2


def test_a_vote_that_is_sent_twice_is_stored_once(db, team):
    session, ana, _ = team
    vote, piece = Vote("D1.1", "Emerging"), Piece("D1.1", "document", "minutes")
    for _ in range(2):
        record(db, session, ana, votes=[vote], pieces=[piece])
    assert rows(db, schema.vote) == rows(db, schema.evidence) == 1


def test_a_vote_that_is_sent_many_times_at_once_is_stored_once(db, team):
    session, ana, _ = team
    vote = Vote("D1.1", "Emerging")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: record(db, session, ana, votes=[vote]), range(16)))
    assert rows(db, schema.vote) == 1


def test_one_form_with_two_answers_is_not_taken_for_one(db, team):
    session, ana, _ = team
    vote = Vote("D1.1", "Emerging")
    record(db, session, ana, votes=[vote])
    with pytest.raises(RepeatedKeyError, match="has not been stored yet"):
        record(db, session, ana, votes=[replace(vote, level="Proficient")])


def test_vote_and_evidence_are_stored_together_or_not_at_all(db, team):
    session, ana, _ = team
    vote = Vote("D1.1", "Emerging")
    record(db, session, ana, votes=[vote])
    with pytest.raises(RepeatedKeyError):
        record(db, session, ana, votes=[replace(vote, level="Proficient")], pieces=[Piece("D1.1", "data", "x")])
    assert own_evidence(db, ana) == []


def test_a_vote_names_the_evidence_that_it_rests_on(db, team):
    session, ana, _ = team
    record(db, session, ana, pieces=[Piece("D1.1", "document", "minutes"), Piece("D1.2", "document", "other")])
    record(db, session, ana, votes=[Vote("D1.1", "Emerging")])
    held = own_votes(db, ana)["D1.1"].evidence_ids
    assert held == tuple(piece.evidence_id for piece in own_evidence(db, ana, "D1.1"))


def test_evidence_that_was_taken_back_stays_in_the_store(db, team):
    session, ana, _ = team
    record(db, session, ana, pieces=[Piece("D1.1", "document", "minutes")])
    withdraw(db, session, ana, own_evidence(db, ana)[0].evidence_id)
    assert own_evidence(db, ana) == []
    assert rows(db, schema.evidence) == 2


def test_nobody_replaces_or_takes_back_anothers_evidence(db, team):
    session, ana, ben = team
    record(db, session, ana, pieces=[Piece("D1.1", "document", "minutes")])
    identity = own_evidence(db, ana)[0].evidence_id
    with pytest.raises(CbeError, match="not yours"):
        record(db, session, ben, pieces=[Piece("D1.1", "document", "forged", evidence_id=identity)])
    with pytest.raises(CbeError, match="of yours"):
        withdraw(db, session, ben, identity)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Vote("D9.9", "Emerging"), "no criterion named 'D9.9'"),
        (Vote("D1.1", "Emergng"), "Did you mean 'Emerging'"),
        (Vote("D1.1", "Emerging", "x" * 4001), "The reason is too long. It has 4,001 letters"),
        (Piece("D1.1", "rumor", "x"), "no kind of evidence named 'rumor'"),
        (Piece("D1.1", "data", "x", supports="?"), "no direction of evidence"),
        (Piece("D1.1", "data", "x", date=date.today() + timedelta(days=3)), "cannot be right"),
        (Piece("D1.1", "data", "x", date=date(2024, 1, 1), since=date(2025, 1, 1)), "cannot have begun after"),
    ],
)
def test_mistakes_are_refused_in_words_and_nothing_is_stored(local, wrong, message):
    session = store.open_session(local, "Alder", lead="Lee").session
    ana = join(local, session, "Ana").rater
    given = {"votes": [wrong]} if isinstance(wrong, Vote) else {"pieces": [wrong]}
    with pytest.raises(CbeError, match=message):
        record(local, session, ana, **given)
    assert rows(local, schema.vote) == rows(local, schema.evidence) == 0


def test_a_draft_comes_back_and_an_unchanged_one_is_not_stored_again(db, team):
    session, ana, _ = team
    for _ in range(2):
        save_draft(db, session, ana, "D1.1", {"reason": 'half "typed" \u2028 x'})
    assert own_draft(db, ana, "D1.1").fields == {"reason": 'half "typed" \u2028 x'}
    assert rows(db, schema.draft) == 1


def test_votes_and_evidence_are_hidden_until_the_reveal(db, team):
    session, ana, _ = team
    record(db, session, ana, votes=[Vote("D1.1", "Emerging")], pieces=[Piece("D1.1", "data", "x")])
    readers = [votes, evidence_of, agreed, store.ratings, store.evidence]
    for read in readers:
        with pytest.raises(HiddenError, match="still hidden") as caught:
            read(db, session)
        assert "Emerging" not in str(caught.value)
    store.reveal(db, session, "Lee")
    assert [vote.level for vote in votes(db, session)] == ["Emerging"]


def test_votes_are_shown_when_the_whole_team_is_in_and_not_before(db):
    session = store.open_session(db, "Alder", lead="Lee", team_size=2).session
    ana = join(db, session, "Ana").rater
    hand_in(db, ana)
    assert revealed(db, session) is None  # one of two has not even joined
    ben = join(db, session, "Ben").rater
    hand_in(db, ben)
    assert revealed(db, session).author == "all raters had handed in"


def test_a_rater_too_many_is_waited_for(db):
    session = store.open_session(db, "Alder", lead="Lee", team_size=1).session
    ana, ben = (join(db, session, name).rater for name in ("Ana", "Ben"))
    hand_in(db, ana)
    assert revealed(db, session) is None
    hand_in(db, ben)
    assert revealed(db, session)


def test_the_last_two_handing_in_at_once_reveal_the_votes(db):
    session = store.open_session(db, "Alder", lead="Lee", team_size=8).session
    raters = [join(db, session, f"rater {number}").rater for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda rater: hand_in(db, rater), raters))
    assert revealed(db, session)


def test_what_was_shown_stays_and_what_comes_later_is_not_blind(db, team):
    session, ana, ben = team
    record(db, session, ana, votes=[Vote("D1.1", "Emerging")])
    store.reveal(db, session, "Lee")
    with pytest.raises(ShownError, match="has been shown"):
        record(db, session, ana, votes=[Vote("D1.1", "Proficient")])
    record(db, session, ben, votes=[Vote("D1.1", "Proficient")])
    record(db, session, join(db, session, "Cleo").rater, votes=[Vote("D1.1", "NR")])
    blind = store.ratings(db, session).set_index("rater")["blind"].to_dict()
    assert blind == {"Ana": True, "Ben": False, "Cleo": False}


def test_consensus_stands_beside_the_votes_and_its_newest_counts(db, team):
    session, ana, _ = team
    record(db, session, ana, votes=[Vote("D1.1", "Emerging")])
    with pytest.raises(HiddenError):
        agree(db, session, "D1.1", "Proficient", reason="", author="Lee", key="0")
    store.reveal(db, session, "Lee")
    for key, level in enumerate(("Exploring", "Proficient", "Proficient")):
        agree(db, session, "D1.1", level, reason="talk", author="Lee", key=str(min(key, 1)))
    frame = store.ratings(db, session).sort_values("consensus")
    assert frame[["rater", "level", "consensus"]].to_numpy().tolist() == [
        ["Ana", "Emerging", False],
        ["team", "Proficient", True],
    ]
    assert rows(db, schema.consensus) == 2


def test_exported_tables_are_valid_and_can_be_scored(db, team):
    session, ana, ben = team
    piece = Piece("D1.1", "document", "minutes", date=date(2024, 3, 4), role_group="board", since=date(2023, 1, 1))
    record(db, session, ana, votes=[Vote("D1.1", "Emerging", "seen"), Vote("D1.2", "NR")], pieces=[piece])
    record(db, session, ben, votes=[Vote("D1.1", "Proficient")])
    store.reveal(db, session, "Lee")
    ratings, evidence = store.ratings(db, session.code), store.evidence(db, session.code)
    for name, frame in (("ratings", ratings), ("evidence", evidence)):
        checked = tables.validate(frame, name)
        assert (checked.dtypes == frame.dtypes).all()
    scores = rubric.score(ratings, evidence).table
    assert scores.set_index("criterion_id").loc["D1.1", "level"] == "Emerging"


@pytest.mark.parametrize("name", NASTY)
def test_any_name_is_kept_letter_by_letter(db, name):
    session = store.open_session(db, name, lead=name, wave=name).session
    ana = join(db, session, name, name).rater
    record(db, session, ana, votes=[Vote("D1.1", "Emerging", name)], pieces=[Piece("D1.1", "data", name)])
    store.reveal(db, session, name)
    row = store.ratings(db, session).iloc[0]
    assert [row[column] for column in ("district_id", "rater", "role", "reason", "wave")] == [name] * 5


@pytest.mark.parametrize("name", ["ana", "ANA ", "\tAna\x00", "Ａｎａ"])
def test_a_name_that_looks_the_same_is_taken(db, team, name):
    with pytest.raises(TakenError, match="has joined this session already"):
        join(db, team[0], name)


@pytest.mark.parametrize(
    ("name", "message"), [("", "Your name is missing"), (" \x00", "missing"), ("x" * 201, "too long")]
)
def test_a_name_that_cannot_be_is_refused(local, name, message):
    session = store.open_session(local, "Alder", lead="Lee").session
    with pytest.raises(CbeError, match=message):
        join(local, session, name)


def test_tokens_open_their_own_session_only(db):
    first, other = (store.open_session(db, district, lead="Lee") for district in ("Alder", "Birch"))
    ana = join(db, first.session, "Ana")
    assert rater_with(db, first.session, ana.token) == ana.rater
    assert rater_with(db, other.session, ana.token) is None
    assert is_lead(db, first.session, first.lead_token)
    assert not is_lead(db, other.session, first.lead_token)


def test_who_has_handed_in_is_known_and_nothing_else(db, team):
    session, ana, _ = team
    record(db, session, ana, votes=[Vote("D1.1", "Emerging", "secret reason")])
    hand_in(db, ana)
    shown = json.dumps(members(db, session), default=str)
    assert [bool(each.handed_in) for each in members(db, session)] == [True, False]
    assert "Emerging" not in shown
    assert "secret" not in shown


def test_a_session_keeps_the_words_it_was_opened_with(db):
    words = replace(rubric.load(), version="ours 2", levels=("no", "yes", "more", "most"))
    session = store.open_session(db, "Alder", lead="Lee", rubric=words).session
    record(db, session, join(db, session, "Ana").rater, votes=[Vote("D1.1", "yes")])
    assert store.find_session(db, session.code).rubric == words


@pytest.mark.parametrize("size", [0, 501, 2.5])
def test_a_team_that_cannot_be_is_refused(local, size):
    with pytest.raises(CbeError, match="1 to 500 raters"):
        store.open_session(local, "Alder", lead="Lee", team_size=size)
