import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.tables import spec

GOOD = {"district_id": ["030", "031"], "year": [2014, 2014], "value": [61.5, 70.0]}


def rates(**changed):
    return pd.DataFrame({**GOOD, **changed})


def refusal(frame, table="outcomes", **named):
    with pytest.raises(CbeError) as caught:
        tables.validate(frame, table, **named)
    return str(caught.value)


def test_a_good_table_comes_back_with_the_declared_types():
    typed = tables.validate(rates(year=["2014", "2015"], value=["61.5", None], n_tested=[40.0, None]), "outcomes")
    assert typed.dtypes.astype(str).to_dict() == {
        "district_id": "str",
        "year": "int64",
        "value": "float64",
        "n_tested": "Int64",
    }


def test_validation_leaves_the_given_table_as_it_was():
    given_table = rates(value=["61.5", "70"])
    tables.validate(given_table, "outcomes")
    assert given_table["value"].tolist() == ["61.5", "70"]


def test_unknown_columns_and_the_index_are_kept():
    typed = tables.validate(rates(mascot=["owl", "bear"]).set_index(pd.Index([5, 9])), "outcomes")
    assert typed["mascot"].to_dict() == {5: "owl", 9: "bear"}


def test_validating_twice_changes_nothing():
    once = tables.validate(rates(grade=[8, 8], rollout_year=[2010, None]), "outcomes")
    pd.testing.assert_frame_equal(tables.validate(once, "outcomes"), once)


def test_a_grade_written_as_a_number_becomes_text_without_decimals():
    assert tables.validate(rates(grade=[8.0, None]), "outcomes")["grade"].fillna("").tolist() == ["8", ""]


def test_numbers_as_ids_are_refused_because_leading_zeros_are_lost():
    assert "found 30, 31 in 2 rows (index 0, 1); ids must be text" in refusal(rates(district_id=[30, 31]))


@pytest.mark.parametrize("value", [-0.5, 100.1, float("inf")])
def test_a_rate_outside_0_to_100_is_refused(value):
    assert f"value: found {value} in 1 row (index 1); legal: 0 to 100" in refusal(rates(value=[50.0, value]))


def test_a_percent_sign_is_refused_with_its_row():
    assert "value: found '70%' in 1 row (index 1)" in refusal(rates(value=[50.0, "70%"]))


def test_a_school_year_in_words_is_refused_with_the_year_meant():
    assert "found '2013-14' in 1 row (index 1); give the spring year as a number: 2014-15 is 2015" in refusal(
        rates(year=[2014, "2013-14"])
    )


def test_half_a_year_is_refused():
    assert "year: found 2013.5 in 1 row (index 0)" in refusal(rates(year=[2013.5, 2014]))


def test_a_blank_year_is_refused():
    assert "year: blank in 1 row (index 1)" in refusal(rates(year=[2014, None]))


def test_a_blank_value_is_legal():
    assert tables.validate(rates(value=[None, 70.0]), "outcomes")["value"].isna().tolist() == [True, False]


def test_a_missing_column_names_the_nearest():
    assert "value: there is no such column; 'valeu' looks like it" in refusal(
        rates().rename(columns={"value": "valeu"})
    )


def test_two_rows_with_one_key_are_refused():
    message = refusal(rates(district_id=["030", "030"]))
    assert "district_id, year: one key repeats in 2 rows (index 0, 1)" in message


def test_grade_is_part_of_the_key_where_it_is_given():
    tables.validate(rates(district_id=["030", "030"], grade=["3", "8"]), "outcomes")


def test_rows_without_a_year_are_not_called_repeats():
    message = refusal(rates(district_id=["030", "030"], year=[None, None]))
    assert "repeats" not in message


def test_a_range_must_not_be_upside_down():
    message = refusal(rates(lo=[40.0, 60.0], hi=[50.0, 55.0]))
    assert "lo is above hi: in 1 row (index 1)" in message


def test_a_level_outside_the_list_names_the_list():
    assert "found 'county' in 1 row (index 1); legal: state or district or school" in refusal(
        rates(level=["district", "county"])
    )


def test_one_error_lists_all_problems_column_by_column():
    bad = rates(district_id=["a", None], year=[1800, "x"], value=["y", 120], n_tested=[-1, 2.5], lunch=[5, 500])
    lines = refusal(bad, source="rates.csv").splitlines()
    assert lines[0] == "`outcomes` in rates.csv cannot be used as it is: 8 problems."
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "district_id",
        "year",
        "value",
        "n_tested",
        "lunch",
    ]


def test_repeated_index_labels_do_not_blur_the_count():
    message = refusal(rates(value=[50.0, 120.0]).set_index(pd.Index([4, 4])))
    assert "found 120.0 in 1 row (index 4)" in message


def test_yes_and_no_are_read_and_other_words_refused():
    seats = pd.DataFrame(
        {"district_id": ["a", "a"], "structure": "team", "seat_id": ["1", "2"], "seat_role": "teacher"}
    )
    read = tables.validate(seats.assign(checker=["Yes", "no"]), "seats")
    assert read["checker"].tolist() == [True, False]
    assert "checker: found 'maybe' in 1 row (index 1); give yes or no" in refusal(
        seats.assign(checker=["yes", "maybe"]), "seats"
    )


def test_a_decision_before_its_question_came_up_is_refused():
    decision = {"decision_id": ["1"], "district_id": ["a"], "level": ["school"]}
    dates = {"date_raised": ["2014-03-02"], "date_decided": ["2014-03-01"]}
    assert "date_raised is after date_decided" in refusal(pd.DataFrame({**decision, **dates}), "decisions")


def test_a_task_that_ends_before_it_starts_is_refused_with_its_row():
    tasks = pd.DataFrame(
        {
            "task_id": ["1", "2"],
            "district_id": "a",
            "name": "Train coaches",
            "category": "PD",
            "start": ["2014-03-01", "2014-03-02"],
            "end": ["2014-03-01", "2014-03-01"],
        }
    )
    assert "start is after end: in 1 row (index 1)" in refusal(tasks, "plan")


def test_a_costly_estimate_is_above_its_upper_end_not_after_it():
    costs = pd.DataFrame({column: ["x"] for column in tables.describe("costs").query("required")["column"]})
    assert "cost is above high: in 1 row (index 0)" in refusal(costs.assign(cost=9.0, high=8.0), "costs")


def test_a_table_that_was_refused_once_is_accepted_when_it_is_mended():
    assert "legal: 0 to 100" in refusal(rates(value=[50.0, 120.0]))
    assert len(tables.validate(rates(value=[50.0, 20.0]), "outcomes")) == 2


def test_a_column_of_the_declared_type_keeps_whole_numbers_that_a_float_cannot_hold():
    large = 2**53 + 1
    typed = tables.validate(rates(n_tested=pd.array([large, None], dtype="Int64")), "outcomes")
    assert typed["n_tested"].iloc[0] == large


def test_every_key_is_a_column_and_every_order_names_columns():
    for name in tables.names():
        columns = set(tables.describe(name)["column"])
        declared = spec.known(name)
        assert set(declared.key) <= columns
        assert {each for pair in declared.ordered for each in pair} <= columns


def test_absent_columns_are_added_blank_where_asked():
    whole = tables.validate(rates(), "outcomes", complete=True)
    assert set(tables.describe("outcomes")["column"]) == set(whole.columns)
    assert whole["n_tested"].isna().all()
    assert whole["n_tested"].dtype == "Int64"


def test_what_is_not_a_table_is_refused():
    assert "must be a pandas DataFrame" in refusal([1, 2])


def test_an_unknown_table_lists_the_known_ones():
    with pytest.raises(CbeError, match=r"Did you mean 'outcomes'\? Known: districts, outcomes, rollout"):
        tables.describe("outcome")


def test_a_rollout_table_reads_its_dates():
    rollout = pd.DataFrame(
        {"district_id": ["a"], "rollout_year": [2010], "date": ["2009-08-20"], "confidence": ["high"]}
    )
    assert tables.validate(rollout, "rollout")["date"].tolist() == [pd.Timestamp("2009-08-20")]


def test_a_date_that_cannot_be_read_is_refused():
    rollout = pd.DataFrame({"district_id": ["a"], "rollout_year": [2010], "date": ["fall 2009"]})
    assert "date: found 'fall 2009' in 1 row (index 0); give dates as YYYY-MM-DD" in refusal(rollout, "rollout")


@pytest.mark.parametrize("table", tables.names())
def test_every_column_has_a_meaning_and_every_number_a_unit(table):
    dictionary = tables.describe(table)
    assert dictionary["meaning"].str.len().min() > 5
    assert (dictionary.query("type in ['number', 'count', 'year']")["unit"] != "").all()


def test_outcomes_need_only_district_year_and_value():
    needed = tables.describe("outcomes").query("required")["column"]
    assert needed.tolist() == ["district_id", "year", "value"]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_every_rate_from_0_to_100_is_accepted(values):
    frame = pd.DataFrame({"district_id": "a", "year": range(1990, 1990 + len(values)), "value": values})
    assert tables.validate(frame, "outcomes")["value"].tolist() == values


def test_pandera_waits_until_a_table_is_checked():
    code = "import sys; from cbe_lib import tables; tables.names(); sys.exit('pandera' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
