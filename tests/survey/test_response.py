"""Response rates with exact intervals, small cells hidden, and respondents beside the roster."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import survey
from cbe_lib.errors import CbeError


def people(**counts):
    return pd.DataFrame({"role": [role for role, count in counts.items() for _ in range(count)]})


def rates(came, asked, **options):
    return survey.response_rate(came, asked, **options).table.set_index("role")


@pytest.mark.parametrize(
    ("responded", "invited", "limits"),
    # Clopper-Pearson from R: binom.test(15, 20), binom.test(20, 20)
    [(15, 20, (0.5089541, 0.9134285)), (20, 20, (0.8315665, 1.0))],
)
def test_exact_limits(responded, invited, limits):
    row = rates(people(teacher=responded), people(teacher=invited)).loc["teacher"]
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(limits, abs=1e-6)


def test_a_roster_may_hold_counts():
    counted = pd.DataFrame({"role": ["teacher", "family"], "people": [40, 200]})
    came = people(teacher=20, family=50)
    listed = rates(came, people(teacher=40, family=200))
    pd.testing.assert_frame_equal(rates(came, counted, invited="people"), listed)


def test_a_small_group_is_hidden_and_so_is_the_next_that_would_give_it_away():
    found = rates(people(teacher=40, family=30, leader=4), people(teacher=50, family=90, leader=6))
    assert found.loc[["family", "leader"], ["invited", "responded", "rate"]].isna().all(axis=None)
    assert found.loc["teacher", "rate"] == 0.8
    assert found.loc["leader", "reason"].startswith("Fewer than 10")


def test_more_answers_than_people_is_a_row_with_a_reason():
    row = rates(people(teacher=30), people(teacher=20)).loc["teacher"]
    assert np.isnan(row["rate"])
    assert "More answers than people" in row["reason"]


def test_nobody_answered():
    found = survey.response_rate(people(teacher=12).iloc[:0], people(teacher=20))
    assert found.table["reason"].str.startswith("Fewer than 10").all()
    assert "0 of 20" in found.text


def test_shares_beside_the_roster_by_hand():
    asked, came = people(teacher=50, family=150), people(teacher=40, family=40)
    found = survey.response_rate(came, asked).representativeness.set_index("value")
    row = found.loc["teacher"]
    assert (row["roster_share"], row["respondent_share"]) == (0.25, 0.5)
    assert row["standardized_difference"] == pytest.approx(0.25 / np.sqrt(0.25 * 0.75))
    # chi squared of (40, 40; 10, 110) is 44.44: p = 2.6e-11
    assert row["p_value"] == pytest.approx(2.62e-11, rel=0.01)


def test_people_who_answer_at_random_are_seldom_called_unlike():
    rng = np.random.default_rng(1)
    asked = pd.DataFrame({"role": np.repeat(["teacher", "family", "leader"], [60, 60, 8])})
    p_values = [
        survey.response_rate(asked[rng.random(len(asked)) < 0.4], asked, seed=place).representativeness["p_value"][0]
        for place in range(60)
    ]
    assert np.mean(np.array(p_values) < 0.1) <= 0.2


def test_a_respondent_in_many_rows_counts_once():
    long = pd.DataFrame(
        {"respondent": np.repeat(range(15), 2), "item_id": ["x", "y"] * 15, "answer": 3, "role": "teacher"}
    )
    assert rates(long, people(teacher=20)).loc["teacher", "responded"] == 15


def test_groups_unknown_to_the_roster_are_named():
    with pytest.raises(CbeError, match=r"'teachers'.*looks like 'teacher'"):
        survey.response_rate(people(teachers=12), people(teacher=20))


@pytest.mark.parametrize("bad", [-1, 2.5, "many"])
def test_counts_must_be_counts(bad):
    with pytest.raises(CbeError, match="no number of people"):
        survey.response_rate(people(a=1), pd.DataFrame({"role": ["a"], "n": [bad]}), invited="n")


def test_the_sentence_warns_where_groups_answered_at_different_rates():
    found = survey.response_rate(people(teacher=45, family=30), people(teacher=50, family=200))
    assert "from 15% (family) to 90% (teacher)" in found.text
    assert "differ from those who did not by role" in found.text
