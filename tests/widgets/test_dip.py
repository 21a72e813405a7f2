import pytest
from ipywidgets import Dropdown

from cbe_lib.widgets import dip as explorer
from cbe_lib.widgets import dip_explorer


@pytest.fixture
def shown():
    return dip_explorer()


def page(shown, number):
    controls, sentence, picture = shown.children[1].children[number].children
    return {control.description: control for control in controls.children}, sentence, picture


MOVES = [
    (0, "What happened", "permanent"),
    (0, "Depth (points)", 12),
    (0, "Years before", 10),
    (0, "Years after", 10),
    (0, "Students tested", 40),
    (0, "Other noise (points)", 4),
    (0, "Try again: draw", 2),
    (0, "Show the truth", True),
    (1, "Smallest to largest", 550),
    (1, "Pretended rollout", 1996),
    (2, "Subject", "mathematics"),
]


@pytest.mark.parametrize(("number", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(shown, number, label, value):
    controls, sentence, picture = page(shown, number)
    before = (sentence.value, picture.value)
    controls[label].value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1].partition(">")[0]


def test_moves_above_are_all_the_controls_there_are(shown):
    assert {(number, label) for number in range(3) for label in page(shown, number)[0]} == {
        (number, label) for number, label, _ in MOVES
    }


def test_choice_of_district_turns_the_page(shown):
    choice = shown.children[0].children[0]
    assert isinstance(choice, Dropdown)
    choice.value = 2
    assert shown.children[1].selected_index == 2


def test_moving_controls_leaves_no_figure_in_pyplot(shown):
    import matplotlib.pyplot as plt

    page(shown, 0)[0]["Depth (points)"].value = 9
    assert plt.get_fignums() == []


def test_truth_is_told_only_when_asked_for():
    assert "The truth" not in explorer.made_up()[1]
    assert "a dip of 6.0 points was planted, deepest in 2016" in explorer.made_up(show_truth=True)[1]


def test_no_change_at_all_is_told_as_such():
    assert explorer.made_up(shape="none", show_truth=True)[1].endswith("The truth: no dip was planted.")


def test_too_few_years_are_a_reason_not_a_curve():
    figure, sentence = explorer.made_up(years_before=2)
    assert "only 2 results before" in sentence
    assert figure.axes[0].get_title(loc="left").startswith("Cannot tell: only 2 results before")


def test_michigan_districts_run_from_the_smallest_to_the_largest():
    assert "about 3 students" in explorer.michigan(place=1)[1]
    assert "about 13,662 students" in explorer.michigan(place=550)[1]


def test_westminster_alone_is_never_fitted():
    assert "only 2 results before the rollout" in explorer.westminster()[1]
