import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import starting_points
from cbe_lib.widgets.starting_points import alike_explorer, paths_explorer

MOVES = [
    (paths_explorer, "Measure", "grading_grasp"),
    (paths_explorer, "Messages held equal", False),
    (alike_explorer, "District", "00013"),
    (alike_explorer, "How many", 5),
    (alike_explorer, "Match on trust", False),
    (alike_explorer, "Match on student groups", True),
]


@pytest.mark.parametrize(("explorer", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(explorer, label, value):
    controls, sentence, picture = explorer().children
    before = (sentence.value, picture.value.partition(">")[0])
    next(each for each in controls.children if each.description == label).value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1]


def test_holding_messages_equal_makes_the_answer_surer_here():
    wide, narrow = (starting_points.two_starts(equal_messages=equal)[1] for equal in (False, True))
    assert "-1.5 points of 0 to 10 (95% interval -2.1 to -0.9)" in wide
    assert "-1.6 points of 0 to 10 (95% interval -1.9 to -1.3)" in narrow


def test_as_many_districts_are_chosen_as_were_asked_for():
    assert len(starting_points.like_mine(n=7)[2]) == 7


def test_more_like_districts_than_there_are_is_a_sentence_beside_the_controls():
    explorer = alike_explorer()
    controls = {control.description: control for control in explorer.children[0].children}
    controls["How many"].max = 30
    controls["How many"].value = 30
    assert "Not possible." in explorer.children[1].value


def test_an_unknown_measure_is_refused():
    with pytest.raises(CbeError, match="measure of the two starts"):
        starting_points.two_starts(measure="joy")
