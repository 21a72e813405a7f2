"""`cbe check`: everything that is wrong with a file, at once."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from cbe_lib import cli, samples, tables

GOOD = "District ID,School Year,Pct Proficient\n030,2013-14,50\n"
BAD = GOOD + "031,2013-14,#REF!\n032,2013-14,15-Oct\n"


def run(*words):
    return CliRunner().invoke(cli.app, ["check", *map(str, words)])


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1), ("milk\nbread\n", 2)])
def test_the_exit_code_says_how_it_went(text_file, text, code):
    assert run(text_file(text)).exit_code == code


def test_all_problems_are_printed_at_once_with_row_cell_and_advice(text_file):
    shown = run(text_file(BAD)).output
    assert "spreadsheet error in 'Pct Proficient', 1 x, first in row 3: '#REF!'" in shown
    assert "first in row 4: '15-Oct'" in shown
    assert "Most likely 10-15" in shown


def test_quiet_prints_the_summary_only(text_file):
    assert run(text_file(BAD), "--quiet").output.replace("\n", " ").startswith("state.csv: 3 of 3 rows can be used")


def test_json_holds_every_line(text_file):
    said = json.loads(run(text_file(BAD), "--json").output)
    assert (said["rejected"], [line["row"] for line in said["report"][:2]]) == (2, [3, 4])


def test_the_report_is_written_as_a_text_file_or_a_page(text_file, tmp_path):
    run(text_file(BAD), "--report", tmp_path / "r.csv")
    run(text_file(BAD), "--report", tmp_path / "r.html")
    assert pd.read_csv(tmp_path / "r.csv")["action"].tolist()[:2] == ["rejected", "rejected"]
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")


def test_a_mapping_that_was_kept_reads_the_next_file(text_file, tmp_path):
    first = run(text_file("District ID,Year,Zeta\n30,2014,50\n"), "--year-means", "end")
    assert first.exit_code == 2
    (tmp_path / "m.toml").write_text('year_means = "end"\nid_width = 3\n[columns]\nZeta = "value"\n')
    again = run(tmp_path / "state.csv", "--mapping", tmp_path / "m.toml", "--save-mapping", tmp_path / "n.toml")
    assert again.exit_code == 0
    assert 'Zeta = "value"' in (tmp_path / "n.toml").read_text()


def test_other_tables_and_sheets_can_be_checked(workbook):
    rows = [["district_id", "rollout_year"], ["030", "2009-10"]]
    path = workbook({"A": rows, "B": rows})
    assert run(path, "--table", "rollout").exit_code == 2
    assert run(path, "--table", "rollout", "--sheet", "B").exit_code == 0


@pytest.mark.parametrize("file", sorted(samples.folder().glob("*.csv")), ids=lambda file: file.stem)
def test_every_shipped_table_passes_as_what_it_is(file):
    if file.stem == "catalogue":
        assert run(file).exit_code == 2
        return
    table = file.stem if file.stem in tables.names() else "outcomes"
    found = run(file, "--table", table, "--quiet")
    assert (found.exit_code, " 0 of" in found.output) == (0, False)


def test_a_table_called_by_another_name_is_named(text_file):
    shown = run(text_file("state,year,test\nA,2014,one\n", name="regimes.csv")).output
    assert "--table regimes" in shown


def test_a_bare_year_of_anybodys_file_is_still_asked_for_in_the_words_of_the_command(text_file):
    shown = run(text_file("district_id,year,value\n030,2014,50\n"))
    assert shown.exit_code == 1
    assert "--year-means end for 2013-14" in shown.output
    assert run(text_file("district_id,year,value\n030,2014,50\n"), "--year-means", "end").exit_code == 0


def test_what_only_a_mapping_can_say_is_told_with_an_example(text_file):
    assert "no_test = [2020]" in run(text_file(GOOD + "031,2013-14,withhold\n")).output
    assert "no_test = [2020]" not in run(text_file(GOOD)).output
    assert "--mapping" in run(text_file("Place,School Year,Zeta\n30,2013-14,50\n")).output
