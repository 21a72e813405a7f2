import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib import dip
from cbe_lib.plots import rollout as figures
from cbe_lib.themes import rollout

EVENTS = pd.DataFrame(
    {
        "commitment_id": ["1", "2", "3"],
        "district_id": "a",
        "date": ["2010-01-10", "2012-03-01", "2013-04-01"],
        "kind": ["policy", "board vote", "board vote"],
        "effect": ["makes", "weakens", "ends"],
    }
)
LOG = pd.DataFrame(
    {
        "message_id": list("1234"),
        "district_id": "a",
        "audience": ["staff", "staff", "staff", "board"],
        "date": ["2013-09-02", "2013-09-16", "2013-11-25", "2013-10-01"],
        "horizon_years": [4, None, 5, None],
    }
)
RATES = pd.DataFrame({"district_id": "a", "year": range(2008, 2015), "value": [50.0, 53, 49, 55, 52, 44, 46]})
RATES = RATES.assign(n_tested=200, rollout_year=2015, subject="reading", grade="8", subgroup="all students")
RATES = RATES.assign(test_regime=["old"] * 5 + ["new"] * 2)


def words(figure):
    return "\n".join(text.get_text() for text in figure.texts)


def axes():
    return Figure().add_subplot()


@pytest.fixture(scope="module")
def simulated():
    return rollout.strategies(1000)


@pytest.fixture
def channels():
    answers = pd.DataFrame(
        [
            (f"{y}{k}", "a", "teacher", str(y), "confusion_1", m + k % 3)
            for y, m in ((2012, 2), (2013, 6))
            for k in range(12)
        ],
        columns=["respondent", "district_id", "role", "wave", "item_id", "answer"],
    )
    bare = dip.fit(pd.DataFrame({"year": [2012, 2013], "value": [60.0, 55.0]}), 2013)
    return rollout.two_channels(bare, answers)


def test_every_assumption_is_printed_on_the_chart(simulated):
    printed = words(figures.strategies_figure(simulated)).replace("\n", " ")
    assert all(meaning in printed for meaning in simulated.assumptions["meaning"])
    assert "Observation of the posts (A05), not a finding" in printed


def test_each_strategy_is_a_line_below_the_path(simulated):
    lines = {line.get_label(): line for line in figures.draw_strategies(simulated, ax=axes()).lines}
    each = simulated.curves[simulated.curves["strategy"] == "by school"]
    assert lines["by school"].get_ydata() == pytest.approx(-each["estimate"])


def test_a_long_line_of_small_letters_is_broken(simulated):
    longest = max(words(figures.strategies_figure(simulated)).split("\n"), key=len)
    assert len(longest) <= 80


def test_bars_of_the_commitment_span_its_states():
    found = rollout.commitment(EVENTS, until="2014-01-01")
    ax = figures.draw_commitment(found, ax=axes())
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == [(b - a).days for a, b in zip(found.timeline["from_date"], found.timeline["to_date"], strict=True)]


def test_the_title_of_one_district_says_how_many_years_it_stood():
    figure = figures.commitment_figure(rollout.commitment(EVENTS, until="2014-01-01"))
    assert figure.axes[0].get_title(loc="left") == "A written commitment stood in 3 of 3 years"
    assert "Observation of the posts (A07)" in words(figure)


def test_districts_that_do_not_fit_are_counted():
    many = pd.concat(
        [EVENTS.assign(district_id=f"{k:02}", commitment_id=[f"{k}-{i}" for i in range(3)]) for k in range(23)]
    )
    figure = figures.commitment_figure(rollout.commitment(many))
    assert "3 more districts are in the table." in words(figure)


def test_messages_that_name_a_horizon_are_full_marks():
    ax = figures.draw_messages(rollout.messages(LOG), ax=axes())
    marks = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
    assert marks == {"names a horizon of years": 2, "names none": 2}


def test_the_longest_silence_is_the_title():
    figure = figures.messages_figure(rollout.messages(LOG))
    assert figure.axes[0].get_title(loc="left") == "Longest silence: 10 weeks, for staff"


def test_single_messages_are_drawn_without_a_gap():
    figure = figures.messages_figure(rollout.messages(LOG.iloc[[0, 3]]))
    assert figure.axes[0].get_title(loc="left") == "Too few messages to speak of gaps"


def test_both_channels_share_one_axis_of_time(channels):
    above, below = figures.draw_two_channels(channels, ax=axes()).child_axes
    assert above.get_xlim() == below.get_xlim()
    assert (above.get_ylabel(), below.get_ylabel()) == ("Results (%)", "Confusion of staff (0 to 10)")


def test_confusion_is_drawn_with_its_interval(channels):
    below = figures.draw_two_channels(channels, ax=axes()).child_axes[1]
    drawn = np.array([segment[:, 1] for segment in below.collections[0].get_segments()])
    assert drawn == pytest.approx(channels.confusion[["conf_low", "conf_high"]].to_numpy(float))


def test_the_verdict_is_the_title(channels):
    figure = figures.two_channels_result_figure(channels)
    assert figure.axes[0].get_title(loc="left").replace("\n", " ").startswith("Confusion rose: a dip in confidence")


def test_a_hidden_wave_is_not_drawn(channels):
    hidden = channels.confusion.assign(estimate=channels.confusion["estimate"].where([False, True]))
    below = figures.draw_two_channels(dataclasses.replace(channels, confusion=hidden), ax=axes()).child_axes[1]
    assert len(below.collections[0].get_segments()) == 1


def test_lines_of_two_tests_are_not_joined():
    ax = figures.draw_before(rollout.before(RATES), ax=axes())
    assert [len(line.get_xdata()) for line in ax.lines[:2]] == [5, 2]
    assert "new test" in [text.get_text() for text in ax.texts]


def test_the_dashboard_shows_the_gaps_with_intervals():
    group = RATES.assign(subgroup="low income", value=RATES["value"] - 20, n_tested=60)
    found = rollout.before(pd.concat([RATES, group]))
    below = figures.before_figure(found).axes[1]
    gap = found.table.query("term == 'gap' and reason == ''")
    assert below.collections[0].get_segments()[0][:, 0] == pytest.approx(
        gap[["conf_low", "conf_high"]].to_numpy(float)[0]
    )


def test_without_gaps_the_dashboard_says_so():
    assert figures.before_figure(rollout.before(RATES)).axes[1].get_xlabel() == "No gap can be told"
