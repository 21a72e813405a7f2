import pandas as pd
import pytest

from cbe_lib.errors import CbeError
from cbe_lib.themes import agency


def fits(*rows):
    return pd.DataFrame(rows, columns=["principle", "practice", "fit"])


def spent(**minutes):
    named = {"learn": "to learn from", "move": "to move on", "report": "to report"}
    rows = [(name, named[name], each) for name, each in minutes.items()]
    return pd.DataFrame(rows, columns=["name", "purpose", "minutes"])


def rules(*rows):
    return pd.DataFrame(rows, columns=["policy", "area", "allows"])


def test_one_practice_against_a_principle_is_not_made_up_for():
    table = agency.coherence(fits(("p", "a", 1), ("p", "b", 1), ("p", "c", -1))).table
    assert table["status"].tolist() == ["contradicted"]
    assert table[["carried_by", "against"]].to_numpy().tolist() == [["a; b", "c"]]


def test_principles_without_bearing_are_not_carried():
    assert agency.coherence(fits(("p", "a", 0))).table["status"].tolist() == ["not carried"]


def test_raters_who_differ_in_sign_are_shown():
    assert agency.coherence(fits(("p", "a", 1), ("p", "a", 1), ("p", "a", -1))).table["disputed"].tolist() == ["a"]


def test_a_fit_outside_the_scale_is_refused_with_its_row():
    with pytest.raises(CbeError, match=r"must be -1, 0 or 1 in 1 rows \(index 1\)\. Found 2"):
        agency.coherence(fits(("p", "a", 1), ("p", "b", 2)))


def test_shares_of_assessment_time_are_compared_with_the_limits():
    table = agency.assessment_balance(spent(learn=50, move=20, report=30)).table
    assert table["share"].tolist() == [0.5, 0.2, 0.3]
    assert table["status"].tolist() == ["within", "within", "above"]


def test_limits_can_be_our_own():
    own = {"to learn from": (0.9, 1.0)}
    assert agency.assessment_balance(spent(learn=50, report=50), norms=own).table["status"].iloc[0] == "below"


@pytest.mark.parametrize("minutes", [-1, 0, "many"])
def test_impossible_minutes_are_refused(minutes):
    with pytest.raises(CbeError, match="'minutes' of `assessments`"):
        agency.assessment_balance(spent(learn=minutes))


def test_an_unknown_purpose_is_refused():
    with pytest.raises(CbeError, match="no purpose of assessment named 'fun'"):
        agency.assessment_balance(spent(learn=1).assign(purpose="fun"))


def test_policies_that_contradict_each_other_are_named():
    found = agency.permissions(rules(("P1", "pace", "student decides"), ("P2", "pace", "on request")))
    assert found.table["status"].tolist() == ["policies disagree"]
    assert "contradict each other on pace" in found.text


def test_areas_are_open_or_closed_where_policies_agree():
    table = agency.permissions(rules(("P1", "pace", "student decides"), ("P1", "place", "not allowed"))).table
    assert table.set_index("area")["status"].to_dict() == {"pace": "open", "place": "closed"}


def test_one_policy_that_says_two_things_is_refused():
    with pytest.raises(CbeError, match="Listed twice: P1 on pace"):
        agency.permissions(rules(("P1", "pace", "student decides"), ("P1", "pace", "on request")))


@pytest.mark.parametrize(
    ("function", "table"),
    [(agency.coherence, fits()), (agency.assessment_balance, spent()), (agency.permissions, rules())],
)
def test_empty_tables_are_refused(function, table):
    with pytest.raises(CbeError, match="has no rows"):
        function(table)
