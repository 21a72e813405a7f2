import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.plots.plan_norms import draw_hours, draw_months
from cbe_lib.themes import ramp_up


@pytest.fixture(scope="module")
def found():
    return ramp_up.audit(samples.state("plan")["plan"].query("district_id == '00203'"))


def test_what_is_missing_is_said_in_words(found):
    ax = draw_hours(found, ax=Figure().add_subplot())
    assert [text.get_text() for text in ax.texts].count("missing") == (found.table["finding"] == "missing").sum()


def test_every_kind_of_work_has_a_row(found):
    ax = draw_hours(found, ax=Figure().add_subplot())
    assert {label.get_text() for label in ax.get_yticklabels()} == set(found.table["name"])


def test_overloaded_months_lie_above_the_line_and_have_a_shape_of_their_own(found):
    ordinary, over, limit = draw_months(found, ax=Figure().add_subplot()).lines[:3]
    assert min(over.get_ydata()) > limit.get_ydata()[0] >= max(ordinary.get_ydata())
    assert over.get_marker() != ordinary.get_marker()
