"""A real PostgreSQL on a free port of this machine, gone again afterwards."""

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa

COUNT = itertools.count(1)


def programs():
    places = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), reverse=True)]
    return next((Path(place).resolve().parent for place in places if place), None)


def as_user(folder, *command):
    """Run a program of PostgreSQL, which refuses to run as root."""
    if os.getuid():
        return list(map(str, command))
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--", *map(str, command)]


@contextlib.contextmanager
def running(fsync="off"):
    """Give the address of a server that knows the user cbe."""
    found, folder = programs(), Path(tempfile.mkdtemp(prefix="cbe-postgres-"))
    data, quiet = folder / "data", {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync={fsync}"
    subprocess.run(as_user(folder, found / "initdb", "-D", data, "-U", "cbe", "-A", "trust", "-N"), **quiet)
    subprocess.run(
        as_user(folder, found / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"), **quiet
    )
    try:
        yield f"postgresql+psycopg://cbe@127.0.0.1:{port}"
    finally:
        subprocess.run(as_user(folder, found / "pg_ctl", "-D", data, "-m", "immediate", "stop"), **quiet)
        shutil.rmtree(folder)


def new_place(server):
    """Make an empty part of the database, and give its address."""
    name = f"ratings_{next(COUNT)}"
    engine = sa.create_engine(f"{server}/postgres")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    engine.dispose()
    return f"{server}/postgres?options=-csearch_path%3D{name}"


@pytest.fixture(scope="session")
def postgres_server():
    """Start PostgreSQL once; without one, fail where it is required, else skip."""
    if programs() is None:
        if os.environ.get("CBE_REQUIRE_POSTGRES") == "1":
            pytest.fail("PostgreSQL is required and not installed")
        pytest.skip("PostgreSQL is not installed")
    with running() as server:
        yield server
