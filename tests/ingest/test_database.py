"""Tables in a database, read and never written: SQLite and PostgreSQL for real."""

import sys

import pandas as pd
import pytest
import sqlalchemy as sa

from cbe_lib import ingest
from cbe_lib.errors import CbeError

RATES = pd.DataFrame(
    {
        "District ID": ["030", "031"],
        "School Year": ["2013-14", "2013-14"],
        "Pct Proficient": [61.5, 70.0],
        "N": [40, 50],
    }
)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "state.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    RATES.to_sql("rates", engine, index=False)
    pd.DataFrame({"a": [1]}).to_sql("notes", engine, index=False)
    engine.dispose()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def postgres(postgres_server):
    server = sa.create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:  # other tests leave tables in the database that is there
        connection.exec_driver_sql("CREATE DATABASE state")
    server.dispose()
    engine = sa.create_engine(f"{postgres_server}/state")
    RATES.to_sql("rates", engine, index=False)
    pd.DataFrame({"a": [1]}).to_sql("notes", engine, index=False)
    engine.dispose()
    return postgres_server.replace("postgresql+psycopg://cbe@", "postgresql://cbe:secret@") + "/state"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(request.param)


def refusal(*given, **declared):
    with pytest.raises(CbeError) as caught:
        ingest.read(*given, **declared)
    return str(caught.value)


def test_a_table_of_a_database_is_read_like_a_file(url):
    frame = ingest.read(url, sheet="rates").frame
    assert frame[["district_id", "year", "value", "n_tested"]].to_numpy().tolist() == [
        ["030", 2014, 61.5, 40],
        ["031", 2014, 70, 50],
    ]


def test_one_select_is_read(url):
    query = 'SELECT "District ID", "School Year", "Pct Proficient" FROM rates WHERE "N" > 45'
    assert ingest.read(url, sheet=query).frame["district_id"].tolist() == ["031"]


def test_several_tables_are_asked_about(url):
    message = refusal(url)
    assert "holds 2 tables" in message
    assert "rates" in message


def test_an_unknown_table_names_the_nearest(url):
    assert "Did you mean 'rates'?" in refusal(url, sheet="rate")


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE rates",
        "DELETE FROM rates",
        "SELECT 1; DELETE FROM rates",
        "WITH gone AS (DELETE FROM rates RETURNING *) SELECT * FROM gone",
    ],
)
def test_nothing_is_written_whatever_the_query_says(url, query):
    refusal(url, sheet=query)
    assert len(ingest.read(url, sheet="rates").frame) == 2


def test_the_password_is_in_no_message_and_no_report(postgres):
    assert "secret" not in refusal(postgres, sheet="none")
    assert not ingest.read(postgres, sheet="rates").report["file"].str.contains("secret").any()


def test_a_refused_connection_is_one_sentence():
    message = refusal("postgresql://cbe:secret@127.0.0.1:1/none", sheet="rates")
    assert "could not be read. The database says:" in message
    assert "secret" not in message


def test_reading_makes_no_database_that_was_not_there(tmp_path):
    assert "There is no file" in refusal(f"sqlite:///{tmp_path}/none.db")
    assert not list(tmp_path.iterdir())


def test_a_missing_driver_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert 'pip install "psycopg[binary]"' in refusal("postgresql://cbe@127.0.0.1:1/none")


@pytest.mark.parametrize("address", ["nosuch://host/base", "sqlite:///"])
def test_an_address_that_leads_nowhere_is_one_sentence(address):
    assert refusal(address, sheet="rates")
