import numpy as np
import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.plots import ownership as plots
from cbe_lib.themes import ownership


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def placed(state):
    return ownership.quadrants(state["survey"])


@pytest.fixture
def ax():
    return Figure().add_subplot()


def widths(ax):
    return sorted(patch.get_width() for patch in ax.patches)


def test_groups_that_cannot_be_placed_are_open_and_the_others_filled(placed, ax):
    plots.draw_quadrants(placed, ax=ax)
    known = placed.table.dropna(subset=["ownership", "acceptance"])
    drawn = {line.get_markerfacecolor(): 0 for line in ax.lines}
    for line in ax.lines:
        drawn[line.get_markerfacecolor()] += len(line.get_xdata()) if line.get_marker() != "None" else 0
    assert drawn["white"] == (known["quadrant"] == "cannot tell").sum()
    assert drawn["#0b4f8a"] == (known["quadrant"] != "cannot tell").sum()


def test_every_interval_is_drawn_inside_the_axes(placed, ax):
    plots.draw_quadrants(placed, ax=ax)
    low, high = ax.get_ylim()
    drawn = np.concatenate([part.get_segments() for part in ax.collections if len(part.get_segments())])
    assert len(drawn) == 2 * placed.table["ownership"].notna().sum()
    assert low < drawn.min()
    assert drawn.max() < high


def test_the_figure_says_what_kind_of_claim_it_rests_on(placed):
    printed = " ".join(text.get_text() for text in plots.quadrants_figure(placed).texts)
    assert "Hypothesis of the posts (A24), not a finding" in printed


def test_bars_of_renewal_are_the_months(state, ax):
    found = ownership.renewal(state["principles"], state["roster"], on="2016-06-30")
    plots.draw_renewal(found, ax=ax)
    assert widths(ax) == pytest.approx(sorted(found.table.drop_duplicates("district_id")["months_since"]))


def test_hidden_shares_of_newcomers_are_not_written(state, ax):
    found = ownership.renewal(state["principles"], state["roster"], on="2016-06-30")
    plots.draw_renewal(found, ax=ax)
    assert len(ax.texts) == found.table.query("people == 'staff'")["estimate"].notna().sum()


def test_gaps_stand_with_their_intervals_in_points(state, ax):
    found = ownership.autonomy(state["survey"], by="district_id")
    plots.draw_autonomy(found, ax=ax)
    gaps = found.table.query("term == 'say_do_gap'").dropna(subset=["estimate"])
    ends = np.concatenate([part.get_segments() for part in ax.collections])[:, :, 0]
    np.testing.assert_allclose(np.sort(ends[:, 0]), np.sort(100 * gaps["conf_low"].to_numpy()))


def test_states_of_a_thing_add_up_to_all_schools(state, ax):
    states = ownership.codes_in_place(state["principles"], state["roster"])
    found = ownership.non_negotiables(dict.fromkeys(states["thing"], "non-negotiable"), states)
    plots.draw_non_negotiables(found, ax=ax)
    assert sum(widths(ax)) == len(found.table)


def test_the_ladder_shows_heard_and_voted_of_each_level(state, ax):
    found = ownership.voice(state["decisions"])
    plots.draw_voice(found, ax=ax)
    shares = found.table.query("rung != 'none'")["estimate"]
    assert widths(ax) == pytest.approx(sorted(100 * shares))


def test_a_single_ladder_needs_no_groups(state):
    figure = plots.voice_figure(ownership.voice(state["decisions"], by=None))
    assert figure.axes[0].get_yticklabels()[0].get_text().startswith("all policy decisions")


def test_each_role_has_a_line_of_its_rounds(state, ax):
    one = state["reflections"].query("district_id == '00013'")
    plots.draw_reflection(ownership.reflection(one), ax=ax)
    assert {line.get_label(): len(line.get_xdata()) for line in ax.lines} == {"family": 4, "student": 4, "teacher": 4}


def test_where_every_group_is_hidden_the_title_says_so(state):
    found = ownership.autonomy(state["survey"], min_n=100)
    assert plots.autonomy_figure(found).axes[0].get_title(loc="left").startswith("Cannot tell")


def test_nobody_overdue_is_drawn_too(state):
    found = ownership.renewal(state["principles"], state["roster"], on="2016-06-30", every_months=120)
    assert plots.renewal_figure(found).axes[0].get_title(loc="left").startswith("0 of 16 districts are overdue")
