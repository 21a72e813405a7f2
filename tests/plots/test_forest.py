"""The forest plot draws every interval where the table has it, and never a band without its probability."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib import rubric, survey
from cbe_lib.errors import CbeError
from cbe_lib.plots.forest import draw_forest, forest_figure

LEVELS = [1, 2, 3, 4]


@pytest.fixture(scope="module")
def agreed():
    """Three criteria: raters nearly alike, raters at odds, and everyone on one level."""
    rng = np.random.default_rng(1)
    parts = []
    for name, noise in (("Purpose in use", 0.15), ("Safe mistakes", 3.0), ("Student voice", 0.0)):
        seen = rng.normal(size=(40, 1)) * (noise > 0) + noise * rng.normal(size=(40, 3))
        level = np.digitize(seen, [-0.8, 0.1, 0.8]) + 1
        parts += [(site, name, rater, each) for (site, rater), each in np.ndenumerate(level)]
    frame = pd.DataFrame(parts, columns=["site", "criterion", "rater", "level"])
    return rubric.agreement_by(frame, by="criterion", unit="site", rater="rater", rating="level", levels=LEVELS)


def bars(ax):
    return {
        round(float(line.get_ydata()[0])): line.get_xdata().tolist() for line in ax.lines if len(line.get_xdata()) == 2
    }


def said(ax):
    return [text.get_text() for text in ax.texts]


def test_each_bar_is_the_interval_of_its_criterion(agreed):
    ax = draw_forest(agreed, ax=Figure().add_subplot())
    table = agreed.table.query("coefficient == 'krippendorff_alpha'").set_index("criterion")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Purpose in use", "Safe mistakes", "Student voice"]
    assert bars(ax)[0] == pytest.approx(table.loc["Purpose in use", ["conf_low", "conf_high"]].tolist())
    assert bars(ax)[1] == pytest.approx(table.loc["Safe mistakes", ["conf_low", "conf_high"]].tolist())


def test_bands_come_with_the_probability_of_reaching_them(agreed):
    words = said(draw_forest(agreed, ax=Figure().add_subplot()))
    assert {"do not report", "tentative", "chance of\n0.67 or more", ">99%", "<1%"} <= set(words)


def test_what_is_undefined_says_so_in_words(agreed):
    assert any(
        text.startswith("All ratings stand on one level")
        for text in said(draw_forest(agreed, ax=Figure().add_subplot()))
    )


def test_title_counts_what_may_be_reported_and_names_the_weakest(agreed):
    title = forest_figure(agreed).axes[0].get_title(loc="left").replace("\n", " ")
    assert title.startswith("Ready to report: 1 of 3. Weakest: Safe mistakes")


def test_another_coefficient_may_be_drawn(agreed):
    assert draw_forest(agreed, ax=Figure().add_subplot(), coefficient="gwet_ac").get_xlabel().startswith("Gwet's AC")


def test_an_unknown_coefficient_is_named(agreed):
    with pytest.raises(CbeError, match="no coefficient named 'kappa'"):
        draw_forest(agreed, ax=Figure().add_subplot(), coefficient="kappa")


def test_one_table_of_agreement_has_a_row_for_each_coefficient(agreed):
    ax = draw_forest(agreed.parts["Purpose in use"], ax=Figure().add_subplot())
    assert [label.get_text() for label in ax.get_yticklabels()][-2:] == ["Gwet's AC", "Brennan and Prediger"]


def test_reliability_is_drawn_without_the_bands_of_agreement():
    seen = np.random.default_rng(1).normal(size=(60, 1)) + np.random.default_rng(2).normal(size=(60, 5))
    answers = pd.DataFrame(np.clip(np.round(3 + seen), 1, 5)).add_prefix("q")
    found = survey.reliability(answers, scales={"safe": ["q0", "q1"], "trust": ["q2", "q3"], "single": ["q4"]})
    ax = forest_figure(found).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["safe", "trust"]
    assert said(ax) == []
    assert bars(ax)[1] == pytest.approx(
        found.table.query("scale == 'trust'")[["conf_low", "conf_high"]].iloc[0].tolist()
    )
