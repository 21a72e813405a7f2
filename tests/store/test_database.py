"""The store itself: only added to, upgraded, refused when newer, closed to guessing."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from cbe_lib import store
from cbe_lib.errors import CbeError
from cbe_lib.framework import read_rubric
from cbe_lib.store import codes, frozen, schema
from cbe_lib.store.database import StoreError
from cbe_lib.store.migrations import STEPS, migrate
from cbe_lib.store.votes import Vote, own_votes, record


@pytest.mark.parametrize("statement", ["UPDATE vote SET level = 'Breakthrough'", "DELETE FROM vote"])
def test_the_database_itself_refuses_to_change_or_delete_a_vote(db, team, statement):
    session, ana, _ = team
    record(db, session, ana, votes=[Vote("D1.1", "Emerging")])
    with pytest.raises(StoreError, match="rows are only ever added"), db.writing() as connection:
        connection.exec_driver_sql(statement)
    assert own_votes(db, ana)["D1.1"].level == "Emerging"


@pytest.mark.parametrize("table", schema.metadata.tables)
def test_every_table_is_guarded(local, table):
    with local.reading() as connection:
        guards = connection.execute(
            sa.text(f"SELECT count(*) FROM sqlite_master WHERE tbl_name='{table}' AND type='trigger'")
        )
        assert guards.scalar() == 2


def test_a_store_of_the_first_version_is_upgraded_with_its_rows(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path}/old.db")
    with engine.begin() as connection:
        assert migrate(connection, STEPS[:1]) == 1
        row = {
            "code": "bcdfg-hjkm-npqr",
            "district_id": "Alder",
            "lead": "Lee",
            "lead_hash": "x",
            "rubric_version": "1.0",
        }
        row |= {"rubric": frozen.freeze(read_rubric()), "at": sa.func.current_timestamp()}
        connection.execute(sa.insert(schema.session).values(row))
    engine.dispose()
    db = store.connect(tmp_path / "old.db")
    assert store.find_session(db, "bcdfg-hjkm-npqr").district_id == "Alder"
    with pytest.raises(StoreError), db.writing() as connection:
        connection.exec_driver_sql("DELETE FROM session")
    with db.reading() as connection:
        assert connection.scalar(sa.select(sa.func.max(schema.schema_version.c.version))) == len(STEPS)
    db.close()


def test_a_later_step_is_run_once_and_keeps_what_is_there(place):
    def add_note(connection):
        connection.exec_driver_sql("ALTER TABLE session ADD COLUMN note VARCHAR(20)")

    db = store.connect(place)
    store.open_session(db, "Alder", lead="Lee")
    for _ in range(2):
        with db.writing() as connection:
            assert migrate(connection, (*STEPS, add_note)) == len(STEPS) + 1
    with db.reading() as connection:
        assert connection.exec_driver_sql("SELECT district_id, note FROM session").all() == [("Alder", None)]
    db.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(place):
    def half(connection):
        connection.exec_driver_sql("ALTER TABLE session ADD COLUMN note VARCHAR(20)")
        raise CbeError("stopped")

    db = store.connect(place)
    with pytest.raises(CbeError, match="stopped"), db.writing() as connection:
        migrate(connection, (*STEPS, half))
    with db.reading() as connection:
        assert "note" not in {column["name"] for column in sa.inspect(connection).get_columns("session")}
    db.close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(place):
    db = store.connect(place)
    with db.writing() as connection:
        connection.execute(sa.insert(schema.schema_version).values(version=99, at=sa.func.current_timestamp()))
    db.close()
    with pytest.raises(CbeError, match=r"newer version of cbe_lib. It has schema version 99"):
        store.connect(place)


def test_an_acknowledged_row_is_synced_to_the_disk(local):
    with local.writing() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]  # 2: FULL


@pytest.mark.parametrize(
    "address", ["nosuch://host/x", "mysql://host/x", "sqlite://", "postgresql://u:secret@127.0.0.1:1/x"]
)
def test_an_address_that_leads_nowhere_is_one_sentence_without_password(address):
    with pytest.raises(CbeError, match="No store of ratings can be opened at") as caught:
        store.connect(address)
    assert "secret" not in str(caught.value)


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "notes.db").write_text("Not a database at all, but a page of notes. " * 50)
    with pytest.raises(CbeError, match="file is not a database"):
        store.connect(tmp_path / "notes.db")


def test_a_store_checks_itself(db):
    assert db.sound()


def test_a_damaged_file_is_found_out(tmp_path):
    db = store.connect(tmp_path / "visits.db")
    store.open_session(db, "Alder", lead="Lee")
    db.close()
    plain = sqlite3.connect(tmp_path / "visits.db")
    plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.execute("PRAGMA writable_schema = ON")
    plain.execute("DELETE FROM sqlite_master WHERE name = 'ix_vote_rater_id'")
    plain.commit()
    plain.close()
    damaged = store.connect(tmp_path / "visits.db")
    assert not damaged.sound()
    damaged.close()


def test_codes_have_60_bits_or_more_and_no_letter_that_is_mistaken():
    assert len(codes.LETTERS) ** sum(codes.GROUPS) > 2**60
    assert not set("0oO1lIiaeu") & set(codes.LETTERS)


@pytest.mark.parametrize("typed", ["K7QZ4-M2DW-X9TF", " k7qz4 m2dw x9tf ", "k7qz4m2dwx9tf"])
def test_a_code_is_found_however_it_is_typed(typed):
    assert codes.tidy_code(typed) == "k7qz4-m2dw-x9tf"


def test_tokens_are_stored_as_hashes_only(local):
    opened = store.open_session(local, "Alder", lead="Lee")
    with local.reading() as connection:
        row = connection.execute(sa.select(schema.session)).one()
    assert opened.lead_token not in map(str, row)


def test_the_rubric_is_frozen_whole():
    rubric = read_rubric()
    assert frozen.thaw(frozen.freeze(rubric)) == rubric


def waiting_together(db, *works):
    """Let works wait for a turn at the same time; return what each gave or raised."""

    def outcome(work):
        try:
            return db.write(work)
        except CbeError as problem:
            return problem

    with ThreadPoolExecutor(len(works)) as threads:
        with db.writing():
            waiting = [threads.submit(outcome, work) for work in works]
            time.sleep(0.2)
        return [each.result(10) for each in waiting]


def add_session(connection, district="Alder"):
    row = {"code": codes.new_code(), "district_id": district, "lead": "Lee", "lead_hash": "x", "rubric_version": "1"}
    connection.execute(sa.insert(schema.session).values(**row, rubric="{}", at=datetime.now(UTC)))
    return district


def districts(db):
    with db.reading() as connection:
        return set(connection.scalars(sa.select(schema.session.c.district_id)))


def test_a_mistake_of_one_undoes_nothing_of_those_who_wait_with_them(local):
    def wrong(connection):
        add_session(connection, "Birch")
        raise CbeError("a mistake")

    first, mistake, last = waiting_together(local, add_session, wrong, lambda each: add_session(each, "Cedar"))
    assert (first, str(mistake), last) == ("Alder", "a mistake", "Cedar")
    assert districts(local) == {"Alder", "Cedar"}


def test_nobody_is_told_that_it_is_stored_when_the_database_fails(local):
    def broken(connection):
        connection.exec_driver_sql("SELECT * FROM nowhere")

    outcomes = waiting_together(local, add_session, broken, add_session)
    assert all(isinstance(each, StoreError) for each in outcomes)
    assert districts(local) == set()


def test_what_is_acknowledged_can_be_read_at_once(db):
    for number in range(3):
        assert db.write(lambda each, name=f"District {number}": add_session(each, name)) in districts(db)
