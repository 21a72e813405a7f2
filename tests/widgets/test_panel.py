import pytest
from ipywidgets import Checkbox, IntSlider
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.widgets import panel


def doubled(number, loud=False):
    if number == 3:
        raise CbeError.build("3 < 4 cannot be doubled", advice="Choose another")
    return Figure(), f"Twice {number} is {2 * number}{'!' if loud else '.'}"


@pytest.fixture
def number():
    return IntSlider(1, min=0, max=9, description="Number")


@pytest.fixture
def shown(number):
    return panel(doubled, number=number, loud=Checkbox(False, description="Loud"))


def sentence(shown):
    return shown.children[1].value


def picture(shown):
    return shown.children[2].value


def test_first_picture_is_there_before_anything_moves(shown):
    assert 'aria-label="Chart. Twice 1 is 2."' in picture(shown)


def test_moving_a_control_changes_picture_and_sentence(shown, number):
    number.value = 4
    assert 'aria-label="Chart. Twice 4 is 8."' in picture(shown)
    assert sentence(shown) == "<p>Twice 4 is 8.</p>"


def test_every_control_is_listened_to(shown):
    shown.children[0].children[1].value = True
    assert "Twice 1 is 2!" in sentence(shown)


def test_controls_keep_the_order_in_which_they_were_given(shown):
    assert [control.description for control in shown.children[0].children] == ["Number", "Loud"]


def test_bad_choice_becomes_a_sentence_in_place_of_the_picture(shown, number):
    number.value = 3
    assert picture(shown) == ""
    assert "3 &lt; 4 cannot be doubled. Choose another." in sentence(shown)


def test_picture_comes_back_after_a_bad_choice(shown, number):
    number.value = 3
    number.value = 2
    assert "Twice 2 is 4." in picture(shown)


def test_mistakes_in_the_program_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        panel(lambda number: 1 // 0, number=IntSlider(1))
