import pandas as pd
import pytest

from cbe_lib import errors
from cbe_lib.errors import CbeError, ColumnError, UnknownNameError

RATES = pd.DataFrame({"Year": [2014, 2015], "valeu": [60.0, 61.0]}, index=[7, 9])


def test_a_message_says_what_is_wrong_what_was_found_and_what_to_do():
    error = CbeError.build("Rates are too high", found="Found 140", advice="Correct them")
    assert str(error) == "Rates are too high. Found 140. Correct them."


def test_a_question_keeps_its_question_mark_and_empty_parts_leave_no_trace():
    assert str(CbeError.build("Which year?", advice=" Name it. ")) == "Which year? Name it."


def test_every_error_of_the_library_is_a_value_error():
    assert issubclass(CbeError, ValueError)
    assert {ColumnError, errors.ValuesError, UnknownNameError} <= set(CbeError.__subclasses__())


def test_build_keeps_the_kind_of_error():
    assert type(ColumnError.build("No column")) is ColumnError


def test_a_missing_column_names_those_that_exist_and_the_nearest():
    with pytest.raises(
        ColumnError, match=r"`rates` has no column 'value'.*'Year', 'valeu'.*'value' looks like 'valeu'"
    ):
        errors.require_columns(RATES, ["value"], "rates")


def test_upper_case_does_not_hide_the_nearest_column():
    with pytest.raises(ColumnError, match="'year' looks like 'Year'"):
        errors.require_columns(RATES, ["year"], "rates")


def test_a_table_without_columns_is_said_to_have_none():
    with pytest.raises(ColumnError, match="none at all"):
        errors.require_columns(pd.DataFrame(), ["year"], "rates")


def test_what_is_not_a_table_is_named_by_its_type():
    with pytest.raises(CbeError, match=r"`rates` must be a pandas DataFrame\. Found list"):
        errors.require_columns([1, 2], ["year"], "rates")


def test_a_complete_table_comes_back_untouched():
    assert errors.require_columns(RATES, ["Year"], "rates") is RATES


def test_an_unknown_name_suggests_the_nearest_and_lists_all():
    error = errors.unknown_name("sample", "westminister", ["michigan", "westminster"])
    assert str(error) == (
        "There is no sample named 'westminister'. Did you mean 'westminster'? Known: michigan, westminster."
    )


def test_an_unknown_name_without_neighbors_suggests_nothing():
    assert "Did you mean" not in str(errors.unknown_name("shape", "zzz", ["v", "step"]))


def test_rows_are_named_by_their_index_labels():
    assert errors.rows_of(RATES, [False, True]) == "1 row (index 9)"
    assert errors.rows_of(RATES, RATES["Year"] > 2000) == "2 rows (index 7, 9)"


def test_long_lists_are_cut_and_counted():
    assert errors.some(range(8), most=3) == "0, 1, 2 and 5 more"
