import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import film_explorer, spread_explorer, web_explorer
from cbe_lib.widgets.field import film_and_talk, two_ways, web_without

MOVES = [
    (spread_explorer, "Times as likely", 8.0),
    (spread_explorer, "Moves a year", 40),
    (spread_explorer, "Yearly chance (%)", 10.0),
    (film_explorer, "People a tool", 150),
    (film_explorer, "The film moves", 2.0),
    (film_explorer, "Asking twice moves", 1.0),
    (film_explorer, "Try again: draw", 2),
    (web_explorer, "Who stops", "H01"),
    (web_explorer, "Ties unreported (%)", 50),
]


@pytest.mark.parametrize(("build", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_description(build, label, value):
    controls, sentence, picture = build().children
    before = (sentence.value, picture.value.partition(">")[0])
    {each.description: each for each in controls.children}[label].value = value
    assert sentence.value != before[0]
    assert picture.value.partition(">")[0] != before[1]


def test_newcomers_that_make_no_difference_leave_one_course():
    figure, _ = two_ways(times=1.0)
    people, book = (line.get_ydata() for line in figure.axes[0].lines)
    assert abs(people - book).max() < 0.05


def test_asking_twice_moves_both_tools_and_the_comparison_takes_it_away():
    told = film_and_talk(people=150, film=0.0, twice=1.0)[1]
    assert "Film: a shift" in told
    low, high = told.partition("(")[2].partition(")")[0].split(" to ")
    assert float(low) < 0 < float(high)


def test_the_web_falls_apart_without_its_bridge():
    assert "form 1 web of" in web_without()[1]
    assert "form 2 webs apart" in web_without(left_out="H01")[1]


def test_a_web_without_unreported_ties_is_refused_with_a_sentence():
    with pytest.raises(CbeError, match="Ties not reported must be 1% to 99%"):
        web_without(missing=0)


def test_few_people_are_hidden():
    assert "hidden: fewer than 10 people" in film_and_talk(people=8)[1]
