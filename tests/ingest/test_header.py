"""Where the table begins and ends in its sheet."""

import pytest

from cbe_lib import ingest

NAMES = ["file", "sheet", "row", "column", "cell", "rule", "action", "advice", "count"]
TEXT = "District ID,School Year,Pct Proficient,Number Tested\n030,2013-14,61.5,40\n"


def line(found, rule):
    return found.report.query("rule == @rule").iloc[0]


@pytest.mark.parametrize("titles", [0, 1, 12])
def test_the_row_of_headings_is_found_below_titles_and_reported(read_text, titles):
    found = read_text("State of X,Run on,2023-10-01\n" * titles + TEXT)
    assert line(found, "row of headings")["row"] == titles + 1


def test_two_lines_of_headings_are_joined_with_a_space(read_text):
    text = "Rates,,,\n,School,Percent,Number\nDistrict ID,Year,Proficient,Tested\n030,2013-14,61.5,40\n"
    found = read_text(text)
    assert line(found, "two lines of headings joined")["cell"] == (
        "District ID, School Year, Percent Proficient, Number Tested"
    )
    assert found.frame[["value", "n_tested"]].to_numpy().tolist() == [[61.5, 40]]


def test_a_title_of_several_cells_is_not_taken_for_a_line_of_headings(read_text):
    found = read_text("State,of,X,2023\n" + TEXT)
    assert line(found, "row of headings")["row"] == 2


def test_declared_headings_decide_where_the_table_begins(read_text):
    text = "Unit,When,How\nThe table,begins,below\nUnit,When,How\n030,2013-14,50\n"
    found = read_text(text, columns={"Unit": "district_id", "When": "year", "How": "value"})
    assert found.frame["value"].tolist() == [50]


def test_a_merged_heading_stands_above_each_of_its_columns(workbook):
    rows = [
        ["District", "School", "Percent", None],
        ["ID", "Year", "Proficient", "Participating"],
        ["030", "2013-14", 61.5, 98],
    ]
    found = ingest.read(workbook({"S": rows}, change=lambda book: book["S"].merge_cells("C1:D1")))
    assert found.frame[["value", "participation"]].to_numpy().tolist() == [[61.5, 98]]


def test_notes_below_the_data_are_left_out_and_named(read_text):
    found = read_text(TEXT + "\nSource: the state\n* fewer than 10\n")
    assert len(found.frame) == 1
    assert line(found, "note below the data")[["row", "cell"]].tolist() == [4, "Source: the state"]


def test_headings_repeated_among_the_data_are_left_out(read_text):
    found = read_text(TEXT + TEXT.replace("030", "031"))
    assert found.frame["district_id"].tolist() == ["030", "031"]
    assert line(found, "headings repeated among the data")["row"] == 3


def test_the_report_has_the_columns_of_the_contract(read_text):
    assert read_text(TEXT).report.columns.tolist() == NAMES


def test_a_rejected_cell_has_a_line_of_its_own_and_the_rest_one_for_each_rule(read_text):
    rows = "".join(f"{unit:03d},2013-14,{cell},40\n" for unit, cell in enumerate(["#REF!", "#REF!", "*", "*", "*"]))
    report = read_text(TEXT + rows).report
    assert report.query("action == 'rejected'")[["row", "count"]].to_numpy().tolist() == [[3, 1], [4, 1]]
    assert report.query("rule == 'suppressed'")[["row", "count"]].to_numpy().tolist() == [[5, 3]]


def test_the_example_row_of_a_template_is_left_out(read_text):
    found = read_text(TEXT + "EXAMPLE,2014-15,50,40\n031,2013-14,50,40\n")
    assert found.frame["district_id"].tolist() == ["030", "031"]
    assert line(found, "example row")["row"] == 3
