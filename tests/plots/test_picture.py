import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from cbe_lib.plots import svg


@pytest.fixture
def picture(fit):
    return svg(fit.plot(), 'Down "6" points & more <again>')


def test_picture_is_well_formed_and_read_aloud_as_its_description(picture):
    root = ET.fromstring(picture)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'Down "6" points & more <again>'


def test_picture_scales_with_the_page(picture):
    root = ET.fromstring(picture)
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib


def test_letters_stay_letters(picture):
    assert "rollout: first results 2010" in picture


def test_picture_styles_and_names_nothing_else_on_the_page(picture):
    assert "<style" not in picture
    assert not re.findall(r'<g id="', picture)


def test_numbers_in_words_keep_their_digits_and_places_lose_those_that_nobody_sees():
    figure = Figure()
    figure.text(1 / 3, 0.5, "-0.03456 a month")
    picture = svg(figure, "Slope")
    assert "-0.03456 a month" in picture
    assert not re.search(r"\.\d{3}", picture.replace("-0.03456 a month", ""))


def test_a_second_kind_of_letters_stays():
    figure = Figure()
    figure.text(0.5, 0.5, "plain")
    figure.text(0.5, 0.2, "code", family="monospace")
    root = ET.fromstring(svg(figure, "Letters"))
    styles = [each.attrib["style"] for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert ["monospace" in style for style in styles] == [False, True]
    assert "DejaVu Sans" in root.attrib["style"]


def test_powers_of_ten_leave_the_size_of_other_letters_alone():
    figure = Figure()
    figure.text(0.5, 0.8, "$10^2$")
    figure.text(0.5, 0.5, "plain", fontsize=9)
    styles = re.findall(r'<text style="([^"]*)"', svg(figure, "Letters"))
    assert [style.partition(";")[0] for style in styles if "9px" in style] == ["font-size: 9px"]


def test_picture_asks_nothing_of_another_machine(picture):
    addresses = set(re.findall(r'https?://[^"\s]+', picture))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_settings_of_matplotlib_are_left_as_they_were(fit):
    before = mpl.rcParams["svg.fonttype"]
    svg(fit.plot(), "A dip.")
    assert mpl.rcParams["svg.fonttype"] == before
