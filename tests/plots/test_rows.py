"""Results without a picture of their own are drawn a line a row; every result has a picture."""

import dataclasses
import importlib
import pkgutil

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cbe_lib
from cbe_lib import dip, plots, privacy, rubric, survey
from cbe_lib.plots.rows import LINES, MOST_ROWS
from cbe_lib.results import Result
from cbe_lib.themes import learning, rollout


def every_kind():
    """Import the whole library, and list the kinds of result that it can return."""
    for module in pkgutil.walk_packages(cbe_lib.__path__, "cbe_lib."):
        importlib.import_module(module.name)
    left, found = [Result], set()
    while left:
        for each in left.pop().__subclasses__():
            left.append(each)
            if each.__module__.startswith("cbe_lib."):
                found.add(each)
    return sorted(found, key=lambda each: (each.__module__, each.__name__))


def test_every_kind_of_result_has_a_picture():
    without = [
        f"{each.__module__}.{each.__name__}"
        for each in every_kind()
        if f"{each.__module__.split('.')[1]}.{each.__name__}" not in LINES and each.__name__ not in plots._PICTURES
    ]
    assert without == []


def test_kinds_of_one_name_do_not_get_each_others_picture():
    by_name = [
        each.__name__ for each in every_kind() if f"{each.__module__.split('.')[1]}.{each.__name__}" not in LINES
    ]
    assert len(by_name) == len(set(by_name))


def labels(ax):
    return [each.get_text() for each in ax.get_yticklabels()]


def dots(ax):
    return [x for line in ax.lines if line.get_marker() == "o" for x in line.get_xdata()]


def visits():
    site = [*range(12)] * 2
    return pd.DataFrame(
        {"site": site, "who": ["Ana"] * 12 + ["Ben"] * 12, "level": [1, 2, 3, 4] * 3 + [2, 3, 4, 4] * 3, "part": "D1.1"}
    )


@pytest.fixture
def drawn():
    how = {"unit": "site", "rater": "who", "rating": "level", "levels": [1, 2, 3, 4]}
    answers = pd.DataFrame({"school_id": ["Elm"] * 10 + ["Oak"] * 10, "safe": [5] * 10 + [2] * 10})
    answers["calm"] = [4] * 10 + [2] * 10
    rates = pd.DataFrame({"school": ["North"] * 3 + ["South"] * 3, "n_tested": [40, 34, 6, 60, 31, 29], "value": 50.0})
    rates["subgroup"] = ["all students", "female", "male"] * 2
    return {
        "detectable": dip.detectable(6, 6, n_tested=750),
        "too short": dip.detectable(1, 1, n_tested=40),
        "icc": rubric.icc(visits(), **{name: how[name] for name in ("unit", "rater", "rating")}),
        "talks": rubric.talks(visits(), criterion="part", **how),
        "aggregation": survey.aggregation(answers, scales={"safety": ["safe", "calm"]}, low=1, high=5),
        "suppressed": privacy.suppress(rates, by=["school", "subgroup"], values=["value"], totals="all students"),
        "reading": learning.reading(),
        "case": rollout.case_card(),
    }


def test_a_dot_stands_at_the_estimate_and_a_bar_over_the_interval(drawn):
    found = drawn["icc"]
    ax = found.plot().axes[0]
    assert labels(ax) == found.table["coefficient"].tolist()
    assert dots(ax) == pytest.approx(found.table["estimate"].tolist())
    bars = np.array([path.vertices[:, 0] for path in ax.collections[0].get_paths()])
    assert bars == pytest.approx(found.table[["conf_low", "conf_high"]].to_numpy())


def changed(result, **columns):
    return dataclasses.replace(result, table=result.table.assign(**columns))


def test_an_interval_without_an_end_points_on(drawn):
    found = changed(drawn["icc"], conf_low=[-np.inf, *drawn["icc"].table["conf_low"][1:]])
    ax = found.plot().axes[0]
    (arrow,) = [line for line in ax.lines if line.get_marker() == "<" and len(line.get_xdata())]
    bars = np.array([path.vertices[:, 0] for path in ax.collections[0].get_paths()])
    assert arrow.get_ydata().tolist() == [0]
    assert bars[0, 0] == arrow.get_xdata()[0] == found.table["conf_low"][1:].min()


@pytest.mark.parametrize("number", [5.0, np.nan, np.inf])
def test_one_number_throughout_is_drawn_or_left_out(drawn, number):
    found = changed(drawn["icc"], estimate=number, conf_low=number, conf_high=number)
    assert dots(found.plot().axes[0]) == ([5.0] * len(found.table) if number == 5 else [])


@pytest.mark.parametrize("rows", [0, 1])
def test_a_short_table_is_drawn_as_it_is(drawn, rows):
    for result in drawn.values():
        short = dataclasses.replace(result, table=result.table.head(rows))
        assert len(labels(short.plot().axes[0])) == rows


def test_what_cannot_be_told_says_so_in_words(drawn):
    ax = drawn["too short"].plot().axes[0]
    assert [each.get_text()[:11] for each in ax.texts] == ["", "cannot tell"]
    assert len(dots(ax)) == 1


def test_rows_of_words_have_no_scale(drawn):
    ax = drawn["case"].plot().axes[0]
    assert not ax.xaxis.get_visible()
    assert labels(ax) == drawn["case"].table["topic"].tolist()


def test_rows_that_are_shown_say_so(drawn):
    ax = drawn["suppressed"].plot().axes[0]
    assert {each.get_text().split()[0] for each in ax.texts} == {"shown", "hidden:"}


def test_the_title_is_the_first_sentence_and_counts_what_is_left_out():
    falls = pd.DataFrame(
        {"district_id": np.repeat([f"{n:03}" for n in range(30)], 8), "year": [*range(2010, 2018)] * 30}
    )
    falls["value"] = np.tile([60, 61, 60, 50, 55, 61, 60, 61], 30)
    figure = dip.naive(falls).plot()
    assert figure.axes[0].get_title(loc="left").replace("\n", " ").endswith(f"({MOST_ROWS} rows of 30)")
    assert len(labels(figure.axes[0])) == MOST_ROWS


def test_initials_do_not_end_the_title(drawn):
    assert "Sturgis" in drawn["reading"].plot().axes[0].get_title(loc="left")


def test_nothing_runs_off_the_picture(drawn):
    for result in drawn.values():
        figure = result.plot()
        figure.draw_without_rendering()
        width, height = figure.get_size_inches() * figure.dpi
        (ax,) = figure.axes
        for artist in [*ax.get_yticklabels(), *ax.texts, ax._left_title, ax.xaxis.label]:
            if artist.get_text() and artist.get_visible():
                box = artist.get_window_extent()
                assert box.x0 >= 0, artist.get_text()
                assert box.y0 >= 0, artist.get_text()
                assert box.x1 <= width, artist.get_text()
                assert box.y1 <= height, artist.get_text()


def test_axes_of_the_reader_are_used(drawn):
    ax = Figure().add_subplot()
    assert drawn["talks"].plot(ax=ax) is ax
    assert labels(ax) == ["Ana, Ben, D1.1"]
