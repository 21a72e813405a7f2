import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from cbe_lib import samples
from cbe_lib.plots import leadership as figures
from cbe_lib.themes import leadership


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def passed(state):
    return leadership.escalation(state["decisions"], period="quarter")


def title(figure):
    return figure.axes[0].get_title(loc="left")


def line(ax, label):
    return next(each for each in ax.lines if each.get_label() == label)


def test_the_control_chart_shows_shares_and_limits_in_percent(passed):
    ax = figures.draw_escalation(passed, ax=Figure().add_subplot())
    np.testing.assert_allclose(line(ax, "Share passed up").get_ydata(), 100 * passed.table["estimate"])
    np.testing.assert_allclose(line(ax, "Limits").get_ydata(), 100 * passed.table["low"])


def test_the_control_chart_says_how_often_it_alarms_by_chance(passed):
    words = " ".join(text.get_text() for text in figures.escalation_figure(passed).texts)
    assert "Hypothesis of the posts (A18), not a finding" in words
    assert f"about one in {passed.run_length:.0f} signals by chance" in words


def test_flows_are_as_high_as_their_decisions(passed):
    ax = figures.draw_flow(passed, ax=Figure().add_subplot())
    bands = [patch.get_path().vertices for patch in ax.patches if isinstance(patch, PathPatch)]
    heights = [points[-1, 1] - points[0, 1] for points in bands]
    assert sorted(heights) == pytest.approx(sorted(passed.flows["n"]))


def test_the_flow_figure_states_the_share_passed_up(passed):
    assert title(figures.flow_figure(passed)) == "185 of 1104 decisions were passed up (17%)"


def test_integrity_ranks_the_districts(state):
    ax = figures.draw_integrity(leadership.integrity(state["decisions"]), ax=Figure().add_subplot())
    assert (np.diff(np.asarray(ax.lines[-1].get_xdata())) >= 0).all()
    assert len(ax.get_yticklabels()) == 16


def test_the_gap_figure_leaves_hidden_districts_out(state):
    found = leadership.decision_rights(state["processes"], state["decisions"], state["survey"])
    ax = figures.decision_rights_figure(found).axes[0]
    assert "00093" not in [label.get_text() for label in ax.get_yticklabels()]


def test_gates_of_one_district_are_marks_and_of_several_are_bars(state):
    one = state["processes"].query("district_id == '00183'")
    marks = figures.draw_gates(leadership.gates(one, state["decisions"]), ax=Figure().add_subplot())
    assert len(marks.lines) == 3 * len(one)
    bars = figures.draw_gates(leadership.gates(state["processes"], state["decisions"]), ax=Figure().add_subplot())
    assert sum(bar.get_width() for bar in bars.patches) == len(state["processes"])


def test_structures_show_three_marks_for_each_district(state):
    figure = figures.structures_figure(leadership.structures(state["seats"], state["decisions"]))
    assert [len(each.get_xdata()) for each in figure.axes[0].lines] == [16, 16, 16]


def test_concentration_beyond_chance_is_counted_in_the_title(state):
    found = leadership.concentration(state["decisions"])
    beyond = (found.table["estimate"] > found.table["equal_high"]).sum()
    assert title(figures.concentration_figure(found)) == f"{beyond} of 16 districts: more concentrated than chance"
