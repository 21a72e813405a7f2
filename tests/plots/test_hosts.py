"""Possible hosts as stems: the number of them, and what lies beyond the reader's limit."""

from types import SimpleNamespace

import pandas as pd
from matplotlib.colors import to_hex

from cbe_lib.plots import canvas
from cbe_lib.plots.hosts import hosts_figure

FOUND = SimpleNamespace(
    table=pd.DataFrame(
        {
            "name": ["Alder", "Birch", "Cedar"],
            "distance": [0.5, 1.0, 2.0],
            "ahead": [3, 0, 1],
            "behind": [0, 0, 0],
            "standing": ["further", "cannot tell", "further"],
        }
    )
)


def dots(figure):
    return [line for line in figure.axes[0].lines if line.get_marker() == "o"]


def test_each_rated_district_is_a_dot_at_its_distance():
    assert [float(dot.get_xdata()[0]) for dot in dots(hosts_figure(FOUND))] == [0.5, 1.0, 2.0]


def test_a_district_of_which_nothing_can_be_told_is_hollow():
    assert [dot.get_markerfacecolor() == "white" for dot in dots(hosts_figure(FOUND))] == [False, True, False]


def test_what_lies_beyond_the_limit_is_grey_and_not_counted():
    figure = hosts_figure(FOUND, farthest=1.5)
    assert [to_hex(dot.get_color()) for dot in dots(figure)] == [canvas.CURVE, canvas.CURVE, canvas.FAINT]
    assert figure.axes[0].get_title(loc="left").replace("\n", " ").startswith("1 of 3 rated districts")


def test_a_name_with_a_dollar_sign_is_no_formula():
    table = FOUND.table.assign(name="$x_1$")
    assert hosts_figure(SimpleNamespace(table=table)).axes[0].texts[0].get_text() == r"\$x_1\$"
