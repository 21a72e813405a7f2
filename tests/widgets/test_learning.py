import pytest

from cbe_lib.widgets import latency_explorer, win_simulator
from cbe_lib.widgets.learning import still_open, wins


def controls(explorer):
    return {each.description: each for each in explorer.children[0].children}


MOVES = [
    (latency_explorer, "Read after (months)", 9),
    (latency_explorer, "A term (days)", 30),
    (latency_explorer, "Told apart", "who noted it"),
    (win_simulator, "Planted shift (points)", 6.0),
    (win_simulator, "Noise (points)", 5.0),
    (win_simulator, "Signs watched", 48),
    (win_simulator, "Try again: draw", 3),
]


@pytest.mark.parametrize(("build", "label", "value"), MOVES)
def test_each_control_moves_the_picture_and_its_sentence(build, label, value):
    explorer = build()
    before = [child.value for child in explorer.children[1:]]
    controls(explorer)[label].value = value
    assert explorer.children[1].value != before[0]
    assert explorer.children[2].value != before[1]


def test_the_whole_log_holds_every_note():
    assert "411 notes, 23 of them open" in still_open(months=36)[1]


def test_closed_notes_alone_look_faster_than_all_notes():
    sentence = still_open(months=12)[1]
    closed = int(sentence.partition("alone say that ")[2].partition("%")[0])
    everything = int(sentence.partition("after 90 days ")[2].partition("%")[0])
    assert closed < everything


def test_a_log_read_before_its_first_note_becomes_a_sentence():
    explorer = latency_explorer()
    controls(explorer)["Read after (months)"].min = 0
    controls(explorer)["Read after (months)"].value = 0
    assert "No problem had been noted by then" in explorer.children[1].value


def test_a_large_shift_is_the_only_real_win():
    assert "as far as can be told: sign 01." in wins(shift=8)[1]


def test_without_a_shift_half_of_the_signs_go_up_and_none_is_real():
    assert "as far as can be told: none." in wins(shift=0, signs=48)[1]
