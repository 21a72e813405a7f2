import threading

import pandas as pd
import pytest
from ipywidgets import Checkbox, Dropdown, FloatSlider, IntSlider, SelectionSlider, Text
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.widgets import panel, pictures


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
    monkeypatch.setattr(pictures, "FIRST_REST", 0)
    asked = []

    def counted(number):
        asked.append(number)
        return Figure(), f"It is {number}."

    panel(counted, beforehand=[{"number": 7}], number=number)
    finished("prepare")
    number.value = 7
    assert asked == [1, 7]


def finished(name):
    """Wait until the threads of this name have ended."""
    for thread in threading.enumerate():
        if name in thread.name:
            thread.join(10)


def test_the_next_steps_are_drawn_while_the_reader_looks(number):
    asked = []

    def counted(number, loud):
        asked.append((number, loud))
        return Figure(), f"It is {number}."

    shown = panel(counted, ahead=True, number=number, loud=Checkbox(False))
    number.value = 2
    finished("read_ahead")
    assert asked == [(1, False), (2, False), (3, False), (4, False), (2, True)]
    number.value = 3
    assert sentence(shown) == "<p>It is 3.</p>"
    finished("read_ahead")
    assert len(asked) == len(set(asked))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_while_drawing_ahead_does_not_end_it_for_good(number):
    asked = []

    def broken_at_four(number):
        asked.append(number)
        return Figure(), f"It is {number}: {1 / (number - 4):.1f}."

    panel(broken_at_four, ahead=True, number=number)
    number.value = 3
    finished("read_ahead")
    number.value = 8
    finished("read_ahead")
    assert asked == [1, 3, 4, 8, 9, 7]


@pytest.mark.parametrize(
    ("start", "now", "next_ones"), [(2, 3, [4, 5, 2]), (4, 3, [2, 1, 4]), (0, 9, [8]), (5, 0, [1])]
)
def test_likely_is_on_in_the_same_direction_then_back(number, start, now, next_ones):
    number.value = now
    assert [each["number"] for each in pictures.likely({"number": number}, "number", start)] == next_ones


def test_likely_begins_with_the_control_that_was_moved(number):
    controls = {"loud": Checkbox(False), "number": number}
    assert pictures.likely(controls, "number", 0) == [
        {"loud": False, "number": 2},
        {"loud": False, "number": 3},
        {"loud": False, "number": 0},
        {"loud": True, "number": 1},
    ]


@pytest.mark.parametrize(
    ("control", "values"),
    [
        (IntSlider(4, min=0, max=10, step=5), [0, 5, 10]),
        (FloatSlider(0.3, min=0, max=0.5, step=0.1), [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (SelectionSlider(options=[("few", 40), ("many", 80)]), [40, 80]),
        (SelectionSlider(options=(3, 6)), [3, 6]),
        (Dropdown(options={"down": "v", "none": "n"}), ["v", "n"]),
        (Checkbox(True), [False, True]),
        (Text("anything"), []),
    ],
)
def test_values_of_a_control_are_listed_as_the_browser_sends_them(control, values):
    assert pictures.every_value(control) == values


def test_table_is_read_below_the_picture_and_escaped(number):
    table = pd.DataFrame({"What": ["<script>"], "Why": ["A & B"]})
    shown = panel(lambda number: (Figure(), "Seen.", table), number=number)
    assert '<th scope="row">&lt;script&gt;</th><td>A &amp; B</td>' in picture(shown)
