import importlib
import threading

import pandas as pd
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


def test_choice_made_again_is_not_computed_again(number):
    asked = []

    def counted(number):
        asked.append(number)
        return Figure(), f"It is {number}."

    shown = panel(counted, number=number)
    for value in (2, 1, 2):
        number.value = value
    assert (asked, sentence(shown)) == ([1, 2], "<p>It is 2.</p>")


def test_choices_can_be_drawn_beforehand(number, monkeypatch):
    monkeypatch.setattr(importlib.import_module("cbe_lib.widgets.panel"), "FIRST_REST", 0)
    asked = []

    def counted(number):
        asked.append(number)
        return Figure(), f"It is {number}."

    panel(counted, beforehand=[{"number": 7}], number=number)
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread() and "prepare" in thread.name:
            thread.join(10)
    number.value = 7
    assert asked == [1, 7]


def test_table_is_read_below_the_picture_and_escaped(number):
    table = pd.DataFrame({"What": ["<script>"], "Why": ["A & B"]})
    shown = panel(lambda number: (Figure(), "Seen.", table), number=number)
    assert '<th scope="row">&lt;script&gt;</th><td>A &amp; B</td>' in picture(shown)
