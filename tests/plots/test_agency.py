import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib.plots import agency as figures
from cbe_lib.themes import agency


def title(figure):
    return " ".join(figure.axes[0].get_title(loc="left").split())


def told(figure):
    return [text.get_text() for text in figure.axes[0].texts]


RATINGS = agency.coherence(
    pd.DataFrame(
        [("errors", "retakes", 1), ("errors", "zeros", -1), ("time", "retakes", 1)],
        columns=["principle", "practice", "fit"],
    )
)
RULES = agency.permissions(
    pd.DataFrame(
        [("P1", "pace", "student decides"), ("P2", "pace", "not allowed"), ("P1", "place", "on request")],
        columns=["policy", "area", "allows"],
    )
)
SPENT = agency.assessment_balance(
    pd.DataFrame({"name": ["a", "b"], "purpose": ["to learn from", "to report"], "minutes": [60, 40]})
)


def test_what_works_against_a_principle_is_a_minus_and_what_was_not_rated_is_blank():
    figure = figures.coherence_figure(RATINGS)
    assert told(figure) == ["+", "−", "+", ""]
    assert title(figure) == "1 of 2 principles are contradicted by a practice"


def test_areas_on_which_rules_disagree_carry_a_star():
    figure = figures.permissions_figure(RULES)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["pace *", "place"]
    assert told(figure) == ["yes", "no", "on request", ""]


def test_bars_are_shares_and_the_title_says_the_status():
    figure = figures.balance_figure(SPENT)
    assert told(figure) == ["60%", "0%", "40%"]
    assert title(figure) == "To learn from: within; to move on: below; to report: above"


def test_the_school_that_looks_best_is_ranked_by_the_truth():
    schools = pd.DataFrame({"truth": [3.0, 3.5, 4.0], "estimate": [4.2, 3.5, 3.6]})
    figure = figures.scale_figure(schools.assign(conf_low=3.0, conf_high=4.4))
    assert title(figure) == "The school that looks best is number 3 of 3 in truth"


@pytest.mark.parametrize("result", [RATINGS, RULES, SPENT])
def test_results_draw_themselves(result):
    assert isinstance(result.plot(), Figure)
    ax = Figure().add_subplot()
    assert result.plot(ax=ax) is ax
