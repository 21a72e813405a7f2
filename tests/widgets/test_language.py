import re

import pytest

from cbe_lib.widgets import calibration_explorer, habits_explorer
from cbe_lib.widgets import language as explorer


def moved(shown, label, value):
    controls, sentence, picture = shown.children
    before = (sentence.value, picture.value)
    next(each for each in controls.children if each.description == label).value = value
    return sentence.value != before[0] and picture.value != before[1]


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Pieces of work", 120),
        ("Blur (levels)", 1.2),
        ("Second is harsher (levels)", 1),
        ("Spread of the work", 0.3),
        ("Try again: draw", 2),
    ],
)
def test_each_control_of_double_scoring_moves_picture_and_sentence(label, value):
    assert moved(calibration_explorer(), label, value)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Habits truly count", 0.3),
        ("Error of evidence", 0.8),
        ("Habits go with skill", 0),
        ("Students", 300),
        ("Try again: draw", 2),
    ],
)
def test_each_control_of_habits_moves_picture_and_sentence(label, value):
    assert moved(habits_explorer(), label, value)


def test_agreement_of_work_all_alike_is_high_and_mostly_luck():
    sentence = explorer.double_scored(pieces=300, spread=0.2, blur=0.2)[1]
    same, luck = (int(each) for each in re.findall(r"on (\d+)%", sentence))
    assert same > 80
    assert luck > 75


def test_a_harsher_teacher_is_told_with_the_planted_size():
    assert "planted: 1.0 less" in explorer.double_scored(harsher=1.0)[1]


def test_error_of_evidence_makes_habits_look_as_if_they_counted():
    assert explorer.habits_seen(error=0.0)[1].startswith("Synthetic. No sign that habits color")
    sentence = explorer.habits_seen(error=0.8)[1]
    assert sentence.startswith("Synthetic. Habits color the levels")
    assert sentence.endswith("The truth: 0.00 levels were planted.")
