"""`cbe rate ...` for other programs: JSON where something is told, silence where it is asked for."""

import json

import openpyxl
import pytest
from typer.testing import CliRunner

from cbe_lib import cli


def run(*words):
    done = CliRunner().invoke(cli.app, ["rate", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


@pytest.fixture
def place(tmp_path):
    return tmp_path / "visits.db"


@pytest.fixture
def code(place):
    return json.loads(run("open", "Alder (made up)", "--lead", "Lee", "--raters", 1, "--store", place, "--json"))[
        "code"
    ]


@pytest.fixture
def filled(place, code, tmp_path):
    path = tmp_path / "ann.xlsx"
    run("workbook", code, "--out", path, "--store", place, "--quiet")
    book = openpyxl.load_workbook(path)
    book["start here"]["B2"] = "Ann"
    votes = book["ratings"]
    headings = [cell.value for cell in votes[1]]
    votes.cell(2, headings.index("level") + 1).value = "Proficient"
    votes.cell(2, headings.index("reason") + 1).value = "seen in two classes"
    book.save(path)
    return path


def test_a_session_is_opened_for_other_programs(place):
    told = json.loads(run("open", "Alder", "--lead", "Lee", "--store", place, "--json"))
    assert told["join"] == f"http://127.0.0.1:8867/join/{told['code']}"
    assert told["lead"].startswith("http://127.0.0.1:8867/s/1/me/lead/")


def test_a_workbook_is_written_quietly_or_told_of(place, code, tmp_path):
    assert run("workbook", code, "--out", tmp_path / "a.xlsx", "--store", place, "--quiet") == ""
    told = run("workbook", code, "--out", tmp_path / "b.xlsx", "--store", place, "--json")
    assert json.loads(told) == {"file": str(tmp_path / "b.xlsx")}


def test_what_came_of_workbooks_is_told_by_file(place, code, filled):
    told = json.loads(run("import", code, filled, "--store", place, "--json"))
    assert (told["ann.xlsx"]["rater"], told["ann.xlsx"]["votes"], told["ann.xlsx"]["conflicts"]) == ("Ann", 1, [])


def test_the_reveal_and_the_export_are_told(place, code, filled, tmp_path):
    run("import", code, filled, "--store", place)
    assert json.loads(run("reveal", code, "--by", "Lee", "--store", place, "--json"))["by"]
    told = json.loads(run("export", code, "--out", tmp_path / "tables", "--store", place, "--json"))
    assert told == {"written": str(tmp_path / "tables"), "holds_names": True}
    assert "Ann" in (tmp_path / "tables" / "ratings.csv").read_text()


def test_a_quiet_export_prints_nothing(place, code, filled, tmp_path):
    run("import", code, filled, "--store", place)
    run("reveal", code, "--by", "Lee", "--store", place)
    assert run("export", code, "--out", tmp_path / "tables.xlsx", "--store", place, "--quiet") == ""
    assert (tmp_path / "tables.xlsx").is_file()
