import pytest

from cbe_lib.widgets import practice_explorer, run_chart_explorer
from cbe_lib.widgets import teachers as explorer


def moved(shown, label, value):
    controls, sentence, picture = shown.children
    before = (sentence.value, picture.value)
    next(each for each in controls.children if each.description == label).value = value
    return sentence.value != before[0] and picture.value != before[1]


@pytest.mark.parametrize(
    ("label", "value"),
    [("Planted change (points)", 10), ("Weeks after", 20), ("Carry-over", 0.6), ("Try again: draw", 2)],
)
def test_each_control_of_the_run_chart_moves_picture_and_sentence(label, value):
    assert moved(run_chart_explorer(), label, value)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Ten hours add (points)", 8),
        ("Keen teachers (points)", 10),
        ("Teachers a school", 20),
        ("Try again: draw", 2),
    ],
)
def test_each_control_of_practice_moves_picture_and_sentence(label, value):
    assert moved(practice_explorer(), label, value)


def test_a_large_lasting_change_is_a_shift_to_the_good_side():
    assert "the good side" in explorer.charted(change=15)[1]


def test_keen_teachers_make_hours_look_as_if_they_worked():
    sentence = explorer.practiced(gain=0, keen=10, each=30)[1]
    assert sentence.startswith("Synthetic. Time for learning goes with more use")
    assert sentence.endswith("The truth: ten hours add 0 points.")


def test_few_teachers_cannot_tell():
    assert "Cannot tell what hours of learning go with" in explorer.practiced(each=1)[1]
