import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import rollout
from cbe_lib.widgets.rollout import messages_explorer, protected_time_explorer

MOVES = [
    (protected_time_explorer, "Minutes a week", 90),
    (protected_time_explorer, "Weeks a year", 30),
    (protected_time_explorer, "Teachers", 60),
    (protected_time_explorer, "Dollars an hour", 60),
    (protected_time_explorer, "Made up (%)", 50),
    (messages_explorer, "District", "00163"),
    (messages_explorer, "Years that count", 5),
]


@pytest.mark.parametrize(("explorer", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(explorer, label, value):
    controls, sentence, picture = explorer().children
    before = (sentence.value, picture.value.partition(">")[0])
    next(each for each in controls.children if each.description == label).value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1]


def test_hours_are_minutes_times_weeks_times_teachers():
    assert "takes 1,530 working hours a year" in rollout.time_to_meet(minutes=45, weeks=34, staff=60)[1]


def test_time_that_is_made_up_moves_no_class():
    figure, sentence = rollout.time_to_meet(made_up=100)
    assert "moves 0 minutes of class" in sentence
    assert "each student moves 0 hours" in figure.axes[0].get_title(loc="left").replace("\n", " ")


def test_the_log_is_that_of_the_district_and_is_called_synthetic():
    assert rollout.horizon(district="00163")[1].startswith("Hathenness (synthetic): 26 of 27 messages")


def test_a_district_without_a_rollout_is_refused_with_those_that_have_one():
    with pytest.raises(CbeError, match="no district with a rollout"):
        rollout.horizon(district="00023")
