"""The tempting rule: districts worked by hand, and its false alarms in Michigan."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError, dip, samples


def districts(**results):
    rows = [(name, 2001 + place, value) for name, values in results.items() for place, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["district_id", "year", "value"])


def flagged(table, **settings):
    found = dip.naive(table, **settings).table.set_index("district")
    return found.index[found["flagged"]].tolist()


@pytest.mark.parametrize("fall", [3, 5, 10])
@pytest.mark.parametrize(("minus_mean", "name"), [(False, "naive_share"), (True, "naive_share_minus_year_mean")])
def test_michigan_districts_that_changed_nothing_are_flagged_in_these_shares(fall, minus_mean, name, reference):
    michigan = samples.load("michigan_math4")
    assert round(dip.naive(michigan, fall=fall, minus_year_mean=minus_mean).share, 3) == reference[name, fall]


def test_a_fall_that_comes_back_is_flagged_with_its_year_and_size():
    row = dip.naive(districts(A=[60, 54, 55, 60])).table.iloc[0]
    assert (row["district"], row["flagged"], row["fall_year"], row["fall"], row["note"]) == ("A", True, 2002, 6.0, "")


def test_a_fall_just_large_enough_counts_and_a_smaller_one_does_not():
    assert flagged(districts(A=[60, 55, 60], B=[60, 55.1, 60])) == ["A"]


def test_a_fall_that_does_not_come_back_in_time_is_not_flagged():
    table = districts(A=[60, 50, 51, 52, 60], B=[60, 50, 51, 52, 53, 60], C=[60, 50, 51, 59.9])
    assert flagged(table) == ["A"]
    assert flagged(table, back_within=4) == ["A", "B"]


def test_a_gap_is_passed_over_and_time_runs_on_through_it():
    assert flagged(districts(A=[60, np.nan, 50, 60])) == ["A"]
    assert flagged(districts(A=[60, 50, np.nan, np.nan, np.nan, 60])) == []


def test_a_fall_of_all_districts_alike_disappears_with_the_year_mean():
    table = districts(A=[60, 50, 60], B=[70, 60, 70], C=[65, 55, 65])
    assert flagged(table) == ["A", "B", "C"]
    assert flagged(table, minus_year_mean=True) == []


def test_without_a_flag_the_row_says_so(without_reason):
    result = dip.naive(districts(A=[60, 61, 62]))
    assert result.table["note"].tolist() == ["no fall that came back"]
    assert not without_reason(result)


def test_the_order_of_rows_plays_no_part():
    table = districts(A=[60, 54, 55, 60], B=[60, 61, 62, 63])
    pd.testing.assert_frame_equal(dip.naive(table.sample(frac=1, random_state=1)).table, dip.naive(table).table)


def test_the_callers_table_is_left_alone():
    table = districts(A=[60, 54, 60])
    before = table.copy(deep=True)
    dip.naive(table, minus_year_mean=True)
    pd.testing.assert_frame_equal(table, before)


def test_the_text_warns_that_noise_does_that_too():
    text = dip.naive(districts(A=[60, 54, 60], B=[60, 61, 62])).text
    assert text.startswith(
        "The naive rule flags 50% of 2 districts: a fall of at least 5 points, made good within 3 years."
    )
    assert "a flag is no evidence of a dip" in text


@pytest.mark.parametrize("wrong", [{"fall": 0}, {"fall": -1}, {"fall": np.nan}, {"fall": "5"}, {"back_within": 0}])
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(CbeError, match=r"`fall` must be a number above 0 and `back_within` at least 1\. Found"):
        dip.naive(districts(A=[60, 54, 60]), **wrong)


TABLE = districts(A=[60, 54, 60], B=[60, 61, 62])
REFUSALS = {
    "no table": (None, "must be a pandas DataFrame"),
    "no rows": (TABLE.iloc[:0], "`outcomes` has no rows"),
    "no district": (TABLE.drop(columns="district_id"), "no column 'district_id'"),
    "blank district": (TABLE.assign(district_id=[None, *"ABBBB"]), r"'district_id' .* blank in 1 row \(index 0\)"),
    "same year": (pd.concat([TABLE, TABLE.iloc[:1]]), r"2 rows \(index 0, 0\) share a district and a year"),
    "text": (TABLE.assign(value="*"), "'value' .* text or dates in 6 rows"),
    "above 100": (TABLE.assign(value=101.0), "'value' .* range 0 to 100 in 6 rows"),
    "column twice": (pd.concat([TABLE, TABLE["district_id"]], axis=1), "more than one column named 'district_id'"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_read_is_refused_by_column_and_row(case):
    table, message = REFUSALS[case]
    with pytest.raises(CbeError, match=message):
        dip.naive(table)
