import pandas as pd

from cbe_lib.plots.stumbles import stumbles_figure


def seen(stumble, measure, estimate=0.4):
    ends = {"estimate": [estimate, None], "conf_low": [0.2, None], "conf_high": [0.7, None]}
    return pd.DataFrame({"stumble": stumble, "measure": measure, "year": [2013, 2014], **ends})


def drawn(*parts):
    return stumbles_figure(pd.concat(parts), "Alder", rollout=2014, years=range(2013, 2017), claim="A hypothesis").axes


def test_shares_are_drawn_in_percent_and_scores_as_they_are():
    purpose, _, staff = drawn(seen("purpose", "cited"), seen("ownership", "ownership", 2.5))
    assert [list(ax.lines[0].get_ydata()) for ax in (purpose, staff)] == [[40], [2.5]]


def test_years_without_an_estimate_are_left_out():
    assert len(drawn(seen("purpose", "cited"))[0].lines[0].get_xdata()) == 1


def test_two_measures_differ_in_shape_not_in_color_alone():
    leadership = drawn(seen("leadership", "as planned"), seen("leadership", "passed up"))[1]
    assert [line.get_marker() for line in leadership.lines[:2]] == ["o", "s"]


def test_rollout_stands_before_its_first_spring():
    assert all(2013.5 in ax.lines[-1].get_xdata() for ax in drawn(seen("purpose", "cited")))
