import pytest

from cbe_lib.widgets import ownership_explorer, renewal_clock
from cbe_lib.widgets.ownership import clock, placed


def controls(explorer):
    return {each.description: each for each in explorer.children[0].children}


MOVES = [
    (ownership_explorer, "Line between low and high", 3.5),
    (ownership_explorer, "Certainty asked for", 0.5),
    (ownership_explorer, "Place only where intervals allow it", False),
    (renewal_clock, "Read on", "2018-06-30"),
    (renewal_clock, "Renew every (months)", 60),
]


@pytest.mark.parametrize(("build", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_sentence(build, label, value):
    explorer = build()
    before = [child.value for child in explorer.children[1:]]
    controls(explorer)[label].value = value
    assert all(child.value != was for child, was in zip(explorer.children[1:], before, strict=True))


def test_usual_certainty_gives_the_answer_of_the_theme():
    assert "4 owning and accepting, 3 accepting, not owning; cannot tell: 9." in placed()[1]


def test_means_alone_place_every_district_that_is_not_hidden():
    assert placed(sure=False)[1].endswith("cannot tell: 1.")


def test_less_certainty_places_more():
    def unplaced(level):
        return int(placed(level=level)[1].rstrip(".").rpartition(" ")[2])

    assert unplaced(0.5) < unplaced(0.95) < unplaced(0.99)


def test_day_before_most_texts_is_read_as_such():
    assert "of 16 districts" in clock(day="2018-06-30")[1]
    assert "of 16 districts" not in clock(day="2011-01-31")[1]


def test_seldom_renewal_is_never_overdue():
    assert "0 of 16 districts" in clock(every_months=96)[1]
