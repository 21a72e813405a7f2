import re

import pytest

from cbe_lib.widgets import pace as explorer
from cbe_lib.widgets import pace_explorer, placement_explorer


def moved(shown, label, value):
    controls, sentence, picture = shown.children
    before = (sentence.value, picture.value)
    next(each for each in controls.children if each.description == label).value = value
    return sentence.value != before[0] and picture.value != before[1]


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Days watched", 600),
        ("True days a level", 150),
        ("Unequal speed", 0.1),
        ("Students", 40),
        ("Try again: draw", 2),
    ],
)
def test_each_control_of_pace_moves_picture_and_sentence(label, value):
    assert moved(pace_explorer(), label, value)


@pytest.mark.parametrize(("label", "value"), [("Score (levels)", 5.2), ("Standard error", 0.5)])
def test_score_and_error_move_picture_and_sentence(label, value):
    assert moved(placement_explorer(), label, value)


def test_expectation_and_cut_are_told():
    assert "1 level lower" in explorer.placed(score=6.5, expected=5)[1]
    assert "clear" in explorer.placed(score=5.9, cut=0.5)[1]
    assert "look again" in explorer.placed(score=5.9, cut=0.9)[1]


def test_a_score_without_error_is_a_sentence_not_a_traceback():
    shown = placement_explorer()
    shown.children[0].children[1].value = 0
    assert "Not possible" in shown.children[1].value


def test_finished_levels_alone_look_faster_than_the_truth():
    sentence = explorer.watched(days=250, students=300)[1]
    finished = int(re.search(r"alone take (\d+) days", sentence).group(1))
    assert finished < 220
    assert sentence.endswith("The truth: 250 days.")
