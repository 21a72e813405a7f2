"""Templates: each table has a workbook that people can fill in and programs can read."""

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from cbe_lib import tables
from cbe_lib.cli import app
from cbe_lib.errors import CbeError
from cbe_lib.ingest.template import EXAMPLE, example, template
from cbe_lib.tables.spec import known


@pytest.fixture
def written(tmp_path):
    return lambda table: openpyxl.load_workbook(template(table, tmp_path / f"{table}.xlsx"))


def rule(sheet, heading):
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == heading)
    return next((each for each in sheet.data_validations.dataValidation if f"{letter}2" in each.sqref), None)


@pytest.mark.parametrize("table", tables.names())
def test_headings_are_the_columns_of_the_table_and_only_the_first_example_cell_is_not_legal(table, written):
    sheet = written(table)["data"]
    columns = known(table).columns
    assert [cell.value for cell in sheet[1]] == [column.name for column in columns]
    assert sheet.max_row == 2
    assert sheet["A2"].value == EXAMPLE


@pytest.mark.parametrize("table", tables.names())
def test_calamine_reads_it_too_and_examples_meet_the_schema(table, tmp_path):
    columns = known(table).columns
    read = pd.read_excel(template(table, tmp_path / "t.xlsx"), sheet_name="data", engine="calamine", dtype="object")
    read.iloc[0, 0] = example(columns[0])
    flags = [column.name for column in columns if column.kind == "flag"]
    assert len(tables.validate(read.assign(**dict.fromkeys(flags, True)), table)) == 1


def test_headings_are_bold_and_stay_in_view(written):
    sheet = written("outcomes")["data"]
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "A2"


def test_ids_are_text_so_that_leading_zeros_stay(written):
    sheet = written("outcomes")["data"]
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet["A2"].number_format == "@"


def test_choices_are_drop_downs(written):
    found = rule(written("outcomes")["data"], "level")
    assert (found.type, found.formula1) == ("list", '"state,district,school"')


def test_flags_are_yes_or_no(written):
    assert rule(written("regimes")["data"], "no_test").formula1 == '"yes,no"'


@pytest.mark.parametrize(
    ("heading", "kind", "low", "high"), [("value", "decimal", "0", "100"), ("year", "whole", "1950", "2100")]
)
def test_numbers_have_their_legal_range(heading, kind, low, high, written):
    found = rule(written("outcomes")["data"], heading)
    assert (found.type, found.formula1, found.formula2) == (kind, low, high)


def test_counts_are_whole_and_not_negative(written):
    found = rule(written("outcomes")["data"], "n_tested")
    assert (found.type, found.operator, found.formula1) == ("whole", "greaterThanOrEqual", "0")


def test_dates_are_checked(written):
    assert rule(written("rollout")["data"], "date").type == "date"


def test_free_text_is_not_checked(written):
    assert rule(written("rollout")["data"], "source") is None


@pytest.mark.parametrize("table", tables.names())
def test_no_drop_down_is_longer_than_excel_allows(table, written):
    rules = written(table)["data"].data_validations.dataValidation
    assert all(len(found.formula1) <= 257 for found in rules if found.type == "list")


def test_dictionary_explains_every_column(written):
    rows = list(written("outcomes")["dictionary"].iter_rows(min_row=4, values_only=True))
    assert rows[0] == ("column", "meaning", "type", "unit", "legal", "required", "example")
    assert [row[0] for row in rows[1:]] == tables.describe("outcomes")["column"].tolist()
    value = next(row for row in rows if row[0] == "value")
    assert value[2:] == ("number", "percent", "0 to 100", "yes", 50)


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    path = template("rollout", tmp_path / "mine.xlsx")
    with pytest.raises(CbeError, match=r"is already there.*force"):
        template("rollout", path)
    assert template("outcomes", path, force=True) == path


@pytest.mark.parametrize(
    ("table", "name", "problem"),
    [
        ("outcome", "t.xlsx", "Did you mean 'outcomes'"),
        ("outcomes", "t.csv", "End the name with .xlsx"),
        ("outcomes", "no/t.xlsx", "no folder"),
    ],
)
def test_mistakes_are_named(table, name, problem, tmp_path):
    with pytest.raises(CbeError, match=problem):
        template(table, tmp_path / name)


def test_the_command_writes_and_says_where(tmp_path):
    run = CliRunner().invoke(app, ["template", "outcomes", "--out", str(tmp_path / "t.xlsx")])
    assert run.exit_code == 0
    assert "EXAMPLE" in run.output
    assert (tmp_path / "t.xlsx").exists()


def test_the_command_overwrites_only_when_told(tmp_path):
    path = template("rollout", tmp_path / "t.xlsx")
    told = ["template", "rollout", "--out", str(path)]
    assert isinstance(CliRunner().invoke(app, told).exception, CbeError)
    assert CliRunner().invoke(app, [*told, "--force"]).exit_code == 0
