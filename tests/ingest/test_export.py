"""What leaves the library is safe to open, and comes back as it was."""

import csv

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbe_lib import ingest
from cbe_lib.errors import CbeError
from cbe_lib.ingest.delimited import read_delimited

MESSY = """District ID,School Year,Pct Proficient,Number Tested,Mascot
030,2013-14,61.5,"1,234",=1+1
031,2013-14,>=95,11-20,'@owl
032,2013-14,*,,-5
033,2013-14,0.1,9,"two
lines"
"""
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''-2", "plain", "'quoted'", "-", "\n=1", "＝1"]


@pytest.fixture
def messy(read_text):
    return read_text(MESSY.replace("0.1,9", "40.1,9"))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_what_is_exported_is_read_back_unchanged(messy, tmp_path, ending):
    again = ingest.read(ingest.export(messy.frame, tmp_path / f"out.{ending}"))
    pd.testing.assert_frame_equal(again.frame, messy.frame)
    assert again.rejected == 0


def test_no_cell_of_an_exported_text_file_begins_a_formula(messy, tmp_path):
    with ingest.export(messy.frame, tmp_path / "out.csv").open(newline="") as stream:
        texts = [cell for row in csv.DictReader(stream) for name, cell in row.items() if name == "Mascot"]
    assert texts == ["'=1+1", "'@owl", "'-5", "two\nlines"]


def test_no_cell_of_an_exported_workbook_is_a_formula(messy, tmp_path):
    book = openpyxl.load_workbook(ingest.export(messy.frame, tmp_path / "out.xlsx"))
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(DANGEROUS) | st.text("=+-@'\t ab,;\"\n", min_size=1), min_size=1, max_size=8))
def test_every_text_survives_the_way_out_and_back(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("out") / "t.csv"
    ingest.export(pd.DataFrame({"a": texts, "b": "x", "c": "y"}), path)
    assert read_delimited(path).cells[0].tolist() == ["a", *texts]


def test_a_cell_of_the_report_begins_no_row_and_so_no_formula(text_file, tmp_path):
    path = text_file('District ID,School Year,Pct Proficient\n030,2013-14,50\n031,2013-14,"a\r=cmd()"\n')
    written = ingest.read(path).to_csv(tmp_path / "report.csv").read_bytes()
    assert b'"a\r=cmd()"' in written


def test_the_report_as_a_text_file_runs_nothing_and_keeps_every_line(read_text, tmp_path):
    found = read_text("District ID,School Year,Pct Proficient\n030,2013-14,=HYPERLINK(1)\n031,2013-14,#REF!\n")
    shown = pd.read_csv(found.to_csv(tmp_path / "report.csv"))
    assert len(shown) == len(found.report)
    assert "'=HYPERLINK(1)" in shown["cell"].tolist()


def test_the_report_as_a_page_escapes_what_the_file_holds(read_text):
    page = read_text("District ID,School Year,Pct Proficient\n030,2013-14,<script>alert(1)</script>\n").to_html()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_grouped_table_adds_up_to_the_report(messy):
    assert messy.table["count"].sum() == messy.report["count"].sum()


def test_raw_cells_stand_beside_the_rows_that_were_kept(read_text):
    found = read_text("District ID,School Year,Pct Proficient\n030,2013-14,>=95\n,2013-14,50\n032,2013-14,51*\n")
    assert found.raw[["row", "Pct Proficient"]].to_numpy().tolist() == [[2, ">=95"], [4, "51*"]]
    assert found.frame["raw_cell"].tolist() == [">=95", "51*"]


def test_a_reading_says_in_plain_words_what_was_rejected(read_text):
    found = read_text("District ID,School Year,Pct Proficient\n030,2013-14,#REF!\n")
    assert "1 of 1 rows can be used as the table 'outcomes'. 1 cell or row was rejected" in found.text


@pytest.mark.parametrize("name", ["out.txt", "no folder/out.csv"])
def test_what_cannot_be_written_is_a_sentence(tmp_path, name):
    with pytest.raises(CbeError, match=r"kind of file|could not be written"):
        ingest.export(pd.DataFrame({"a": [1]}), tmp_path / name)


def test_a_table_about_persons_is_not_written(tmp_path):
    with pytest.raises(CbeError, match="about persons and must not leave: column 'respondent'"):
        ingest.export(pd.DataFrame({"respondent": ["a7"], "answer": [4.0]}), tmp_path / "answers.csv")
    assert list(tmp_path.iterdir()) == []
