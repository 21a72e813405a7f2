import pandas as pd

from cbe_lib import plots

INTERVALS = pd.DataFrame({"estimate": [7.0, 3.0, 9.0], "conf_low": [4.0, 1.0, 8.0], "conf_high": [10.0, 5.0, 12.0]})
CHANNELS = pd.DataFrame(
    {"year": [2012, 2013, 2014, 2015], "value": [61.0, 60.0, 58.0, 54.0], "confused": [60, 20, 51, 40]}
)


def test_an_interval_that_ends_at_the_truth_holds_it():
    assert plots.intervals_figure(INTERVALS, 8).axes[0].get_title(loc="left") == "2 of 3 intervals hold the truth"


def test_a_miss_is_marked_by_its_shape_and_not_only_by_its_color():
    crosses = [line for line in plots.intervals_figure(INTERVALS, 8).axes[0].lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [[2]]


def test_peak_of_confusion_is_looked_for_from_the_rollout_on():
    figure = plots.two_channels_figure(CHANNELS, 2014)
    assert figure.get_suptitle() == "Most confusion in 2014, lowest results in 2015"


def test_a_lag_moves_the_curve_of_confusion_and_nothing_else():
    above, below = plots.two_channels_figure(CHANNELS, 2014, lag=2).axes
    measured, moved = below.lines[:2]
    assert (moved.get_xdata() - measured.get_xdata()).tolist() == [2, 2, 2, 2]
    assert above.lines[0].get_xdata().tolist() == [2012, 2013, 2014, 2015]


def test_the_key_says_by_how_much_the_curve_was_moved():
    below = plots.two_channels_figure(CHANNELS, 2014, lag=1).axes[1]
    assert below.get_legend_handles_labels()[1] == ["when it was measured", "shown 1 year later"]
