import numpy as np
import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.plots import integration as drawn
from cbe_lib.themes import integration


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def planned(state):
    plan = state["plan"].query("district_id == '00013'")
    return integration.integrated_plan({"one": plan, "other": plan[plan["category"].isin(["vision", "community"])]})


@pytest.fixture(scope="module")
def represented(state):
    return integration.representation(state["seats"], state["student_groups"], state["districts"])


def printed(figure):
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def test_area_and_line_are_the_hours_of_the_owner(planned):
    ax = drawn.draw_load(planned, ax=Figure().add_subplot(), owner="design team")
    hours = planned.months[planned.months["owner_role"] == "design team"].groupby("way")["hours"].sum()
    assert sum(ax.patches[0].get_data().values) == pytest.approx(hours["integrated"])
    line = next(line for line in ax.lines if line.get_label() == "One after the other")
    assert np.sum(line.get_ydata()) == pytest.approx(hours["one after the other"])


def test_the_overload_line_is_drawn_and_named(planned):
    ax = drawn.draw_load(planned, ax=Figure().add_subplot())
    assert "Overload line: 400 hours" in ax.get_legend_handles_labels()[1]


def test_the_busiest_owner_comes_without_asking(planned):
    assert drawn.load_figure(planned).axes[0].get_ylabel() == "Hours a month, coach"


def test_assumptions_are_printed_on_the_chart(planned):
    said = printed(drawn.load_figure(planned))
    assert "sharing 0.3 to 0.9" in said
    assert "Hypothesis of the posts (B16), not a finding" in said


def test_an_unknown_owner_is_refused(planned):
    with pytest.raises(CbeError, match="Did you mean 'coach'"):
        drawn.load_figure(planned, owner="couch")


def test_gaps_stand_in_points_with_their_intervals(represented):
    ax = drawn.draw_representation(represented, ax=Figure().add_subplot(), people=["seats"])
    rows = represented.table[represented.table["gap"].notna() & (represented.table["people"] == "seats")]
    segments = np.concatenate([part.get_segments() for part in ax.collections])[:, :, 0]
    np.testing.assert_allclose(segments, 100 * rows[["gap_low", "gap_high"]].to_numpy(float))


def test_only_gaps_beyond_chance_are_filled(represented):
    ax = drawn.draw_representation(represented, ax=Figure().add_subplot(), people=["seats"])
    filled, open_ = [len(line.get_xdata()) for line in ax.lines if line.get_marker() == "o"]
    assert (filled, open_) == (2, 2)


def test_hidden_groups_say_so_in_their_row(represented):
    ax = drawn.draw_representation(represented, ax=Figure().add_subplot(), people=["voting seats"])
    assert [text.get_text() for text in ax.texts] == ["hidden: fewer than 10 people"] * 2


def test_the_title_names_who_falls_short(represented):
    title = drawn.representation_figure(represented).axes[0].get_title(loc="left")
    assert title.replace("\n", " ").endswith("for Hispanic")


def test_the_card_marks_what_is_only_said():
    card = integration.fit_card({"daring": (3, ""), "money": (2, "grant to 2017")})
    ax = drawn.draw_fit(card, ax=Figure().add_subplot())
    solid, dotted = ax.containers
    assert [bar.get_width() for bar in dotted.patches] == [3]
    assert sum(bar.get_width() for bar in solid.patches) == 2
    assert sum(text.get_text() == "not answered" for text in ax.texts) == 8


def test_the_card_says_what_kind_of_claim_it_is():
    assert "Recommendation of the posts (B17), not a finding" in printed(drawn.fit_figure(integration.fit_card({})))
