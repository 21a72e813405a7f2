import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.plots import teachers as figures
from cbe_lib.themes import ramp_up, teachers

WEEKS = pd.date_range("2015-01-05", periods=22, freq="W-MON")


def title(figure):
    return " ".join(figure.axes[0].get_title(loc="left").split())


def chart(values):
    return teachers.run_chart(pd.DataFrame({"date": WEEKS[: len(values)], "value": values}), "2015-03-30")


def grown():
    hours = np.arange(24.0)
    seen = pd.DataFrame({"school_id": np.tile(list("abcdef"), 4), "hours": hours, "before": 0.2})
    return teachers.practice_growth(seen.assign(after=0.2 + 0.01 * hours + 0.01 * np.sin(hours)))


@pytest.fixture(scope="module")
def load():
    return ramp_up.audit(samples.state("plan")["plan"].query("district_id == '00203'"))


def test_signals_stand_in_the_title():
    assert title(figures.run_chart_figure(chart([5, 6] * 6 + [9, 8] * 5))) == "Signals: a shift, too few runs"
    assert title(figures.run_chart_figure(chart([5, 6] * 11))).startswith("No signal")


def test_too_few_points_are_said_in_the_title():
    assert title(figures.run_chart_figure(chart([5, 6] * 7))).startswith("Cannot tell")


def test_points_before_and_after_are_told_apart():
    ax = figures.draw_run_chart(chart([5, 6] * 6 + [9, 8] * 5), ax=Figure().add_subplot())
    assert [len(line.get_xdata()) for line in ax.lines[1:3]] == [12, 10]


def test_the_line_of_growth_has_the_estimated_slope():
    found = grown()
    line = figures.draw_practice_growth(found, ax=Figure().add_subplot()).lines[1]
    slope = np.diff(line.get_ydata()) / np.diff(line.get_xdata())
    assert slope[0] == pytest.approx(10 * found.table["estimate"].iloc[0])


def test_the_heaviest_month_of_each_quarter_is_shown_and_starred_above_the_limit(load):
    figure = figures.lifts_figure(load)
    assert "1370*" in [text.get_text() for text in figure.axes[0].texts]
    assert title(figure) == "2 months above the limit; the heaviest is August 2014 (coach, 1370 hours)"


def test_a_plan_within_the_limit_has_no_star(load):
    light = load.months.assign(hours=10.0, overloaded=False)
    figure = figures.lifts_figure(dataclasses.replace(load, months=light))
    assert not any("*" in text.get_text() for text in figure.axes[0].texts)


def test_a_plan_without_hours_cannot_tell(load):
    figure = figures.lifts_figure(dataclasses.replace(load, months=load.months.iloc[:0]))
    assert title(figure).startswith("Cannot tell who lifts most")


@pytest.mark.parametrize("result", [chart([5, 6] * 11), grown()])
def test_results_draw_themselves(result):
    assert isinstance(result.plot(), Figure)
    ax = Figure().add_subplot()
    assert result.plot(ax=ax) is ax
