"""Suppression: what is hidden, in which words, what counts as a total, and which input is refused."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import privacy
from cbe_lib.errors import CbeError

GENDER = pd.DataFrame(
    {"subgroup": ["all students", "female", "male"], "n_tested": [40, 34, 6], "value": [55.0, 50.0, 83.3]}
)


def grid(rows, columns="xyzw", totals=True):
    """A table of counts as a long frame, with its margins."""
    inner = pd.DataFrame(rows, columns=list(columns[: len(rows[0])])).rename_axis("school")
    if totals:
        inner = inner.assign(all=inner.sum(axis=1))
        inner.loc["all"] = inner.sum()
    return inner.rename_axis(columns="group").stack().rename("n").reset_index().astype({"school": "str"})


def hide(frame, **how):
    return privacy.suppress(frame, **{"by": ["school", "group"], "count": "n", "totals": "all", **how})


def hidden_cells(result, kind):
    found = result.hidden[result.hidden["kind"] == kind]
    return set(zip(found["school"], found["group"], strict=True))


def test_one_small_cell_takes_the_cheapest_rectangle_with_it():
    found = hide(grid([[3, 90, 40], [20, 80, 70], [60, 30, 50]]))
    assert hidden_cells(found, "primary") == {("0", "x")}
    assert hidden_cells(found, "complementary") == {("0", "z"), ("1", "x"), ("1", "z")}


def test_two_small_cells_that_add_up_to_a_small_group_need_a_third():
    found = privacy.suppress(
        pd.DataFrame({"group": ["a", "b", "c", "d", "all"], "n": [3, 4, 20, 30, 57]}),
        by=["group"], count="n", totals="all",
    )  # fmt: skip
    assert found.hidden["group"].tolist() == ["a", "b", "c"]


def test_two_small_cells_that_together_are_large_enough_need_no_third():
    table = pd.DataFrame({"group": ["a", "b", "c", "all"], "n": [8, 4, 30, 42]})
    assert privacy.suppress(table, by=["group"], count="n", totals="all").hidden["group"].tolist() == ["a", "b"]


def test_without_totals_only_small_groups_are_hidden():
    found = hide(grid([[3, 90], [20, 80]], totals=False))
    assert found.hidden["kind"].tolist() == ["primary"]


def test_totals_known_from_elsewhere_count_although_no_row_shows_them():
    found = hide(grid([[3, 90, 40], [20, 80, 70]], totals=False), known_totals=["school", "group"])
    assert len(hidden_cells(found, "complementary")) == 3


def test_a_group_that_known_totals_give_away_is_reported():
    found = hide(grid([[3, 0], [20, 80]], totals=False), known_totals=["school", "group"])
    assert any("cannot be fully protected" in note for note in found.notes)


def test_empty_groups_are_shown():
    found = hide(grid([[0, 90], [20, 80]]))
    assert len(found.hidden) == 0
    assert "may be shown" in found.text


def test_a_group_that_only_subtraction_names_is_protected():
    table = pd.DataFrame({"subgroup": ["all students", "English learners"], "n_tested": [40, 36]})
    found = privacy.suppress(table, by=["subgroup"], totals="all students")
    assert found.hidden[["subgroup", "kind"]].to_numpy().tolist() == [["English learners", "complementary"]]


def test_overlapping_groups_are_not_taken_for_parts_of_one_whole():
    labels = ["all students", "female", "male", "English learners", "gifted"]
    table = pd.DataFrame({"subgroup": labels, "n_tested": [100, 52, 48, 40, 30]})
    found = privacy.suppress(table, by=["subgroup"], totals="all students")
    assert len(found.hidden) == 0
    assert "female, male are read as parts of one whole" in found.notes[0]
    assert "English learners, gifted" in found.notes[1]


def test_declared_groups_take_the_place_of_the_known_ones():
    labels = ["all", "red", "blue", "tall"]
    table = pd.DataFrame({"team": labels, "n": [60, 55, 5, 40]})
    found = privacy.suppress(table, by=["team"], count="n", totals="all", groups={"team": [["red", "blue"]]})
    assert found.hidden["team"].tolist() == ["red", "blue"]


def test_a_blank_label_is_a_total():
    table = GENDER.assign(subgroup=[None, "female", "male"])
    assert len(privacy.suppress(table, by=["subgroup"]).hidden) == 2


def test_a_hidden_row_loses_every_number_and_keeps_what_describes_it():
    table = GENDER.assign(raw_cell=["55", "50", "83.3*"], source_id="state file")
    found = privacy.suppress(table, by=["subgroup"], values=["value"], totals="all students", keep=["source_id"])
    hidden = found.table.iloc[1:]
    assert hidden[["n_tested", "value", "raw_cell"]].isna().all(axis=None)
    assert hidden["source_id"].tolist() == ["state file"] * 2
    assert found.notes[-1] == "Blank in hidden rows: n_tested, value, raw_cell."


def test_what_leaves_does_not_tell_small_groups_from_the_others():
    found = privacy.suppress(GENDER, by=["subgroup"], values=["value"], totals="all students")
    assert found.table["suppressed_reason"].iloc[1:].nunique() == 1
    assert "primary" not in found.table.to_string() + found.text


def test_the_owners_list_says_which_and_why():
    found = privacy.suppress(GENDER, by=["subgroup"], totals="all students").hidden
    assert found["why"].tolist() == ["would give away a hidden group", "fewer than 10 students"]
    assert found["n_tested"].tolist() == [34, 6]


def test_rows_that_were_blank_before_keep_their_reason_and_are_counted():
    table = pd.DataFrame({"school": ["a", "b"], "n": [None, 30], "suppressed_reason": ["by the state", None]})
    found = privacy.suppress(table, by=["school"], count="n")
    assert found.table["suppressed_reason"].iloc[0] == "by the state"
    assert "1 was blank before" in found.text


def test_a_cell_that_the_state_hid_badly_is_protected():
    table = pd.DataFrame({"group": ["a", "b", "c", "all"], "n": [None, 25, 30, 61]})
    found = privacy.suppress(table, by=["group"], count="n", totals="all")
    assert found.table["n"].isna().sum() == 2


def test_the_same_students_under_two_metrics_are_hidden_in_both():
    one = grid([[3, 90, 40], [20, 80, 70]])
    both = pd.concat([one.assign(metric="proficient"), one.assign(metric="advanced")], ignore_index=True)
    found = hide(both, by=["school", "group", "metric"], alike=["metric"])
    first, second = (
        found.table[found.table["metric"] == name]["n"].isna().to_numpy() for name in ("proficient", "advanced")
    )
    assert (first == second).all()


def test_a_hidden_rate_is_not_given_away_by_hidden_groups_that_all_have_it():
    # Of the 16 who are left when c is taken away nobody is proficient.
    table = pd.DataFrame({"group": [*"abcd", "all"], "n": [6, 10, 40, 20, 76], "value": [0, 0, 50, 50, 39.474]})
    found = privacy.suppress(table, by=["group"], count="n", values=["value"], totals="all")
    assert found.hidden["group"].tolist() == ["a", "b", "d"]


def test_a_floor_hides_rates_that_too_few_reach():
    table = pd.DataFrame({"group": ["a", "b"], "n": [30, 30], "value": [100.0, 50.0]})
    assert len(privacy.suppress(table, by=["group"], count="n", values=["value"]).hidden) == 0
    found = privacy.suppress(table, by=["group"], count="n", values=["value"], floor=1)
    assert found.hidden[["group", "why"]].to_numpy().tolist() == [["a", "a rate that fewer than 1 reach or miss"]]


@pytest.mark.parametrize("min_n", [5, 10, 20])
def test_the_smallest_group_is_the_callers_choice(min_n):
    found = hide(grid([[4, 9, 19, 40], [50, 60, 70, 80]]), min_n=min_n)
    assert found.hidden.loc[found.hidden["kind"] == "primary", "n"].max() < min_n
    assert not found.table["n"].lt(min_n).any()


def test_the_order_of_rows_does_not_change_what_is_hidden():
    frame = grid([[3, 90, 40, 12], [20, 5, 70, 31], [60, 30, 50, 8]])
    first, second = hide(frame).hidden, hide(frame.sample(frac=1, random_state=1)).hidden
    assert set(map(tuple, first.to_numpy())) == set(map(tuple, second.to_numpy()))


def test_the_same_table_is_hidden_alike_every_time():
    frame = grid([[3, 90, 40, 12], [20, 5, 70, 31], [60, 30, 50, 8]])
    pd.testing.assert_frame_equal(hide(frame).table, hide(frame).table)


def test_the_callers_table_is_left_as_it_is():
    before = GENDER.copy()
    privacy.suppress(GENDER, by=["subgroup"], totals="all students")
    pd.testing.assert_frame_equal(GENDER, before)


@pytest.mark.parametrize(
    ("frame", "how", "problem"),
    [
        (GENDER, {"min_n": 1}, "`min_n` must be a whole number, 2 or more"),
        (GENDER, {"floor": -1}, "`floor` must be"),
        (GENDER, {"count": "n"}, "has no column 'n'"),
        (GENDER.assign(n_tested=[40, 34.5, 6]), {}, "whole numbers of students"),
        (GENDER.assign(n_tested=["40", "many", "6"]), {}, "'many' in 1 row"),
        (GENDER.assign(value=[55, 50, 140]), {"values": ["value"]}, "between 0 and 100"),
        (pd.concat([GENDER, GENDER.iloc[:1]]), {}, "Two rows describe one group"),
        (GENDER.assign(n_tested=[30, 34, 6]), {"groups": {"subgroup": [["female", "male"]]}}, "more students than"),
        (GENDER.assign(student_hash=["a", "b", "c"]), {}, "about persons"),
    ],
)
def test_mistakes_are_named(frame, how, problem):
    with pytest.raises(CbeError, match=problem):
        privacy.suppress(frame, **{"by": ["subgroup"], "totals": "all students", **how})


def test_an_audit_names_what_is_shown_recovered_or_narrowed():
    table = pd.DataFrame({"group": ["a", "b", "c", "d", "all"], "n": [np.nan, np.nan, 4, 30, 39]})
    found = privacy.check(table, by=["group"], count="n", totals="all").table.set_index("group")
    assert found["finding"].to_dict() == {"a": "narrowed", "b": "narrowed", "c": "shown"}
    assert found.loc["a", ["lowest", "highest"]].tolist() == [1, 4]


def test_an_audit_finds_a_rate_that_is_given_away():
    table = pd.DataFrame(
        {"group": ["a", "b", "c", "all"], "n": [None, None, 40, 60], "value": [None, None, 50, 100 / 3]}
    )
    found = privacy.check(table, by=["group"], count="n", values=["value"], totals="all").table
    assert found["finding"].tolist() == ["rate recovered"] * 2


def test_an_audit_finds_the_group_that_subtraction_names():
    table = pd.DataFrame({"subgroup": ["all", "English learners"], "n": [40, 36]})
    found = privacy.check(table, by=["subgroup"], count="n", totals="all").table
    assert found.to_numpy().tolist() == [["(not English learners)", 4, 4, "recovered"]]


def test_an_audit_of_contradicting_counts_says_so():
    table = pd.DataFrame({"group": ["a", "b", "c"], "n": [None, 50, 30], "all": 1})
    table.loc[3] = ["all", 60, 1]
    with pytest.raises(CbeError, match="contradict"):
        privacy.check(table, by=["group"], count="n", totals="all", groups={"group": [["a", "b", "c"]]})
