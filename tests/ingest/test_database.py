"""Tables in a database, read and never written: SQLite and PostgreSQL for real."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

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


def programs():
    places = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), reverse=True)]
    return next((Path(place).resolve().parent for place in places if place), None)


def as_user(folder, *command):
    """Run a program of PostgreSQL, which refuses to run as root."""
    if os.getuid():
        return list(map(str, command))
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--", *map(str, command)]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    found = programs()
    if found is None:
        if os.environ.get("CBE_REQUIRE_POSTGRES") == "1":
            pytest.fail("PostgreSQL is required and not installed")
        pytest.skip("PostgreSQL is not installed")
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    data = folder / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"check": True, "capture_output": True, "cwd": folder}
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    subprocess.run(as_user(folder, found / "initdb", "-D", data, "-U", "cbe", "-A", "trust", "-N"), **quiet)
    start = as_user(folder, found / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        url = f"postgresql://cbe:secret@127.0.0.1:{port}/postgres"
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        RATES.to_sql("rates", engine, index=False)
        pd.DataFrame({"a": [1]}).to_sql("notes", engine, index=False)
        engine.dispose()
        yield url
    finally:
        stop = as_user(folder, found / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        subprocess.run(stop, check=True, capture_output=True, cwd=folder)
        shutil.rmtree(folder)


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
