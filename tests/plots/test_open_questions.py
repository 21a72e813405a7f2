import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.plots import open_questions as drawn
from cbe_lib.themes import open_questions


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def cost(state):
    costs = state["costs"].query("district_id == '00063'")
    return open_questions.catch_up_cost({"all": (200, 1.8)}, costs, service="tutoring")


def title(figure):
    return figure.axes[0].get_title(loc="left").replace("\n", " ")


def printed(figure):
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def test_tornado_bars_run_from_the_lowest_to_the_highest_total(cost):
    ax = drawn.draw_tornado(cost, ax=Figure().add_subplot())
    assert [bar.get_x() for bar in ax.patches] == pytest.approx(cost.tornado["total_low"])
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert ends == pytest.approx(cost.tornado["total_high"])


def test_the_fan_starts_at_nothing_and_ends_at_the_total(cost):
    ax = drawn.draw_fan(cost, ax=Figure().add_subplot())
    spent = ax.lines[0].get_ydata()
    assert (spent[0], spent[-1]) == (0, cost.table["estimate"].iloc[-1])


def test_dollars_in_a_title_are_not_read_as_a_formula(cost):
    assert title(cost.plot()).startswith(r"About \$1.33 million, plausibly \$1.01 million to \$2.15 million")


def test_assumptions_and_kind_of_claim_stand_under_the_cost(cost):
    assert "most likely 80" in printed(cost.plot())
    assert "Observation of the posts (B03), not a finding" in printed(cost.plot())


def test_nothing_to_catch_up_is_drawn_too(state):
    costs = state["costs"].query("district_id == '00063'")
    nothing = open_questions.catch_up_cost({"all": (0, 0.0)}, costs, service="tutoring")
    assert title(nothing.plot()).startswith(r"About \$0, plausibly \$0 to \$0")


def test_every_student_is_in_a_bar_and_those_at_the_end_of_a_course_are_dark(state):
    found = open_questions.ceiling(state["progress"])
    every, dark = drawn.draw_ceiling(found, ax=Figure().add_subplot()).containers
    assert sum(bar.get_height() for bar in every) == len(found.gaps)
    cap = found.table.set_index("term").loc["at_cap"]
    assert sum(bar.get_height() for bar in dark) == round(cap["estimate"] * cap["n"])


def test_hidden_students_are_not_drawn():
    few = pd.DataFrame({"student_hash": list("abc"), "district_id": "a", "school_id": "a1", "subject": "mathematics"})
    figure = open_questions.ceiling(few.assign(level=5.0, age_grade=5.0)).plot()
    assert title(figure) == "Cannot tell where students stand"
    assert figure.axes[0].patches[:] == []


def test_the_three_parts_stand_at_their_variances(state):
    found = open_questions.variance_split(state["progress"])
    ax = drawn.draw_split(found, ax=Figure().add_subplot())
    places = [line.get_xdata()[0] for line in ax.lines]
    assert places == pytest.approx(found.table["estimate"].iloc[:3])
    assert "may be nothing" in title(found.plot())
