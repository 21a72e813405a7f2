import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import escalation_explorer, rise_simulator
from cbe_lib.widgets.leadership import passed_up, planted_rise


def controls(explorer):
    return {each.description: each for each in explorer.children[0].children}


MOVES = [
    (escalation_explorer, "District", "00063"),
    (escalation_explorer, "A point is a", "month"),
    (escalation_explorer, "The first school year is the usual", True),
    (escalation_explorer, "False alarm at most", 0.2),
    (rise_simulator, "Decisions a quarter", 120),
    (rise_simulator, "Usually passed up (%)", 20),
    (rise_simulator, "In the rise (%)", 60),
    (rise_simulator, "Quarters a point", 2),
    (rise_simulator, "Try again: draw", 3),
]


@pytest.mark.parametrize(("build", "label", "value"), MOVES)
def test_each_control_moves_the_chart_and_its_sentence(build, label, value):
    explorer = build()
    before = [child.value for child in explorer.children[1:]]
    controls(explorer)[label].value = value
    assert all(child.value != was for child, was in zip(explorer.children[1:], before, strict=True))


def test_what_is_called_usual_decides_whether_a_rise_is_seen():
    assert "no quarter outside the limits" in passed_up(false_alarm=0.0027)[1]
    assert "above the limits in 2017, 2018" in passed_up(period="school year", first_year_usual=True)[1]


def test_many_decisions_show_a_rise_that_few_do_not():
    few, many = (planted_rise(decisions=n)[1] for n in (3, 120))
    assert "is seen in 0 of 6 points" in few
    assert "is seen in 6 of 6 points" in many


def test_points_of_a_year_are_counted_as_years():
    assert "of 2 points" in planted_rise(quarters=4, decisions=60)[1]


def test_district_without_decisions_becomes_a_sentence():
    with pytest.raises(CbeError, match="no decision of district"):
        passed_up(district="00023")
