"""Long answers turned wide, and what is refused on the way."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import survey
from cbe_lib.errors import CbeError
from tests.survey.conftest import staff


def long_of(wide, **known):
    return wide.melt("respondent", var_name="item_id", value_name="answer").assign(**known)


def test_a_row_an_answer_becomes_a_row_a_respondent():
    expected = staff(np.random.default_rng(1), 20)
    found = survey.wide(long_of(expected)).set_index("respondent").loc[expected["respondent"]].reset_index()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_two_waves_are_two_rows():
    one = staff(np.random.default_rng(1), 3)
    both = pd.concat([long_of(one, wave="fall"), long_of(one, wave="spring")])
    assert survey.wide(both)["wave"].tolist() == ["fall"] * 3 + ["spring"] * 3


def test_long_answers_may_be_passed_wherever_wide_ones_may():
    wide = staff(np.random.default_rng(1), 40)
    a, b = survey.reliability(wide).table, survey.reliability(long_of(wide)).table
    pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "safety_1", 4), ("a", "safety_1", 5)], r"answered one item more than once in 2 rows \(index 0, 1\)"),
        ([("a", "safety_1", 6)], r"outside the scale of its item in 1 row.*'safety_1' runs from 1 to 5; found 6"),
        ([("a", "confusion_1", 11)], "'confusion_1' runs from 0 to 10"),
        ([("a", "safety_1", "often")], "not a number"),
        ([(None, "safety_1", 4)], "'respondent' is empty"),
        ([("a", None, 4)], "'item_id' is empty"),
    ],
)
def test_impossible_answers_are_refused_with_their_rows(rows, message):
    with pytest.raises(CbeError, match=message):
        survey.wide(pd.DataFrame(rows, columns=["respondent", "item_id", "answer"]))


def test_one_person_cannot_have_two_roles():
    rows = pd.DataFrame({"respondent": "a", "item_id": ["x", "y"], "answer": 3, "role": ["teacher", "family"]})
    with pytest.raises(CbeError, match="What is known about one respondent differs"):
        survey.wide(rows)


def test_a_column_twice_is_refused():
    with pytest.raises(CbeError, match="more than one column 'a'"):
        survey.reliability(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_a_survey_of_ones_own_is_checked_when_it_is_read(tmp_path):
    (tmp_path / "own.toml").write_text("title = 3")
    with pytest.raises(CbeError, match=r"own\.toml"):
        survey.load(tmp_path / "own.toml")
