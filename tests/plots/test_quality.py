import pandas as pd
import pytest
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.plots import quality as drawn
from cbe_lib.themes import quality

JUDGED = pd.DataFrame(
    {"mean rating": [3.2, 3.0, 2.0], "severity allowed for": [0.1, 0.9, -1.0]},
    index=["Farrowness (synthetic)", "Fennoness (synthetic)", "Arvelmoor (synthetic)"],
)


def title(figure):
    return figure.axes[0].get_title(loc="left").replace("\n", " ")


def test_missing_evidence_is_hollow_and_says_so():
    found = quality.speed_claim({"same quality": "two raters", "every group": "yes"})
    ax = drawn.draw_speed_claim(found, ax=Figure().add_subplot())
    hollow = [line.get_markerfacecolor() == "white" for line in ax.lines]
    assert hollow == found.table["missing"].tolist()
    assert [text.get_text() for text in ax.texts].count("missing") == 5


def test_a_complete_claim_is_not_called_true():
    found = quality.speed_claim(dict.fromkeys(quality.EVIDENCE, "seen"))
    assert title(drawn.speed_claim_figure(found)) == "Complete: now ask whether each piece is sound"


def test_lines_run_from_place_to_place_with_the_first_on_top():
    ax = drawn.draw_places(JUDGED, ax=Figure().add_subplot())
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1, 2], [2, 1], [3, 3]]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_the_marked_district_is_heavy_and_in_the_title():
    figure = drawn.places_figure(JUDGED, marked="Farrowness (synthetic)")
    widths = [line.get_linewidth() for line in figure.axes[0].lines]
    assert widths[0] > widths[1] == widths[2]
    assert title(figure) == "Farrowness (synthetic): place 1 by mean rating, 2 by severity allowed for"


def test_synthetic_districts_are_labelled_once_below():
    figure = drawn.places_figure(JUDGED)
    assert title(figure) == "2 of 3 change places with the way of judging"
    assert "Synthetic districts. No ranking." in figure.texts[0].get_text()


def test_a_district_without_a_number_has_no_place():
    with pytest.raises(CbeError, match="`values` needs a number in every row and column"):
        drawn.placed(JUDGED.assign(truth=[1.0, None, 2.0]))
