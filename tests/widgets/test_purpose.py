import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import citations_explorer, hybrid_tester
from cbe_lib.widgets.purpose import EVERYBODY, cited, stress

PLAN = {"students_first": 1, "errors_teach": 1, "common_purpose": -1, "time_varies": 1, "open_doors": 1}


def controls(explorer):
    return {each.description: each for each in explorer.children[0].children}


@pytest.mark.parametrize(
    ("label", "value"), [("District", "00313"), ("Apart by", "topic"), ("Principle", "open-doors")]
)
def test_each_control_moves_the_shares_and_their_sentence(label, value):
    explorer = citations_explorer()
    before = [child.value for child in explorer.children[1:]]
    controls(explorer)[label].value = value
    assert all(child.value != was for child, was in zip(explorer.children[1:], before, strict=True))


def test_shares_are_counted_by_decision_not_by_principle():
    assert "86 of 120 decisions (72%; 63% to 79%)" in cited()[1]


def test_all_districts_together_show_the_board_below_the_classrooms():
    sentence = cited(district=EVERYBODY)[1]
    assert "Lowest: board, 76 of 165 (46%" in sentence
    assert "do not overlap" in sentence


def test_district_without_decisions_becomes_a_sentence():
    with pytest.raises(CbeError, match="no decision of district '00023'"):
        cited(district="00023")


def test_one_core_principle_undermined_outweighs_four_supported():
    assert stress(**PLAN)[1] == ("Average +0.60, verdict reject: a core principle is undermined (common-purpose).")


def test_average_and_test_are_said_to_disagree():
    assert stress(rule="the average decides", **PLAN)[1].endswith("The two disagree.")


def test_moving_one_effect_changes_the_verdict():
    tester = hybrid_tester()
    assert "verdict adopt" in tester.children[1].value
    controls(tester)["Open-doors"].value = -1
    assert "verdict time-limit" in tester.children[1].value
