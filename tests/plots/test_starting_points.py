"""Pictures of starting points: both paths with intervals, and how alike the chosen districts are."""

import numpy as np
import pytest

from cbe_lib import samples
from cbe_lib.plots import starting_points
from cbe_lib.themes import starting_points as theme


@pytest.fixture(scope="module")
def state():
    return samples.state()


def title(figure):
    return figure.axes[0].get_title(loc="left").replace("\n", " ")


def test_both_paths_run_over_all_waves_with_their_claim(state):
    found = theme.paths(state["survey"], state["districts"], messages=state["messages"])
    figure = starting_points.paths_figure(found)
    assert "points less from a personalized start" in title(figure)
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [3, 3]
    assert figure.texts[-1].get_text() == "Hypothesis of the posts (B14), not a finding"


def test_another_measure_can_be_drawn(state):
    found = theme.paths(state["survey"], state["districts"])
    figure = starting_points.paths_figure(found, "grading_grasp")
    assert figure.axes[0].get_ylabel().startswith("Grading grasp")


def test_gaps_of_chosen_and_other_districts_stand_side_by_side(state):
    found = theme.alike(state["districts"], district="00113", n=3)
    figure = starting_points.alike_figure(found)
    others, chosen = figure.axes[0].lines[1:3]
    np.testing.assert_allclose(chosen.get_xdata(), found.balance["gap_matched"])
    np.testing.assert_allclose(others.get_xdata(), found.balance["gap_others"])
    assert title(figure).startswith("3 districts most like mine: near on")
