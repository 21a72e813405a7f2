import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.plots import purpose as figures
from cbe_lib.themes import purpose


@pytest.fixture(scope="module")
def state():
    return samples.state()


def title(figure):
    return figure.axes[0].get_title(loc="left")


def words(figure):
    return " ".join(text.get_text() for text in figure.texts)


def test_every_cell_of_the_heat_map_tells_its_share_and_number(state):
    found = purpose.citations(state["decisions"])
    ax = figures.draw_citations(found, ax=Figure().add_subplot())
    told = [text.get_text() for text in ax.texts]
    assert len(told) == 2 * len(found.heat)
    assert "of 14" in told


def test_the_citations_figure_states_the_share_and_the_kind_of_claim(state):
    figure = figures.citations_figure(purpose.citations(state["decisions"]))
    assert title(figure).startswith("57% of 1104 decisions cite a principle")
    assert "Hypothesis of the posts (A13), not a finding" in words(figure)


def test_the_line_below_moves_nothing_out_of_the_page(state):
    figure = figures.citations_figure(purpose.citations(state["decisions"]))
    box = figure.axes[0].get_position()
    assert 0 < box.y0 < box.y1 < 1


def test_alignment_shows_a_row_for_each_principle(state):
    figure = figures.alignment_figure(purpose.alignment(state["principles"]))
    assert len(figure.axes[0].get_yticklabels()) == 5
    assert title(figure) == "60% of the places below hold a confirmed link"


def test_what_undermines_is_marked_with_a_minus_and_core_with_a_star(state):
    hybrids = state["decisions"].query("district_id == '00263'")
    found = purpose.hybrid_test(hybrids, state["principles"])
    ax = figures.hybrid_figure(found).axes[0]
    assert [text.get_text() for text in ax.texts].count("−") == (found.effects["lowest"] == -1).sum()
    assert sum(label.get_text().endswith("*") for label in ax.get_xticklabels()) == 3


def test_rulings_show_a_bar_for_each_case():
    yes, _, _, no = purpose.RULINGS
    made = pd.DataFrame({"dilemma_id": ["late-bus"] * 2 + ["honor-roll"] * 2, "person_id": ["a", "b"] * 2})
    ax = figures.rulings_figure(purpose.rulings(made.assign(ruling=[yes, yes, yes, no]))).axes[0]
    assert [bar.get_width() for bar in ax.patches] == [50, 100]


def test_doubts_are_drawn_by_their_distance_to_the_limit(state):
    found = purpose.doubt_trigger(state["decisions"], state["principles"], state["survey"], district_id="00013")
    ax = figures.draw_doubt(found, ax=Figure().add_subplot())
    line = next(each for each in ax.lines if each.get_label() == "Confusion")
    crossed = found.table.query("signal == 'confusion'")["crossed"]
    assert (np.asarray(line.get_ydata()) > 1).tolist() == crossed.tolist()


def test_no_signal_that_can_be_told_is_said_in_the_title(state):
    one = state["decisions"].query("district_id == '00013'").head(3)
    found = purpose.doubt_trigger(one, state["principles"], district_id="00013")
    assert title(figures.doubt_figure(found)) == "Cannot tell whether doubts have grown"
