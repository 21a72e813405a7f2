from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.plots import field as drawn
from cbe_lib.themes import field


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def network(state):
    return field.helper_network(state["ties"])


@pytest.fixture(scope="module")
def shifted(state):
    return field.discussion_shift(state["discussions"])


def printed(figure):
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def test_no_two_labels_of_the_network_overlap(network):
    figure = drawn.network_figure(network)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert len(boxes) == len(network.table)
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def test_every_label_is_inside_the_figure(network):
    figure = drawn.network_figure(network)
    renderer = FigureCanvasAgg(figure).get_renderer()
    page = figure.bbox
    for text in figure.axes[0].texts:
        box = text.get_window_extent(renderer)
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1


def test_every_tie_is_a_line_and_shared_practices_are_heavy(network):
    ax = drawn.draw_network(network, ax=Figure().add_subplot())
    light, heavy = (each for each in ax.collections if isinstance(each, LineCollection))
    assert len(light.get_segments()) + len(heavy.get_segments()) == len(network.ties)
    assert len(heavy.get_segments()) == network.ties["shared_practice"].sum()
    assert heavy.get_linewidth()[0] > light.get_linewidth()[0]


def test_no_two_names_stand_on_one_place(network):
    places = np.array(list(drawn.positions(network).values()))
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[np.triu_indices(len(places), 1)]
    assert apart.min() > 0.3


def test_network_names_the_kind_of_claim(network):
    assert "Recommendation of the posts (B21), not a finding" in printed(drawn.network_figure(network))


def test_arrows_run_from_before_to_after(shifted):
    ax = drawn.draw_shift(shifted, ax=Figure().add_subplot())
    after = [line.get_xdata()[0] for line in ax.lines if line.get_markerfacecolor() != "white"]
    before = [line.get_xdata()[0] for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert before == pytest.approx(shifted.before_after["before"])
    assert after == pytest.approx(shifted.before_after["after"])


def test_the_interval_of_the_shift_lies_around_the_mean_after(shifted):
    ax = drawn.draw_shift(shifted, ax=Figure().add_subplot())
    row = shifted.table[shifted.table["measure"] == "shift"].iloc[0]
    ends = ax.collections[0].get_segments()[0][:, 0] - shifted.before_after["before"].iloc[0]
    assert ends == pytest.approx([row["conf_low"], row["conf_high"]])


def test_a_hidden_tool_says_so(state):
    few = state["discussions"].groupby("tool").head(9)
    figure = drawn.shift_figure(field.discussion_shift(few))
    assert figure.axes[0].get_title(loc="left") == "Cannot tell: too few people to show"
    assert [text.get_text() for text in figure.axes[0].texts] == ["hidden: fewer than 10 people"] * 2


def test_uptake_is_drawn_without_and_with_contact(state):
    found = field.diffusion(state["careers"], state["practices"])
    ax = drawn.draw_diffusion(found, ax=Figure().add_subplot())
    assert [line.get_ydata()[0] for line in ax.lines] == pytest.approx(found.yearly["estimate"])


def test_the_scorecard_draws_only_what_may_be_shown(state):
    found = field.funder_scorecard(state["helpers"])
    ax = drawn.draw_scorecard(found, ax=Figure().add_subplot())
    shown = found.table[(found.table["body"] == "staff") & found.table["gap"].notna()]
    assert len(ax.get_yticks()) == len(shown)


def test_a_body_that_is_all_hidden_says_so():
    tiny = pd.DataFrame({"helper_id": "H", "group": ["x", "y"], "board": [3, 4], "reference_share": [40.0, 60.0]})
    figure = drawn.scorecard_figure(field.funder_scorecard(tiny), body="board")
    assert [text.get_text() for text in figure.axes[0].texts] == ["all hidden"]


def test_each_way_of_spreading_is_a_line_with_its_band():
    rows = [(year, way, share, share - 0.1, share + 0.1) for way, share in (("a", 0.3), ("b", 0.6)) for year in (0, 5)]
    courses = pd.DataFrame(rows, columns=["year", "way", "share", "low", "high"])
    ax = drawn.draw_courses(courses, ax=Figure().add_subplot())
    assert [line.get_ydata()[-1] for line in ax.lines] == [0.3, 0.6]
    assert len(ax.collections) == 2
