import numpy as np
import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.plots import learning as plots
from cbe_lib.themes import learning


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def wins(state):
    return learning.small_wins(state["indicators"])


@pytest.fixture
def ax():
    return Figure().add_subplot()


def test_the_curve_falls_in_steps_from_all_to_what_is_still_open(state, ax):
    found = learning.correction_latency(state["corrections"])
    line = plots.draw_latency(found, ax=ax).lines[0]
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_allclose(line.get_ydata(), 100 * np.append(1.0, found.curves["estimate"]))


def test_every_group_has_its_own_curve_and_band(state, ax):
    found = learning.correction_latency(state["corrections"], by="noted_by")
    plots.draw_latency(found, ax=ax)
    assert ax.get_legend_handles_labels()[1] == ["family", "principal", "student", "teacher"]
    assert len(ax.collections) == 4


def test_the_figure_says_what_kind_of_claim_it_rests_on(state):
    printed = [
        text.get_text() for text in plots.latency_figure(learning.correction_latency(state["corrections"])).texts
    ]
    assert any("Hypothesis of the posts (A30), not a finding" in text for text in printed)


def test_hidden_groups_are_counted_below_the_means_of_safety(state):
    found = learning.safety(state["survey"])
    printed = [text.get_text() for text in plots.safety_figure(found).texts]
    hidden = int(found.table["estimate"].isna().sum())
    assert any(f"too divided for a mean: {hidden} groups" in text for text in printed)


def test_nothing_to_show_of_safety_is_said_in_the_title(state):
    figure = plots.safety_figure(learning.safety(state["survey"], min_n=1000))
    assert figure.axes[0].get_title(loc="left") == "Cannot tell how safe staff feel to err"


def test_bars_of_holders_add_up_to_all_rules(state, ax):
    found = learning.constraints(state["state_rules"])
    plots.draw_constraints(found, ax=ax)
    assert sum(patch.get_width() for patch in ax.patches) == len(found.table)


def test_risks_without_credit_are_open_marks(state, ax):
    found = learning.recognition(state["state_actions"])
    plots.draw_recognition(found, ax=ax)
    waiting = next(line for line in ax.lines if line.get_label() == "not credited yet")
    assert waiting.get_markerfacecolor() == "white"
    assert len(waiting.get_xdata()) == len(found.uncredited)


def test_the_planted_jump_is_the_series_that_is_shown_first(wins):
    assert plots.small_wins_figure(wins).axes[0].get_title(loc="left").startswith("Attendance in 00203: real")


def test_values_outside_their_limits_are_ringed(wins, ax):
    plots.draw_small_wins(wins, ax=ax, district="00203", indicator="attendance")
    ring = next(line for line in ax.lines if line.get_label() == "Outside the limits")
    points = wins.points.query("district_id == '00203' and indicator == 'attendance'")
    assert len(ring.get_xdata()) == (points["signal"] != "").sum() > 0


def test_a_series_that_is_not_there_is_refused(wins, ax):
    with pytest.raises(CbeError, match="no indicator named 'attendence'"):
        plots.draw_small_wins(wins, ax=ax, indicator="attendence")
