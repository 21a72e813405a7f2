"""The commands `cbe rate ...`."""

import re

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from cbe_lib import cli, store
from cbe_lib.errors import CbeError
from cbe_lib.store.people import members


def run(*words):
    result = CliRunner().invoke(cli.app, ["rate", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture
def place(tmp_path):
    return tmp_path / "visits.db"


@pytest.fixture
def code(place):
    shown = run("open", "Alder (made up)", "--lead", "Lee", "--raters", 2, "--store", place)
    return re.search(r"Code of the session: (\S+)", shown)[1]


def test_a_session_is_opened_and_both_addresses_are_shown(place):
    shown = run("open", "Alder", "--lead", "Lee", "--store", place, "--address", "http://host:1/", "--token", "t" * 16)
    assert re.search(r"To join: +http://host:1/join/[0-9a-z-]{15}\?access=t{16}\n", shown)
    assert re.search(r"To lead \(secret\): +http://host:1/s/1/me/lead/[\w-]{43}\?access=t{16}\n", shown)


def test_a_visit_without_network_goes_out_and_comes_back(place, code, tmp_path):
    run("workbook", code, "--out", tmp_path / "form.xlsx", "--store", place)
    for name in ("Ana", "Ben"):
        book = openpyxl.load_workbook(tmp_path / "form.xlsx")
        book["start here"]["B2"], book["ratings"]["H2"] = name, "Emerging"
        book.save(tmp_path / f"{name}.xlsx")
    shown = run("import", code, tmp_path / "Ana.xlsx", tmp_path / "Ben.xlsx", "--store", place)
    assert "Ana.xlsx: Ana: 1 votes and 0 pieces of evidence added" in shown
    db = store.connect(place)
    assert all(member.handed_in for member in members(db, store.find_session(db, code)))
    assert store.ratings(db, code)["blind"].tolist() == [True, True]  # the team of two is in, so the votes are shown
    db.close()


def test_nothing_is_exported_before_the_reveal(place, code, tmp_path):
    for out in ("out.xlsx", "folder"):
        with pytest.raises(CbeError, match="still hidden"):
            run("export", code, "--out", tmp_path / out, "--store", place)
    assert not (tmp_path / "out.xlsx").exists()
    assert not (tmp_path / "folder").exists()


def test_shown_votes_are_exported_as_workbook_or_as_tables(place, code, tmp_path):
    assert "by Lee" in run("reveal", code, "--by", "Lee", "--store", place)
    for out in ("out.xlsx", "folder"):
        assert "only with their consent" in run("export", code, "--out", tmp_path / out, "--store", place)
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == ["ratings", "evidence"]
    assert "criterion_id" in pd.read_csv(tmp_path / "folder" / "ratings.csv").columns


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("reveal", "none", "--by", "Lee"), "No session has this code"),
        (("import", "none", "a.xlsx"), "No session has this code"),
        (("serve", "--host", "0.0.0.0"), "Other machines could reach"),
    ],
)
def test_mistakes_are_one_sentence(place, words, message):
    with pytest.raises(CbeError, match=message):
        run(*words, "--store", place)


def test_a_file_that_is_not_there_is_named(place, code, tmp_path):
    with pytest.raises(CbeError, match=r"none\.xlsx could not be read"):
        run("import", code, tmp_path / "none.xlsx", "--store", place)
