"""Planted carelessness is found, careful answers are left in peace, and nothing is deleted."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import survey
from cbe_lib.errors import CbeError
from tests.survey.conftest import staff


def by_rule(found):
    return found.table.set_index("rule")


def test_straight_lines_through_reversed_items_are_found_twice():
    answers = staff(np.random.default_rng(1), 200)
    answers.iloc[:6, 1:23] = 5
    found = by_rule(survey.flags(answers))
    planted = tuple(f"p{place}" for place in range(6))
    assert found.loc["straight_line", "respondents"] == planted
    assert set(planted) <= set(found.loc["contradictory", "respondents"])


def test_a_straight_line_in_the_middle_contradicts_nothing():
    answers = staff(np.random.default_rng(1), 200)
    answers.iloc[:6, 1:23] = 3
    found = by_rule(survey.flags(answers))
    assert found.loc["straight_line", "count"] == 6
    assert not set(found.loc["contradictory", "respondents"]) & {f"p{place}" for place in range(6)}


def test_copies_are_found():
    answers = staff(np.random.default_rng(1), 200)
    answers.iloc[[10, 20], 1:] = answers.iloc[[30], 1:].to_numpy()
    row = by_rule(survey.flags(answers)).loc["identical"]
    assert row["respondents"] == ("p10", "p20", "p30")
    assert row["reason"] == ""
    assert row["expected"] < 0.1


def test_expected_counts_are_what_careful_answers_bring():
    rng = np.random.default_rng(2)
    answers = staff(rng, 4000)[
        [
            "respondent",
            *[f"acceptance_{place}" for place in (1, 2, 3)],
            "ownership_1",
            "ownership_2",
            "safety_1",
            "safety_2",
        ]
    ]
    row = by_rule(survey.flags(answers)).loc["straight_line"]
    assert row["count"] == pytest.approx(row["expected"], rel=0.35)
    assert row["count"] > 40


def test_careful_staff_are_seldom_flagged():
    found = by_rule(survey.flags(staff(np.random.default_rng(3), 4000)))
    assert found.loc["straight_line", "count"] <= 4
    assert found.loc["contradictory", "count"] <= 12
    assert found.loc["identical", "count"] == 0


def test_identical_short_forms_are_no_more_than_chance():
    answers = staff(np.random.default_rng(4), 400).filter(regex="respondent|trust|safety_[12]|ownership_[12]")
    row = by_rule(survey.flags(answers.drop(columns=["trust_community_1"]))).loc["identical"]
    assert row["count"] > 0
    assert row["reason"].startswith("No more than careful answers")


def test_a_code_twice_in_a_wave_is_flagged_but_not_across_waves():
    answers = staff(np.random.default_rng(1), 4).assign(
        link_code=["owl", "owl", "owl", None], wave=["fall", "fall", "spring", "fall"]
    )
    assert by_rule(survey.flags(answers)).loc["same_link", "respondents"] == ("p0", "p1")


def test_answers_faster_than_reading_are_flagged():
    answers = staff(np.random.default_rng(1), 4).assign(seconds=[51, 53, 300, np.nan])
    assert by_rule(survey.flags(answers)).loc["too_fast", "respondents"] == ("p0",)


def test_rules_that_could_not_be_checked_say_why():
    found = by_rule(survey.flags(pd.DataFrame({"a": [1, 2], "b": [2, 3]})))
    assert found["reason"].ne("").all()
    assert found["count"].eq(0).all()


def test_each_role_is_judged_by_itself():
    answers = staff(np.random.default_rng(1), 60).assign(role=["teacher", "leader"] * 30)
    assert survey.flags(answers).table["role"].tolist() == ["leader"] * 3 + ["teacher"] * 3 + ["everyone"] * 2


def test_the_table_of_answers_is_left_as_it_was():
    answers = staff(np.random.default_rng(1), 30)
    before = answers.copy()
    assert "Nothing was deleted" in survey.flags(answers.assign(seconds=1)).text
    pd.testing.assert_frame_equal(answers, before)


@pytest.mark.parametrize("options", [{"run": 0}, {"run": 1.5}, {"fastest": -1}])
def test_impossible_thresholds_are_refused(options):
    with pytest.raises(CbeError, match="`run` must lie"):
        survey.flags(staff(np.random.default_rng(1), 10), **options)
