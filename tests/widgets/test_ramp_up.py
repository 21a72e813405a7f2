import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import ramp_up
from cbe_lib.widgets.ramp_up import squeeze_explorer

MOVES = [
    ("Months in the plan", 24),
    ("Largest cut (%)", 50),
    ("Points a month spares", 0.8),
    ("More or less", 0.0),
    ("Depth, nothing cut", 12),
    ("Years until back", 8.0),
]


def added_depth(figure):
    return figure.axes[0].get_title(loc="left").replace("\n", " ")


@pytest.mark.parametrize(("label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(label, value):
    controls, sentence, picture = squeeze_explorer().children
    before = (sentence.value, picture.value.partition(">")[0])
    next(each for each in controls.children if each.description == label).value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1]


def test_a_known_slope_adds_slope_times_months_cut():
    figure, _ = ramp_up.cut_short(months=20, largest_cut=50, slope=0.3, unsure=0)
    assert added_depth(figure).endswith("cutting 50% of the ramp-up adds about 3.0 points")


def test_a_slope_that_may_be_nothing_may_cost_nothing():
    _, sentence = ramp_up.cut_short(slope=0, unsure=0)
    assert "dip 0.0 points deeper (95% of draws 0.0 to 0.0)" in sentence


def test_a_recovery_before_the_start_is_refused():
    with pytest.raises(CbeError, match="`recovery_years` above 0"):
        ramp_up.cut_short(back=1)
