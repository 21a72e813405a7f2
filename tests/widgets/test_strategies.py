import re

import pytest

from cbe_lib.plots import svg
from cbe_lib.widgets import rollout_simulator
from cbe_lib.widgets.strategies import simulated


def printed(**choice):
    return simulated(**choice)[0].texts[-1].get_text()


def test_each_control_moves_the_picture():
    explorer = rollout_simulator()
    for control, value in zip(explorer.children[0].children, (1, 2, 6, 5, 10, 6), strict=True):
        before = explorer.children[2].value
        control.value = value
        assert explorer.children[2].value != before


def test_every_assumption_is_printed_on_the_chart():
    assert "years from the switch until results are back: 3, 5, 7 years" in printed(back=5)
    assert "deepest fall, all at once and unprepared: 4, 8, 13.3 points" in printed(depth=8)
    assert "not a finding" in printed()


def test_preparation_makes_the_fall_shallower():
    unprepared, prepared = (simulated(preparation=each)[0].axes[0].lines[0].get_ydata().min() for each in (0, 1))
    assert unprepared < prepared < 0


@pytest.mark.parametrize("back", [3, 7])
def test_range_of_years_holds_every_choice(back):
    assert f", {back}, " in printed(back=back)


def test_picture_drawn_over_an_earlier_one_is_the_same():
    earlier = simulated(depth=15, cohorts=8)[0]
    again, new = (svg(figure, "") for figure in (simulated(figure=earlier)[0], simulated()[0]))
    assert re.sub(r"[mp][0-9a-f]{10}", "", again) == re.sub(r"[mp][0-9a-f]{10}", "", new)
