"""Which heading is read as which column, and how that is said, asked and kept."""

import pandas as pd
import pytest

from cbe_lib import ingest, tables
from cbe_lib.errors import CbeError
from cbe_lib.ingest.headings import words
from cbe_lib.ingest.mapping import plan

NEEDED = ["District ID", "School Year", "Pct Proficient"]


def mapped(headings, table="outcomes", **declared):
    return plan(headings, table, "state.csv", **declared).columns


def refusal(call, *given, **declared):
    with pytest.raises(CbeError) as caught:
        call(*given, **declared)
    return str(caught.value)


@pytest.mark.parametrize(
    "heading",
    [
        "% Proficient",
        "Pct. Proficient",
        "PctProficient",
        "Percent_Proficient",
        "PERCENT OF PROFICIENT",
        "Proficiency Rate",
    ],
)
def test_spellings_of_a_heading_mean_the_same_column(heading):
    assert mapped(["District ID", "School Year", heading])[heading] == "value"


def test_signs_and_short_forms_are_written_out():
    assert words("# Tested (No.)") == "number tested number"


def test_the_reason_is_shown_with_samples(text_file):
    proposal = ingest.propose(text_file("District ID,School Year,Pct Proficent,Mascot\n030,2013-14,50,owl\n"))
    assert proposal["column"].fillna("").tolist() == ["district_id", "year", "value", ""]
    assert proposal["reason"].tolist()[2] == "nearly the known name 'percent proficient'"
    assert proposal["sample"].tolist() == ["030", "2013-14", "50", "owl"]


def test_two_headings_for_a_needed_column_are_asked_about():
    message = refusal(mapped, [*NEEDED, "Percent Met or Exceeded"])
    assert "2 headings that may be the column 'value'. They are 'Pct Proficient', 'Percent Met or Exceeded'" in message
    assert "columns={'Pct Proficient': 'value'}" in message


def test_two_headings_for_another_column_are_reported_and_neither_taken():
    made = plan([*NEEDED, "Number Tested", "Valid Scores"], "outcomes", "state.csv")
    assert "n_tested" not in made.columns.values()
    assert made.findings[0].rule == "several headings for one column"


def test_the_name_of_the_column_itself_goes_before_other_names():
    assert mapped(["district_id", "LEA ID", "School Year", "value", "Rate"])["value"] == "value"


def test_what_the_reader_says_goes_first():
    assert mapped([*NEEDED, "Percent Met"], columns={"Percent Met": "value"})["Percent Met"] == "value"


def test_a_heading_that_is_not_there_names_the_nearest():
    message = refusal(mapped, NEEDED, columns={"Pct Proficent": "value"})
    assert "has no heading 'Pct Proficent'. Did you mean 'Pct Proficient'?" in message


def test_a_column_that_is_not_in_the_table_is_refused():
    assert "Did you mean 'n_tested'?" in refusal(mapped, [*NEEDED, "N"], columns={"N": "n_test"})


def test_one_column_from_two_headings_is_refused():
    assert "more than once" in refusal(mapped, NEEDED, columns={"District ID": "value", "Pct Proficient": "value"})


def test_missing_columns_are_named_with_the_headings_that_are_free():
    message = refusal(mapped, ["District ID", "School Year", "Zeta"])
    assert "nothing there is known as 'value'" in message
    assert "columns={'Zeta': 'value'}" in message


def test_constants_fill_what_the_file_does_not_say(read_text):
    found = read_text("District ID,Pct Proficient\n030,50\n", constants={"year": 2014, "subject": "reading"})
    assert found.frame[["year", "subject"]].to_numpy().tolist() == [[2014, "reading"]]


def test_an_unknown_constant_is_refused(read_text):
    message = refusal(read_text, "District ID,Pct Proficient\n030,50\n", constants={"yaer": 2014})
    assert "Did you mean 'year'?" in message


def test_headings_unknown_to_the_table_are_kept_as_text(read_text):
    found = read_text("District ID,School Year,Pct Proficient,Mascot\n030,2013-14,50,007\n")
    assert found.frame["Mascot"].tolist() == ["007"]
    assert "Mascot" in found.notes[-1]


def test_repeated_and_blank_headings_get_names_of_their_own(read_text):
    frame = read_text("District ID,School Year,Pct Proficient,Note,Note,\n030,2013-14,50,a,b,c\n").frame
    assert frame[["Note", "Note (2)", "column F"]].to_numpy().tolist() == [["a", "b", "c"]]


def test_given_wide_headings_become_rows_with_their_own_headings_in_the_report(read_text):
    found = read_text("District ID,met SY12,met SY13\n030,50,#REF!\n", columns={"met {year}": "value"})
    assert found.frame[["year", "value"]].fillna(-1).to_numpy().tolist() == [[2012, 50], [2013, -1]]
    assert found.report.query("action == 'rejected'")[["row", "column"]].to_numpy().tolist() == [[2, "met SY13"]]


def test_several_wide_blocks_share_their_years(read_text):
    text = "District ID,pct_2012-13,n_2012-13,pct_2013-14,n_2013-14\n030,50,10,51,11\n"
    frame = read_text(text).frame
    assert frame[["year", "value", "n_tested"]].to_numpy().tolist() == [[2013, 50, 10], [2014, 51, 11]]


def test_years_alone_as_headings_are_a_wide_block(read_text):
    frame = read_text("District ID,2012,2013\n030,50,51\n", year_means="end").frame
    assert frame[["year", "value"]].to_numpy().tolist() == [[2012, 50], [2013, 51]]


def test_the_preview_shows_what_the_first_row_becomes(read_text):
    report = read_text("District ID,prof_2012,prof_2013\n030,50,51\n", year_means="end").report
    assert "row 2 becomes 2012: 50, 2013: 51" in report.query("column == 'prof_{year}'")["advice"].iloc[0]


SAID = {
    "columns": {"Pct": "value"},
    "constants": {"subject": "reading"},
    "id_width": 3,
    "year_means": "start",
    "suppressed": {"QQQ": "too few"},
    "sentinels": (-9,),
    "no_test": (2020,),
    "regimes": {"NECAP": 2005},
    "keep": {"Kind": "regular"},
    "dates_as_ranges": True,
    "sheet": None,
}


def test_nothing_that_was_said_is_lost_when_it_is_kept(text_file, tmp_path):
    path = text_file("District ID,Year,Pct,Kind\n30,2013,50,regular\n")
    found = ingest.read(path, **SAID)
    again = ingest.load_mapping(ingest.save_mapping(found, tmp_path / "m.toml"))
    assert again == found.mapping
    assert {name: getattr(again, name) for name in SAID if name != "columns"} == {
        name: said for name, said in SAID.items() if name != "columns"
    }


def test_next_years_file_is_read_in_the_same_way(text_file, tmp_path):
    first = ingest.read(text_file("District ID,Year,Pct,Kind\n30,2013,50,regular\n"), **SAID)
    kept = ingest.save_mapping(first, tmp_path / "m.toml")
    path = text_file("District ID,Year,Pct,Kind\n30,2014,QQQ,regular\n", name="next.csv")
    pd.testing.assert_frame_equal(ingest.read(path, mapping=kept).frame, ingest.read(path, **SAID).frame)


def test_what_is_said_now_goes_over_what_was_kept(text_file):
    path = text_file("District ID,Year,Pct Proficient\n30,2013,50\n")
    kept = ingest.FileMapping(year_means="start", id_width=4)
    assert ingest.read(path, mapping=kept, id_width=3).frame[["district_id", "year"]].to_numpy().tolist() == [
        ["030", 2014]
    ]


@pytest.mark.parametrize(
    ("text", "words_"),
    [
        ("tabel = 3", "says something unknown: 'tabel'"),
        ("a = [", "cannot be read"),
        ('columns = "x"', "must be a dict"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path, text, words_):
    (tmp_path / "m.toml").write_text(text)
    assert words_ in refusal(ingest.load_mapping, tmp_path / "m.toml")


def test_a_mapping_that_is_not_there_is_refused(tmp_path):
    assert "m.toml cannot be read. No such file" in refusal(ingest.load_mapping, tmp_path / "m.toml")


def test_sentinels_are_numbers(read_text):
    assert "words go into suppressed=" in refusal(read_text, "a,b\n1,2\n", sentinels=("NULL",))


def test_an_unknown_table_lists_the_known_ones(read_text):
    assert "There is no table named 'outcome'" in refusal(read_text, "a,b\n1,2\n", table="outcome")


def example(column):
    if column.name == "subgroup":
        return "all students"
    if column.choices:
        return column.choices[0]
    low = column.low if column.low is not None else 1
    kinds = {"id": "A1", "text": "words", "list": "a; b", "date": "2015-09-01", "flag": "yes", "year": "2014-15"}
    return kinds.get(column.kind, f"{low:g}")


@pytest.mark.parametrize("table", tables.names())
def test_every_table_is_read_by_its_own_headings(read_text, table):
    columns = tables.spec.known(table).columns
    row = {column.name: example(column) for column in columns}
    found = read_text(",".join(row) + "\n" + ",".join(f'"{cell}"' for cell in row.values()), table=table)
    assert found.rejected == 0, found.report
    assert len(found.frame) == 1
    assert list(found.frame.columns[: len(columns)]) == [column.name for column in columns]
