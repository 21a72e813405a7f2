import re

import pytest

from cbe_lib.widgets import agency as explorer
from cbe_lib.widgets import agency_explorer, balance_explorer


def moved(shown, label, value):
    controls, sentence, picture = shown.children
    before = (sentence.value, picture.value)
    next(each for each in controls.children if each.description == label).value = value
    return sentence.value != before[0] and picture.value != before[1]


@pytest.mark.parametrize(
    ("label", "value"), [("Items", 5), ("Students a school", 60), ("Noise of an answer", 2), ("Try again: draw", 2)]
)
def test_each_control_of_the_survey_moves_picture_and_sentence(label, value):
    assert moved(agency_explorer(), label, value)


@pytest.mark.parametrize("label", ["To learn (minutes)", "To move on (minutes)", "To report (minutes)"])
def test_each_control_of_the_balance_moves_picture_and_sentence(label):
    assert moved(balance_explorer(), label, 900)


def test_a_year_without_assessment_is_a_sentence_not_a_traceback():
    shown = balance_explorer()
    for control in shown.children[0].children:
        control.value = 0
    assert "Not possible" in shown.children[1].value


def test_more_items_and_students_put_schools_into_their_true_order():
    def wrong(**form):
        told = [re.search(r"and (\d+) of 28 pairs", explorer.surveyed(draw=draw, **form)[1]) for draw in range(1, 9)]
        return sum(int(each.group(1)) for each in told if each)

    assert wrong(items=8, students=100) < wrong(items=1, students=10)


def test_one_item_has_no_consistency():
    assert "Consistency cannot be told: a scale of one item" in explorer.surveyed(items=1)[1]
