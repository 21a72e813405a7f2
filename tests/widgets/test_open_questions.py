import pytest

from cbe_lib.widgets import catch_up_explorer, ceiling_explorer, lid_explorer
from cbe_lib.widgets.open_questions import above_grade, under_a_lid

MOVES = [
    (catch_up_explorer, "Students behind", 500),
    (catch_up_explorer, "Levels behind", 3.0),
    (catch_up_explorer, "Hours a level", 120),
    (catch_up_explorer, "Hours unsure by (%)", 0),
    (catch_up_explorer, "Dollars an hour", 60),
    (catch_up_explorer, "Years", 5),
    (ceiling_explorer, "Students", "English learners"),
    (ceiling_explorer, "District", "00153"),
    (lid_explorer, "Courses with a lid (%)", 100),
    (lid_explorer, "Lid above grade", 2),
    (lid_explorer, "Spread (levels)", 2.0),
    (lid_explorer, "Try again: draw", 2),
]


@pytest.mark.parametrize(("build", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(build, label, value):
    controls, sentence, picture = build().children
    before = (sentence.value, picture.value.partition(">")[0])
    {each.description: each for each in controls.children}[label].value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1]


def test_fewer_than_ten_students_of_a_district_are_hidden():
    assert "hidden: fewer than 10 students" in above_grade(group="English learners", district="00153")[1]


def test_a_lid_on_every_course_leaves_nobody_above():
    told = under_a_lid(courses=100)[1]
    assert "Of 300 students, 0% stand at least one level above" in told
