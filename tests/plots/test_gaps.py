import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib import dip, plots, simulate
from cbe_lib.dip.comparison.result import Comparison

EVENT = pd.DataFrame({"event_year": [0, 1], "estimate": [0.0, -6.0], "conf_low": [0.0, -9.0], "conf_high": [0.0, -3.0]})


@pytest.fixture
def comparison():
    placebos = pd.DataFrame(
        {
            "district": ["A", "A", "B", "B", "C", "C"],
            "event_year": [0, 1] * 3,
            "estimate": [0.0, -6.0, 0.0, 1.0, 0.0, -1.0],
            "adopter": [True, True, False, False, False, False],
        }
    )
    terms = pd.DataFrame({"term": ["depth"], "estimate": [6.0], "conf_low": [3.0], "conf_high": [9.0], "note": [""]})
    return Comparison(
        table=EVENT,
        text="",
        notes=(),
        model=None,
        placebos=placebos,
        terms=terms,
        existence=dip.Existence(3.0, 0.01),
        sensitivity=pd.DataFrame(),
        power=pd.DataFrame(),
        unit="points",
        level=0.95,
    )


def test_comparison_title_states_the_finding(comparison):
    title = comparison.plot().axes[0].get_title(loc="left")
    assert title == "Down about 6 points at the deepest, likely 3 to 9"


def test_every_comparison_district_is_a_grey_line_and_the_adopter_is_not(comparison):
    ax = comparison.plot(ax=Figure().add_subplot())
    grey = next(each for each in ax.collections if each.get_label() == "Comparison districts")
    assert [segment[:, 1].tolist() for segment in grey.get_segments()] == [[0.0, 1.0], [0.0, -1.0]]


def test_panel_draws_its_population_curve():
    outcomes, _ = simulate.outcomes(3, years=range(2010, 2020), rollout=2014, seed=1)
    fitted = dip.fit_panel(outcomes)
    line = next(each for each in fitted.plot().axes[0].lines if each.get_label() == "Mean of all districts")
    assert line.get_ydata() == pytest.approx(fitted.population["estimate"])


def test_textbook_regression_draws_its_straight_lines():
    outcomes, _ = simulate.outcomes(years=range(2010, 2020), rollout=2014, seed=1)
    fitted = dip.interrupted(outcomes, 2014)
    line = next(each for each in plots.draw(fitted).axes[0].lines if each.get_label() == "Straight lines fitted")
    assert line.get_ydata() == pytest.approx(fitted.curve["fitted"])
