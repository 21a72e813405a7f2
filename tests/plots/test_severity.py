import numpy as np
import pytest
from matplotlib.figure import Figure

from cbe_lib import rubric
from cbe_lib.plots.severity import draw_severity, severity_figure
from tests.rubric.simulated_visits import COLUMNS, LEVELS, visits


@pytest.fixture(scope="module")
def found():
    return rubric.calibrate(visits(7, districts=20, severity=(-1.0, 0.0, 0.0, 1.0)), **COLUMNS, levels=LEVELS)


@pytest.fixture
def ax(found):
    return draw_severity(found, ax=Figure().add_subplot())


def markers(ax, kind):
    return np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() == kind])


def test_title_names_the_raters_that_stand_out(found):
    assert severity_figure(found).axes[0].get_title(loc="left") == "Clearly 3 harsh; 0 lenient"


def test_every_district_is_a_dot(ax, found):
    assert len(markers(ax, "o")) == len(found.districts)


def test_raters_stand_at_their_severity_with_their_interval(ax, found):
    assert sorted(markers(ax, "D")) == pytest.approx(sorted(found.severity["estimate"]))
    drawn = np.concatenate([part.get_segments() for part in ax.collections])[:, :, 1]
    assert sorted(map(tuple, drawn)) == sorted(
        found.severity[["conf_low", "conf_high"]].itertuples(index=False, name=None)
    )


def test_clearly_harsh_or_lenient_raters_are_heavy(ax, found):
    thin, heavy = ax.collections
    assert len(heavy.get_segments()) == found.severity["flag"].ne("").sum() == 2
    assert heavy.get_linewidth() > thin.get_linewidth()


def test_every_interval_and_level_is_inside_the_axes(ax, found):
    low, high = ax.get_ylim()
    assert low < found.severity["conf_low"].min()
    assert found.thresholds["estimate"].max() < high


def test_every_criterion_and_level_is_named(ax):
    names = {text.get_text() for text in ax.texts}
    assert {"0", "1", "2", "3", "4", "5"} <= names


def test_nothing_to_tell_is_said_in_the_title(found):
    nothing = rubric.calibrate(visits(7, districts=4).assign(rating=2), **COLUMNS, levels=LEVELS)
    assert severity_figure(nothing).axes[0].get_title(loc="left") == "Cannot tell how harsh the raters are"
