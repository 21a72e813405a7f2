import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib.plots import pace as figures
from cbe_lib.themes import pace

START = pd.Timestamp("2015-01-01")


def title(figure):
    return " ".join(figure.axes[0].get_title(loc="left").split())


def found(groups=("all",)):
    rows = [
        (f"{group}{days}", group, 1.0 + step, START + pd.Timedelta(step * days, "D"))
        for group in groups
        for days in range(100, 340, 20)
        for step in range(2)
    ]
    frame = pd.DataFrame(rows, columns=["student_hash", "subgroup", "level", "date_reached"])
    return pace.pace(frame.assign(district_id="a", school_id="a1", subject="reading"), until="2016-01-01")


def placed(**columns):
    return pace.placement(pd.DataFrame({"student": ["s1", "s2"], "score": [5.5, 5.95], **columns}), error=0.25)


def test_the_curve_falls_from_all_to_none():
    line = figures.draw_pace(found(), ax=Figure().add_subplot()).lines[0]
    shares = np.asarray(line.get_ydata(), dtype=float)
    assert (shares[0], shares[-1]) == (100, 0)
    assert (np.diff(shares) <= 0).all()


def test_the_title_names_the_days_of_half_of_the_students():
    assert title(figures.pace_figure(found())).startswith("Half of the students reach the next level within 200 days")


def test_groups_have_a_curve_each_with_their_names():
    figure = figures.pace_figure(found(groups=("few hours", "many hours")), groups=True)
    assert figure.axes[0].get_legend_handles_labels()[1] == ["few hours", "many hours"]


def test_too_few_students_to_be_shown_leave_an_empty_page_with_a_reason():
    hidden = pace.pace(
        pd.DataFrame(
            {"student_hash": ["s"] * 2, "level": [1.0, 2.0], "date_reached": [START, START + pd.Timedelta(9, "D")]}
        ).assign(district_id="a", school_id="a1", subject="reading"),
        until="2016-01-01",
    )
    assert title(figures.pace_figure(hidden)).startswith("Cannot tell how long a level takes: hidden")


def test_placements_stand_on_the_scale_of_levels_with_what_families_expect():
    figure = figures.placement_figure(placed(expected=[6, None]))
    assert title(figure) == "1 of 2 placements is clear"
    assert figure.axes[0].get_legend_handles_labels()[1] == ["clear", "look again", "family expects"]
    assert figure.axes[0].get_xlim() == (5, 7)


@pytest.mark.parametrize("result", [found(), placed()])
def test_results_draw_themselves(result):
    assert isinstance(result.plot(), Figure)
    ax = Figure().add_subplot()
    assert result.plot(ax=ax) is ax
