import re

import pytest

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.plots import svg
from cbe_lib.themes import ramp_up
from cbe_lib.themes.ramp_up.norms import read_norms
from cbe_lib.widgets import plan_audit
from cbe_lib.widgets.plan import held_plan


def drawn(figure):
    """The picture without the ids, which are drawn by lot."""
    return re.sub(r"[mp][0-9a-f]{10}", "", svg(figure, ""))


def test_each_control_moves_the_picture_or_its_description():
    explorer = plan_audit()
    for control, value in zip(explorer.children[0].children, ("00063", 45, 300, 50), strict=True):
        before = explorer.children[2].value
        control.value = value
        assert explorer.children[2].value != before


def test_a_stricter_norm_for_months_overloads_more_of_them():
    few, many = (held_plan(hours_a_month=hours)[2] for hours in (800, 100))
    assert len(many) > len(few)


def test_usual_norms_give_what_the_audit_gives():
    plan = samples.state("plan")["plan"].query("district_id == '00203'")
    found = ramp_up.audit(plan)
    again = found.against(read_norms())
    assert again.table.equals(found.table)
    assert (again.text, again.months.equals(found.months)) == (found.text, True)
    assert held_plan()[1] == f"Fennoness (synthetic). {found.text}"


def test_tasks_without_owner_are_listed():
    lacking = held_plan()[2].set_index("What")["What is the matter"]
    assert lacking["weekly hour for staff"] == "no owner"


def test_picture_drawn_over_an_earlier_one_is_the_same():
    earlier = held_plan(district="00063", hours_a_month=100)[0]
    assert drawn(held_plan(figure=earlier)[0]) == drawn(held_plan()[0])


def test_picture_says_that_norms_are_a_choice():
    assert "a choice, not a finding" in held_plan()[0].texts[-1].get_text()


@pytest.mark.parametrize(
    ("choice", "message"), [({"district": "00023"}, "no district"), ({"hours_a_month": 0}, "1 hour or more")]
)
def test_impossible_choices_are_refused(choice, message):
    with pytest.raises(CbeError, match=message):
        held_plan(**choice)
